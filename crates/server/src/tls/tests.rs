//! Certificates that must be refused, and one that is renewed under a running platform.

use super::*;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::fs;

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Writes a certificate and a key, 0600; answers where.
fn written(folder: &Path, certificate: &str, key: &str) -> Files {
    let files = Files {
        certificate: folder.join("server.pem"),
        key: folder.join("server.key"),
    };
    fs::write(&files.certificate, certificate).unwrap();
    fs::write(&files.key, key).unwrap();
    chmod(&files.key, 0o600);
    files
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn chmod(_: &Path, _: u32) {}

fn made(hosts: &[&str], years: (i32, i32)) -> (String, String) {
    let mut asked = CertificateParams::new(names(hosts)).unwrap();
    asked.not_before = date_time_ymd(years.0, 1, 1);
    asked.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    (asked.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn refused(certificate: &str, key: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path(), certificate, key);
    let error = Tls::read(files, now()).err().expect("refused");
    let text = format!("{error}: {}", crate::http::problem::cause(&error));
    text.replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn a_certificate_that_no_client_could_take_is_refused_with_what_to_do() {
    let (good, key) = made(&["vigia.example"], (2026, 2030));
    let (_, other) = made(&["vigia.example"], (2026, 2030));
    let (over, over_key) = made(&["vigia.example"], (2020, 2021));
    let (early, early_key) = made(&["vigia.example"], (2027, 2030));
    let (nameless, nameless_key) = made(&[], (2026, 2030));
    let cases = [
        (
            refused(&over, &over_key),
            "from 2020-01-01 00:00:00 UTC to 2021-01-01 00:00:00 UTC; renew it",
        ),
        (refused(&early, &early_key), "counts from 2027"),
        (refused(&nameless, &nameless_key), "names no host"),
        (refused(&good, &other), "cannot be used together"),
        (
            refused("nothing", &key),
            "DIR/server.pem: it holds no certificate in PEM",
        ),
        (
            refused(&good, "nothing"),
            "DIR/server.key: it holds no private key in PEM",
        ),
    ];
    for (said, expected) in cases {
        assert!(said.contains(expected), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_that_everybody_can_read_is_refused_and_one_of_a_group_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = made(&["vigia.example"], (2026, 2030));
    let files = written(folder.path(), &certificate, &key);
    chmod(&files.key, 0o644);
    let error = Tls::read(files.clone(), now())
        .err()
        .expect("refused")
        .to_string();
    assert!(error.contains("chmod 600"), "{error}");
    chmod(&files.key, 0o640);
    assert!(Tls::read(files, now()).is_ok());
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files {
        certificate: folder.path().join("a.pem"),
        key: folder.path().join("a.key"),
    };
    let error = Tls::read(files, now()).err().expect("refused").to_string();
    assert!(
        error.starts_with("reading ") && error.ends_with("a.pem"),
        "{error}"
    );
}

#[test]
fn the_platforms_own_certificate_names_what_it_was_asked_for_and_its_key_is_private() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    let asked = names(&["vigia.example", "10.0.0.5", "fe80::1"]);
    let made = own::make(folder.path(), &asked, now()).unwrap();
    assert_eq!(made.names, asked);
    assert_eq!((made.not_after - made.not_before).num_days(), own::DAYS);
    let (looked, pem) = own::look(folder.path()).unwrap();
    assert_eq!(looked, made);
    assert!(pem.ends_with("-----END CERTIFICATE-----\n") && !pem.contains("PRIVATE"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(own::path(folder.path()))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let tls = Tls::read(own::files(folder.path()).unwrap(), now()).unwrap();
    assert_eq!(tls.certificate(), made);
}

#[test]
fn names_that_no_certificate_can_have_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for bad in [
        "",
        "*.example.com",
        "https://vigia.example",
        "a b",
        "-a.example",
        "vigia.example:443",
    ] {
        let error = own::make(folder.path(), &names(&[bad]), now()).unwrap_err();
        assert!(matches!(error, BadCertificate::Name(_)), "{bad}: {error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn files_that_change_are_read_again_and_the_one_before_stays_while_they_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = made(&["vigia.example"], (2026, 2030));
    let files = written(folder.path(), &certificate, &key);
    let tls = Tls::read(files, now()).unwrap();
    let first = tls.certificate();
    assert!(!tls.reload(now()).unwrap(), "the same as before");
    let (fresh, fresh_key) = made(&["vigia.example"], (2026, 2031));
    // Certificate first, key later: whoever copies files does it in some order.
    written(folder.path(), &fresh, &key);
    assert!(tls.reload(now()).is_err());
    assert_eq!(tls.certificate(), first);
    written(folder.path(), &fresh, &fresh_key);
    assert!(tls.reload(now()).unwrap());
    assert_ne!(tls.certificate(), first);
}
