//! The wizard, signing in and out, the sample.

use crate::attention::Said;
use tauri::State;
use vigia_desk::Console;
use vigia_desk::view::setup::{ProbeReply, ProbeRequest, SampleReply, SetupLocal, SignIn};
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

/// Signs in.
#[tauri::command]
pub async fn sign_in(console: State<'_, Console>, request: SignIn) -> Result<Status, Problem> {
    console.sign_in(request).await
}

/// Signs out; the copy stays.
#[tauri::command]
pub async fn sign_out(console: State<'_, Console>, said: State<'_, Said>) -> Result<Status, Problem> {
    said.leaving();
    console.sign_out().await
}

/// Loads the sample into the platform.
#[tauri::command]
pub async fn load_sample(console: State<'_, Console>) -> Result<SampleReply, Problem> {
    console.load_sample().await
}
