//! The wizard, signing in and out, the sample.

use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::setup::{
    CertificateAccept, CertificateLook, LookRequest, ProbeReply, ProbeRequest, SampleReply, SetupLocal,
    SignIn,
};
use vigia_desk::view::status::Status;
use vigia_wire::Problem;

/// Starts the platform inside this console and signs in.
#[tauri::command]
pub async fn setup_local(console: State<'_, Console>, request: SetupLocal) -> Result<Status, Problem> {
    console.setup_local(request).await
}

/// Asks a platform for its name and fingerprint.
#[tauri::command]
pub async fn probe(console: State<'_, Console>, request: ProbeRequest) -> Result<ProbeReply, Problem> {
    console.probe(request).await
}

/// Looks at a platform's certificate.
#[tauri::command]
pub async fn certificate_look(
    console: State<'_, Console>,
    request: LookRequest,
) -> Result<Option<CertificateLook>, Problem> {
    console.certificate_look(request).await
}

/// Accepts the certificate that a known platform presents now.
#[tauri::command]
pub async fn certificate_accept(
    console: State<'_, Console>,
    request: CertificateAccept,
) -> Result<Status, Problem> {
    console.certificate_accept(request).await
}

/// The platform on this computer, where there is one already.
#[tauri::command]
pub async fn local_platform(console: State<'_, Console>) -> Result<Option<ProbeReply>, Problem> {
    console.local_platform().await
}

/// Signs in.
#[tauri::command]
pub async fn sign_in(console: State<'_, Console>, request: SignIn) -> Result<Status, Problem> {
    console.sign_in(request).await
}

/// Signs out; the copy stays.
#[tauri::command]
pub async fn sign_out(console: State<'_, Console>) -> Result<Status, Problem> {
    console.sign_out().await
}

/// Loads the sample into the platform.
#[tauri::command]
pub async fn load_sample(console: State<'_, Console>) -> Result<SampleReply, Problem> {
    console.load_sample().await
}
