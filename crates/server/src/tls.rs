//! The certificate that the platform shows, and TLS 1.3 with it (RFC 8446).
//!
//! It is the operator's own, or one that `init --tls-name` made ([`own`]). Must stay true: a
//! certificate that no client could take (over, of no name, of another key) is refused when it is
//! read, with what to do; at start nothing is opened then, while running the one before stays. Files
//! that change are read again, so that whoever renews a certificate need not stop the platform.

pub mod own;

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use vigia_domain::{Clock, Timestamp};
use vigia_wire::certificate::Certificate;

/// How often the files are looked at, in seconds.
const LOOK_SECONDS: u64 = 2;
/// How long before its end a certificate is complained about, in days.
const WARN_DAYS: i64 = 30;
/// The largest file of certificates or keys, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What is wrong with a certificate or its key, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BadCertificate {
    /// A file could not be read or written.
    #[error("{attempt} {}", path.display())]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// Which.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: it holds no {what} in PEM", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// Anybody on this machine can read the key.
    #[error("{0}: everybody on this machine can read this key; run: chmod 600 {0}")]
    Open(String),
    /// Its time is over or has not begun.
    #[error("{}: the certificate counts from {from} to {until}; renew it, or set this machine's clock right", path.display())]
    OutOfTime {
        /// Which.
        path: PathBuf,
        /// From when it counts.
        from: Timestamp,
        /// Until when it counts.
        until: Timestamp,
    },
    /// It names no host.
    #[error("{}: the certificate names no host (subjectAltName), so no client can take it; have it made with the platform's name", .0.display())]
    NoName(PathBuf),
    /// Key and certificate do not belong together, or are of a kind that TLS does not take.
    #[error("{} and {} cannot be used together", certificate.display(), key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's.
        key: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
    /// A certificate could not be made.
    #[error("making a certificate")]
    Making(#[source] rcgen::Error),
    /// A name that a certificate cannot have.
    #[error("{0:?} is no name or address that a certificate can be made for")]
    Name(String),
    /// There is none.
    #[error("{}: there is no certificate here; `vigia-platform tls renew --tls-name NAME` makes one", .0.display())]
    None(PathBuf),
}

/// Where a certificate and its key lie; both may be in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The chain, the platform's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A certificate in use. Cheap to clone; all clones show the same one.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    files: Files,
    /// Somebody wants the files read again, changed or not.
    asked: Notify,
    current: RwLock<Current>,
}

struct Current {
    config: Arc<ServerConfig>,
    certificate: Certificate,
    stamp: Stamp,
}

/// How the files looked when they were last read: they are read again once they look otherwise.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads a certificate and checks everything that would keep clients from taking it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(files: Files, now: Timestamp) -> Result<Self, BadCertificate> {
        let current = Current::read(&files, now)?;
        warn_before_the_end(&current.certificate, now);
        let current = RwLock::new(current);
        Ok(Self(Arc::new(Inner {
            files,
            asked: Notify::new(),
            current,
        })))
    }

    /// Has the files read again, whether they look changed or not.
    pub fn ask(&self) {
        self.0.asked.notify_one();
    }

    /// What new connections are accepted with.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        let current = self.0.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current.config))
    }

    /// The certificate that is shown.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        let current = self.0.current.read().unwrap_or_else(PoisonError::into_inner);
        current.certificate.clone()
    }

    /// Reads the files again; answers whether another certificate is shown now. The one before stays
    /// where the files are not usable.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn reload(&self, now: Timestamp) -> Result<bool, BadCertificate> {
        let looked = stamp(&self.0.files);
        let read = Current::read(&self.0.files, now);
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        // What is wrong is said once, not at every look.
        current.stamp = looked;
        let fresh = read?;
        let changed = fresh.certificate.fingerprint != current.certificate.fingerprint;
        *current = fresh;
        Ok(changed)
    }

    /// The next certificate: reads the files again whenever they change or somebody asks, and ends
    /// when another one is shown. Complains once a day when the end is near.
    pub async fn next(&self, clock: &dyn Clock) -> Certificate {
        let mut turn = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
        let mut day = clock.now().date_naive();
        loop {
            let told = tokio::select! {
                _ = turn.tick() => false,
                () = self.0.asked.notified() => true,
            };
            let now = clock.now();
            if now.date_naive() != day {
                day = now.date_naive();
                warn_before_the_end(&self.certificate(), now);
            }
            if !told && !self.looks_other() {
                continue;
            }
            match self.reload(now) {
                Ok(true) => return self.certificate(),
                Ok(false) => tracing::info!("the certificate was read again and is the same"),
                Err(error) => {
                    let cause = crate::http::problem::cause(&error);
                    tracing::error!(%error, cause, "the certificate was not read again; the one before stays");
                }
            }
        }
    }

    fn looks_other(&self) -> bool {
        let current = self.0.current.read().unwrap_or_else(PoisonError::into_inner);
        current.stamp != stamp(&self.0.files)
    }
}

