//! Authorities and certificates as a team of its own makes them, and how a platform shows them.
#![expect(
    clippy::expect_used,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use std::path::Path;
use vigia_domain::Clock as _;
use vigia_server::edge::SystemClock;
use vigia_server::tls::{Files, Tls};

/// An authority that no computer knows by itself.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, PEM.
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new("Example team")
    }
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut asked = CertificateParams::default();
        asked.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        asked.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let pem = asked.self_signed(&key).expect("an authority").pem();
        Self {
            issuer: Issuer::new(asked, key),
            pem,
        }
    }

    /// What is given to those who shall trust it.
    #[must_use]
    pub fn pem(&self) -> &[u8] {
        self.pem.as_bytes()
    }

    /// A certificate for these names that counts from so many days from now until so many.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn issue_for(&self, names: &[&str], from_days: i64, until_days: i64) -> Issued {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut asked = CertificateParams::new(names).expect("names");
        asked.distinguished_name.push(DnType::CommonName, "vigia.example");
        let day = |days| {
            let day: DateTime<Utc> = SystemClock.now() + TimeDelta::days(days);
            let part = |part: u32| u8::try_from(part).expect("a part of a date");
            date_time_ymd(day.year(), part(day.month()), part(day.day()))
        };
        asked.not_before = day(from_days);
        asked.not_after = day(until_days);
        let key = KeyPair::generate().expect("a key");
        Issued {
            certificate: asked.signed_by(&key, &self.issuer).expect("a certificate").pem(),
            key: key.serialize_pem(),
        }
    }

    /// A good certificate for these names.
    #[must_use]
    pub fn issue(&self, names: &[&str]) -> Issued {
        self.issue_for(names, -1, 365)
    }
}

impl Issued {
    /// Writes both into a folder, in place of what is there; the key as its owner's alone.
    ///
    /// # Panics
    /// Where that fails.
    pub fn write(&self, folder: &Path) -> Files {
        let files = Files {
            certificate: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        std::fs::write(&files.certificate, &self.certificate).expect("written");
        std::fs::write(&files.key, &self.key).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let alone = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&files.key, alone).expect("protected");
        }
        files
    }

    /// The same, shown by a platform. Its clock is set so that it counts, whatever clients think.
    ///
    /// # Panics
    /// Where the platform refuses it.
    pub fn shown(&self, folder: &Path, days: i64) -> Tls {
        let now = SystemClock.now() + TimeDelta::days(days);
        Tls::read(self.write(folder), now).expect("a certificate that can be shown")
    }
}

/// A client that takes any certificate; for what is not about certificates.
///
/// # Panics
/// Where no client can be made.
#[must_use]
pub fn unjudging() -> reqwest::Client {
    // Somebody else's choice, made earlier, is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true);
    client.build().expect("a client")
}
