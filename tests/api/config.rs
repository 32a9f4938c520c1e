//! The configuration of the real binary: read, checked, shown, refused before anything is opened.

use crate::binary::{on, program, run};
use std::path::Path;
use std::process::Command;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD};
use vigia_tests::tls::Authority;

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("text").to_owned()
}

/// A folder with a platform in `data`.
pub fn initialised(more: &[&str]) -> (tempfile::TempDir, std::path::PathBuf, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let password = write(folder.path(), "password", ADMIN_PASSWORD);
    let init = ["--admin-email", ADMIN_EMAIL, "--admin-password-file", &password];
    let made = on(&data, &["init"], &[&init, more].concat());
    assert_eq!(made.code, 0, "{}", made.err);
    (folder, data, made.out)
}

#[test]
fn a_wrong_configuration_is_refused_before_anything_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let wrong = write(
        folder.path(),
        "wrong.toml",
        "listn = '127.0.0.1:0'\n[tls]\nkey = 'a'\n[http]\nhosts = [1]\n",
    );
    for command in [&["serve"][..], &["verify"], &["export", "--json"]] {
        let refused = on(&data, command, &["--config", &wrong]);
        assert_eq!(refused.code, 2, "{}", refused.err);
        for expected in [
            "wrong.toml, line 1: listn: there is no such setting; did you mean listen?",
            "wrong.toml, line 3: tls.key: needs tls.certificate beside it",
            "wrong.toml, line 5: http.hosts: is a list of something else than texts",
        ] {
            assert!(refused.err.contains(expected), "{expected}\n{}", refused.err);
        }
    }
    assert!(!data.exists(), "nothing was made");
    let missing = on(&data, &["serve"], &["--config", "/nonexistent.toml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("/nonexistent.toml"), "{}", missing.err);
}

#[test]
fn beyond_this_machine_serve_needs_a_certificate_and_says_how_to_get_one() {
    let (_folder, data, _) = initialised(&[]);
    for far in ["0.0.0.0:0", "[::]:0"] {
        let refused = on(&data, &["serve"], &["--listen", far]);
        assert_eq!(refused.code, 2);
        assert!(
            refused.err.contains("vigia-platform tls renew --tls-name"),
            "{}",
            refused.err
        );
    }
    let renewed = on(
        &data,
        &["tls", "renew"],
        &["--tls-name", "localhost", "--tls-name", "127.0.0.1"],
    );
    assert_eq!(renewed.code, 0, "{}", renewed.err);
    let checked = on(&data, &["serve"], &["--listen", "0.0.0.0:0", "--check"]);
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (0, "the configuration holds\n"),
        "{}",
        checked.err
    );
}

#[test]
fn print_config_shows_each_value_with_its_source_and_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    write(
        &data,
        "vigia.toml",
        "[proxy]\ntrusted = ['10.0.0.0/8']\n[log]\nformat = 'text'\n",
    );
    let said = Command::new(program())
        .args([
            "serve",
            "--print-config",
            "--set",
            "log.format=json",
            "--listen",
            "127.0.0.1:1",
            "--data",
        ])
        .arg(&data)
        .env("VIGIA_DATABASE", "postgres://vigia:hush-hush@127.0.0.1/vigia")
        .env("VIGIA_HTTP_HOSTS", "vigia.example, vigia.internal")
        .output()
        .expect("run");
    let text = String::from_utf8(said.stdout).expect("text");
    for expected in [
        "listen = \"127.0.0.1:1\"  # option --listen",
        "database = \"********\"  # environment variable VIGIA_DATABASE",
        "hosts = [\"vigia.example\", \"vigia.internal\"]  # environment variable VIGIA_HTTP_HOSTS",
        "trusted = [\"10.0.0.0/8\"]  # ",
        "vigia.toml, line 2\n",
        "format = \"json\"  # option --set",
        "max_connections = 12000  # default",
        "# certificate is not set",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(said.status.success() && !text.contains("hush"), "{text}");
    assert_eq!(
        std::fs::read_dir(&data).expect("a folder").count(),
        1,
        "nothing was opened"
    );
}

