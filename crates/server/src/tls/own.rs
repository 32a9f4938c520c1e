//! The certificate that the platform makes for itself where nobody brings one: signed by its own key
//! (ECDSA P-256), so that people compare its fingerprint once, or give their programs the certificate
//! itself as the authority.
//!
//! Certificate and key are one file, `DIR/keys/tls.pem`, 0600, replaced as a whole, so that no crash
//! leaves a key beside somebody else's certificate.

use super::{BadCertificate, Files, chain};
use chrono::Datelike as _;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use vigia_domain::Timestamp;
use vigia_wire::certificate::Certificate;
use zeroize::Zeroizing;

/// How long it counts, in days.
pub const DAYS: i64 = 730;
/// The most names in one certificate.
const MAX_NAMES: usize = 50;

/// Where it lies in a data folder.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("keys").join("tls.pem")
}

/// The files of a data folder's own certificate, if it has one.
#[must_use]
pub fn files(data: &Path) -> Option<Files> {
    let path = path(data);
    path.exists().then(|| Files {
        certificate: path.clone(),
        key: path,
    })
}

/// The certificate of a data folder, and the same in PEM.
///
/// # Errors
/// Where it has none, or it cannot be read.
pub fn look(data: &Path) -> Result<(Certificate, String), BadCertificate> {
    let path = path(data);
    if !path.exists() {
        return Err(BadCertificate::None(path));
    }
    let text = std::fs::read_to_string(&path).map_err(|source| BadCertificate::File {
        attempt: "reading",
        path: path.clone(),
        source,
    })?;
    let not_pem = || BadCertificate::NotPem {
        path: path.clone(),
        what: "certificate",
    };
    let leaf = chain(&path)?.into_iter().next().ok_or_else(not_pem)?;
    let certificate = Certificate::read(&leaf).ok_or_else(not_pem)?;
    // The key stands behind the certificate in the same file and must not be shown.
    let end = "-----END CERTIFICATE-----\n";
    let shown = text.split_once(end).map(|(before, _)| format!("{before}{end}"));
    Ok((certificate, shown.ok_or_else(not_pem)?))
}

/// Checks names before anything is made with them.
///
/// # Errors
/// The first that no certificate can have.
pub fn check_names(names: &[String]) -> Result<(), BadCertificate> {
    let many = (names.len() > MAX_NAMES).then(|| format!("more than {MAX_NAMES} names"));
    let bad = names.iter().find(|name| {
        let letters = |label: &str| {
            let inside = label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            inside && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
        };
        let host = name.len() <= 253 && name.split('.').all(letters);
        !host && name.parse::<std::net::IpAddr>().is_err()
    });
    match many.as_ref().or(bad) {
        Some(bad) => Err(BadCertificate::Name(bad.clone())),
        None => Ok(()),
    }
}

/// Makes a certificate for these names with a new key, and puts it in the place of the one before.
///
/// # Errors
/// A name that it cannot have, or a file that cannot be written.
pub fn make(data: &Path, names: &[String], now: Timestamp) -> Result<Certificate, BadCertificate> {
    check_names(names)?;
    let mut asked = CertificateParams::new(names.to_vec()).map_err(BadCertificate::Making)?;
    let first = names.first().map(String::as_str).unwrap_or_default();
    asked.distinguished_name = rcgen::DistinguishedName::new();
    asked.distinguished_name.push(DnType::CommonName, first);
    asked.distinguished_name.push(DnType::OrganizationName, "Vigia");
    asked.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let (from, until) = (date(now), date(now + chrono::TimeDelta::days(DAYS)));
    asked.not_before = date_time_ymd(from.0, from.1, from.2);
    asked.not_after = date_time_ymd(until.0, until.1, until.2);
    let key = KeyPair::generate().map_err(BadCertificate::Making)?;
    let made = asked.self_signed(&key).map_err(BadCertificate::Making)?;
    let text = Zeroizing::new(format!("{}{}", made.pem(), *Zeroizing::new(key.serialize_pem())));
    let path = path(data);
    replace(&path, text.as_bytes()).map_err(|source| BadCertificate::File {
        attempt: "writing",
        path: path.clone(),
        source,
    })?;
    Certificate::read(made.der()).ok_or(BadCertificate::NotPem {
        path,
        what: "certificate",
    })
}

fn date(moment: Timestamp) -> (i32, u8, u8) {
    let part = |part: u32| u8::try_from(part).unwrap_or(1);
    (moment.year(), part(moment.month()), part(moment.day()))
}

/// Write, fsync, rename, fsync of the folder: a crash leaves the old file or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