impl Current {
    fn read(files: &Files, now: Timestamp) -> Result<Self, BadCertificate> {
        // Looked at first: what changes while it is read is read again.
        let stamp = stamp(files);
        let chain = chain(&files.certificate)?;
        let key = key(&files.key)?;
        let certificate = chain.first().and_then(|leaf| Certificate::read(leaf));
        let certificate = certificate.ok_or_else(|| BadCertificate::NotPem {
            path: files.certificate.clone(),
            what: "certificate",
        })?;
        if certificate.names.is_empty() {
            return Err(BadCertificate::NoName(files.certificate.clone()));
        }
        if now < certificate.not_before || now > certificate.not_after {
            return Err(BadCertificate::OutOfTime {
                path: files.certificate.clone(),
                from: certificate.not_before,
                until: certificate.not_after,
            });
        }
        let config = server_config(chain, key).map_err(|source| BadCertificate::Unusable {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            source,
        })?;
        Ok(Self {
            config: Arc::new(config),
            certificate,
            stamp,
        })
    }
}

/// TLS 1.3 and nothing older, with this chain and key.
///
/// # Errors
/// Where they do not belong together.
pub fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider);
    let versions = versions.with_protocol_versions(&[&rustls::version::TLS13])?;
    versions.with_no_client_auth().with_single_cert(chain, key)
}

/// The certificates of a PEM file.
///
/// # Errors
/// Where it cannot be read or holds none.
pub fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, BadCertificate> {
    let bytes = bytes(path)?;
    let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&bytes).collect();
    match read {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(BadCertificate::NotPem {
            path: path.to_owned(),
            what: "certificate",
        }),
    }
}

/// The private key of a PEM file that not everybody can read.
///
/// # Errors
/// Where it cannot be read, holds none, or is open to all.
pub fn key(path: &Path) -> Result<PrivateKeyDer<'static>, BadCertificate> {
    closed(path)?;
    let bytes = zeroize::Zeroizing::new(bytes(path)?);
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| BadCertificate::NotPem {
        path: path.to_owned(),
        what: "private key",
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, BadCertificate> {
    let failed = |source| BadCertificate::File {
        attempt: "reading",
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        return Err(failed(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    std::fs::read(path).map_err(failed)
}

/// A group may read it, as certificate tools of the system do it; everybody may not.
#[cfg(unix)]
fn closed(path: &Path) -> Result<(), BadCertificate> {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS: u32 = 0o007;
    match std::fs::metadata(path) {
        Ok(about) if about.permissions().mode() & OTHERS != 0 => {
            Err(BadCertificate::Open(path.display().to_string()))
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn closed(_: &Path) -> Result<(), BadCertificate> {
    Ok(())
}

fn stamp(files: &Files) -> Stamp {
    [&files.certificate, &files.key].map(|path| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.modified().ok()?, about.len()))
    })
}

fn warn_before_the_end(certificate: &Certificate, now: Timestamp) {
    let days = (certificate.not_after - now).num_days();
    if days < WARN_DAYS {
        tracing::warn!(days, until = %certificate.not_after, "the certificate is over soon; renew it");
    }
}

#[cfg(test)]
mod tests;
