//! TLS for syslog (RFC 5425): the platform's own certificate, and where the operator wants it, senders
//! that prove themselves by a certificate of theirs.

use crate::Error;
use crate::tls::{self, Tls};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

#[derive(Clone)]
pub(super) struct Secured {
    shown: Tls,
    senders: Option<Arc<dyn ClientCertVerifier>>,
}

impl Secured {
    /// Shows this certificate, and demands one of this authority's where one is named.
    ///
    /// # Errors
    /// An authority that cannot be read.
    pub(super) fn new(shown: Tls, authority: Option<&Path>) -> Result<Self, Error> {
        let senders = authority.map(verifier).transpose()?;
        Ok(Self { shown, senders })
    }

    /// What the next connection is accepted with; the certificate may have been renewed.
    ///
    /// # Errors
    /// None in practice: both halves were in use before.
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, rustls::Error> {
        let acceptor = self.shown.acceptor();
        let Some(senders) = &self.senders else {
            return Ok(acceptor);
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(Arc::clone(senders))
            .with_cert_resolver(Arc::clone(&acceptor.config().cert_resolver));
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn verifier(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let wrong = |reason: String| Error::Field {
        name: "syslog.client_authority",
        reason,
    };
    let mut roots = RootCertStore::empty();
    for certificate in tls::chain(path).map_err(|error| wrong(error.to_string()))? {
        roots
            .add(certificate)
            .map_err(|error| wrong(format!("{}: {error}", path.display())))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| wrong(format!("{}: {error}", path.display())))
}