#[test]
fn a_misspelt_variable_and_a_misspelt_option_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = Command::new(program())
        .args(["serve", "--check", "--data"])
        .arg(folder.path())
        .env("VIGIA_LISTNE", "127.0.0.1:1")
        .output()
        .expect("run");
    let err = String::from_utf8_lossy(&said.stderr);
    assert!(
        err.contains("VIGIA_LISTNE") && err.contains("VIGIA_LISTEN"),
        "{err}"
    );
    assert_eq!(said.status.code(), Some(2));
    let refused = on(folder.path(), &["serve", "--check"], &["--set", "http.host=a"]);
    assert!(
        refused.err.contains("did you mean http.hosts?"),
        "{}",
        refused.err
    );
    assert_eq!(
        (refused.code, run(&["serve", "--set", "x", "--data", "d"]).code),
        (2, 2)
    );
}

#[test]
fn a_bad_certificate_keeps_serve_from_starting() {
    let (folder, data, _) = initialised(&[]);
    let over = Authority::default()
        .issue_for(&["127.0.0.1"], -20, -10)
        .write(folder.path());
    let paths = [&over.certificate, &over.key].map(|path| path.to_str().expect("text").to_owned());
    let set = [
        format!("tls.certificate={}", paths[0]),
        format!("tls.key={}", paths[1]),
    ];
    let refused = on(&data, &["serve"], &["--set", &set[0], "--set", &set[1]]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("renew it"), "{}", refused.err);
    let size = |data: &Path| {
        on(data, &["export"], &["--json"])
            .out
            .matches("platform.started")
            .count()
    };
    assert_eq!(size(&data), 0, "the ledger knows of no start");
}

#[test]
fn a_master_key_from_outside_is_not_in_the_data_folder_and_opens_it() {
    let keys = tempfile::tempdir().expect("a folder");
    let file = write(keys.path(), "master", &"4b".repeat(32));
    let set = format!("master_key_file={file}");
    let (_folder, data, _) = initialised(&["--set", &set]);
    assert!(!data.join("keys").join("master").exists());
    assert_eq!(on(&data, &["verify"], &["--set", &set]).code, 0);
    assert_eq!(
        on(&data, &["verify"], &[]).code,
        5,
        "without the key nothing opens"
    );
    let other = write(keys.path(), "other", &"4c".repeat(32));
    let refused = on(
        &data,
        &["verify"],
        &["--set", &format!("master_key_file={other}")],
    );
    assert_eq!(refused.code, 5, "{}{}", refused.out, refused.err);
    let short = write(keys.path(), "short", "4b4b");
    let refused = on(
        &data,
        &["verify"],
        &["--set", &format!("master_key_file={short}")],
    );
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(
        refused.err.contains("neither 32 bytes nor 64 hexadecimal digits"),
        "{}",
        refused.err
    );
}

/// The reference between its marks in the guide. `UPDATE=1` writes it anew.
#[test]
fn the_reference_in_the_guide_names_every_setting_as_it_is() {
    use vigia_server::config::{Config, setting};
    let mut table = String::from("| key | takes | default | |\n|---|---|---|---|\n");
    for setting in setting::ALL {
        let default = setting.shown(&Config::default());
        let default = default.map_or_else(|| "–".to_owned(), |value| format!("`{value}`"));
        table += &format!(
            "| `{}` | {} | {default} | {} |\n",
            setting.key, setting.takes, setting.about
        );
    }
    let path = vigia_tests::root().join("docs/operations.md");
    let guide = std::fs::read_to_string(&path).expect("the guide");
    let (before, rest) = guide
        .split_once("the_reference_in_the_guide -->\n")
        .expect("where it begins");
    let (written, after) = rest.split_once("<!-- /settings -->").expect("where it ends");
    if crate::authorization::wants_update() {
        let guide = format!("{before}the_reference_in_the_guide -->\n{table}<!-- /settings -->{after}");
        std::fs::write(path, guide).expect("written");
    } else {
        assert_eq!(
            written, table,
            "docs/operations.md is not what the settings are; UPDATE=1 writes it"
        );
    }
}
