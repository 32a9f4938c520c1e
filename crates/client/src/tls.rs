//! Whom this console takes for the platform: TLS with the system's authorities, with one of the
//! team's own, or with exactly the certificate that somebody compared and accepted.
//!
//! Must stay true: nothing is sent before the certificate passed, in HTTP and on the socket alike,
//! since both go through the one configuration that is made here; a refusal carries the fingerprint
//! that was presented, so that people can compare it. A pinned certificate counts by itself: its name
//! and its time are not asked for. Deliberately absent: keeping a trust, that is the desk's.

mod judge;

use crate::http::{base, builder, of_transport};
use crate::{Code, Problem};
use judge::{Judge, Onlooker};
use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use vigia_wire::certificate::Certificate;

/// Whose word is taken that this is the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// The authorities that this computer trusts.
    #[default]
    System,
    /// These authorities and no others: certificates in PEM. One that the platform itself presents
    /// is taken, too.
    Authority(Vec<u8>),
    /// The certificate with this SHA-256, and no other.
    Pinned([u8; 32]),
}

/// The certificate that a platform presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// What it says.
    pub certificate: Certificate,
    /// Why this computer would not trust it by itself; nothing where it does.
    pub problem: Option<Problem>,
}

/// Asks for the certificate at an address and sends nothing; `None` where the address is plain HTTP.
///
/// # Errors
/// `invalid_request` where that is no address; `unreachable`; `not_a_platform` where no certificate
/// came.
pub async fn look(address: &str) -> Result<Option<Presented>, Problem> {
    let (url, loopback) = base(address)?;
    if url.scheme() != "https" {
        return Ok(None);
    }
    let onlooker = Arc::new(Onlooker::new(Judge::new(&Trust::System, &provider())?));
    let http = builder(loopback)
        .tls_backend_preconfigured(configure(Arc::<Onlooker>::clone(&onlooker))?)
        .build()
        .map_err(|error| of_transport(&error))?;
    // The onlooker ends the handshake once it has seen the certificate.
    let failed = http.get(url).send().await.err();
    if let Some(presented) = onlooker.seen() {
        return Ok(Some(presented));
    }
    let detail = "looking at its certificate: it presented none that can be read";
    Err(failed.map_or_else(
        || Problem::new(Code::NotAPlatform, detail),
        |error| of_transport(&error),
    ))
}

/// What TLS connections are made with; `None` for a platform that is spoken to without.
pub(crate) fn configuration(trust: Option<&Trust>) -> Result<ClientConfig, Problem> {
    let provider = provider();
    let judge = trust.map_or_else(
        || Ok(Judge::nobody(&provider)),
        |trust| Judge::new(trust, &provider),
    );
    configure(Arc::new(judge?))
}

fn configure(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, Problem> {
    let versions = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| {
        let detail = format!("preparing TLS: {error}");
        Problem::new(Code::Internal, detail)
    })?;
    let checked = versions.dangerous().with_custom_certificate_verifier(verifier);
    Ok(checked.with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Why a certificate was refused; travels inside the errors of the layers between.
#[derive(Debug, Clone)]
pub(crate) struct Rejected(Problem);

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl Error for Rejected {}

/// The refusal of a certificate, where that is what an error came from.
pub(crate) fn refusal(error: &(dyn Error + 'static)) -> Option<Problem> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) =
            error.downcast_ref()
        {
            return other
                .0
                .downcast_ref::<Rejected>()
                .map(|rejected| rejected.0.clone());
        }
        // What an `io::Error` wraps is not its source, but stands in its place.
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match inside {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests;
