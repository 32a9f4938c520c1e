//! The verdict over a certificate, in words that the console translates.

use super::{Presented, Rejected, Trust};
use crate::{Code, Problem};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use vigia_wire::certificate::Certificate;

/// Decides whether a certificate is the platform's.
#[derive(Debug)]
pub(super) struct Judge {
    by: By,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum By {
    /// A chain to an authority, or one of these certificates itself.
    Chain(Arc<dyn ServerCertVerifier>, Vec<CertificateDer<'static>>),
    /// Its fingerprint.
    Pin([u8; 32]),
    /// Nobody is known who could vouch for any.
    Nobody,
}

impl Judge {
    pub(super) fn new(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Self, Problem> {
        let by = match trust {
            Trust::Pinned(pin) => By::Pin(*pin),
            Trust::Authority(pem) => authority(pem, provider)?,
            Trust::System => match rustls_platform_verifier::Verifier::new(Arc::clone(provider)) {
                Ok(verifier) => By::Chain(Arc::new(verifier), Vec::new()),
                // A computer without authorities; an own one or a pin works there all the same.
                Err(_) => By::Nobody,
            },
        };
        Ok(Self {
            by,
            provider: Arc::clone(provider),
        })
    }

    pub(super) fn nobody(provider: &Arc<CryptoProvider>) -> Self {
        Self {
            by: By::Nobody,
            provider: Arc::clone(provider),
        }
    }

    fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        match &self.by {
            By::Nobody => Err(CertificateError::UnknownIssuer.into()),
            By::Pin(pin) if Sha256::digest(leaf).as_slice() == pin => Ok(()),
            By::Pin(pin) => Err(rejected(changed(leaf, pin))),
            By::Chain(_, own) if own.iter().any(|one| one == leaf) => itself(leaf, name, now),
            By::Chain(verifier, _) => verifier
                .verify_server_cert(leaf, between, name, ocsp, now)
                .map(|_| ()),
        }
    }
}

fn authority(pem: &[u8], provider: &Arc<CryptoProvider>) -> Result<By, Problem> {
    let wrong = |reason: String| {
        let detail = format!("reading the authority's certificate: {reason}");
        Problem::new(Code::InvalidRequest, detail).field("authority", reason)
    };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = read.map_err(|error| wrong(format!("it is not PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("no certificate is in it".to_owned()));
    }
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots
            .add(certificate.clone())
            .map_err(|error| wrong(error.to_string()))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let verifier = verifier.build().map_err(|error| wrong(error.to_string()))?;
    Ok(By::Chain(verifier, certificates))
}

/// A certificate that was given as the authority and is presented by the platform itself.
fn itself(leaf: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
    let read = Certificate::read(leaf).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < read.not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > read.not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

fn rejected(problem: Problem) -> Error {
    CertificateError::Other(OtherError(Arc::new(Rejected(problem)))).into()
}

fn changed(leaf: &[u8], pin: &[u8; 32]) -> Problem {
    let (presented, trusted) = (Certificate::fingerprint_of(leaf), hex::encode(pin));
    let detail = format!(
        "checking the platform's certificate: its fingerprint is {presented}, the accepted one {trusted}"
    );
    Problem::new(Code::CertificateChanged, detail)
        .field("certificate", presented)
        .field("trusted", trusted)
}

/// What a verdict of the layers below means.
fn translate(error: &Error, leaf: &[u8]) -> Problem {
    if let Some(problem) = super::refusal(error) {
        return problem;
    }
    let read = Certificate::read(leaf);
    let about = |code, reason: String| {
        Problem::new(code, format!("checking the platform's certificate: {reason}"))
            .field("certificate", Certificate::fingerprint_of(leaf))
    };
    let unknown = || {
        about(
            Code::CertificateUnknown,
            "nobody vouches for it whom this computer trusts".to_owned(),
        )
    };
    let Error::InvalidCertificate(reason) = error else {
        return about(Code::CertificateInvalid, error.to_string());
    };
    match reason {
        CertificateError::UnknownIssuer => unknown(),
        // Made by its owner as an authority of its own, as `openssl req -x509` does.
        CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => unknown(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let until = read.map(|read| read.not_after.to_rfc3339()).unwrap_or_default();
            about(Code::CertificateExpired, format!("its time was over at {until}")).field("until", until)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let from = read.map(|read| read.not_before.to_rfc3339()).unwrap_or_default();
            about(Code::CertificateExpired, format!("its time begins at {from}")).field("from", from)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = read.map(|read| read.names.join(", ")).unwrap_or_default();
            about(Code::CertificateName, format!("it is for {names}")).field("names", names)
        }
        other => about(Code::CertificateInvalid, other.to_string()),
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.judge(leaf, between, name, ocsp, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(error) => Err(rejected(translate(&error, leaf))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Sees a certificate, keeps it with the judge's verdict, and lets nobody pass.
#[derive(Debug)]
pub(super) struct Onlooker {
    judge: Judge,
    seen: Mutex<Option<Presented>>,
}

impl Onlooker {
    pub(super) fn new(judge: Judge) -> Self {
        Self {
            judge,
            seen: Mutex::new(None),
        }
    }

    pub(super) fn seen(&self) -> Option<Presented> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.judge.judge(leaf, between, name, ocsp, now);
        let certificate = Certificate::read(leaf).ok_or(CertificateError::BadEncoding)?;
        let problem = verdict.err().map(|error| translate(&error, leaf));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(Presented { certificate, problem });
        Err(Error::General("looked at, not connected to".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}
