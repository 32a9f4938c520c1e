//! The command line, as the acceptance tests use it: the built binary on a data folder.

use reqwest::{Method, StatusCode};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use vigia_tests::database;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, IngestKey, Reply, client};

/// What a command said.
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

pub fn program() -> PathBuf {
    vigia_tests::window::built("vigia-platform").expect("vigia-platform, built")
}

/// Runs the binary to its end.
pub fn run(arguments: &[&str]) -> Said {
    said(Command::new(program()).args(arguments))
}

fn said(command: &mut Command) -> Said {
    let output = command.output().expect("started");
    Said {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a command on a data folder.
pub fn on(folder: &Path, command: &[&str], more: &[&str]) -> Said {
    said(program_on(folder).args([command, &["--data", text(folder)], more].concat()))
}

/// The binary, told where the data of this folder is kept.
pub fn program_on(folder: &Path) -> Command {
    let mut command = Command::new(program());
    if let Some(url) = database::of(folder) {
        command.env("VIGIA_DATABASE", url);
    }
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Verifies a data folder.
pub fn verify(folder: &Path, more: &[&str]) -> Said {
    on(folder, &["verify"], more)
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("text").to_owned()
}

#[test]
fn init_takes_an_empty_folder_once_and_a_good_password_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let weak = file(folder.path(), "weak", "password1234\n");
    let good = file(folder.path(), "good", &format!("{ADMIN_PASSWORD}\n"));
    let init = |email: &str, password: &str| {
        on(
            &data,
            &["init"],
            &["--admin-email", email, "--admin-password-file", password],
        )
    };
    assert_eq!(init(ADMIN_EMAIL, &weak).code, 2);
    assert_eq!(init("no address", &good).code, 2);
    assert!(!data.join("platform.db").exists(), "nothing was made");
    let made = init(ADMIN_EMAIL, &good);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.contains("fingerprint"));
    assert_eq!(init(ADMIN_EMAIL, &good).code, 5);
    assert_eq!(verify(&data, &[]).code, 0);
    assert_eq!(on(&data, &["replay"], &["--check"]).code, 0);
}

#[test]
fn plain_http_is_refused_beyond_this_machine() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = on(folder.path(), &["serve"], &["--listen", "0.0.0.0:0"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
}

#[tokio::test]
async fn every_command_works_while_serve_runs_on_the_same_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let password = file(folder.path(), "password", ADMIN_PASSWORD);
    let init = on(
        &data,
        &["init"],
        &["--admin-email", ADMIN_EMAIL, "--admin-password-file", &password],
    );
    assert_eq!(init.code, 0, "{}", init.err);
    let mut serve = program_on(&data)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data",
            data.to_str().expect("text"),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let mut out = BufReader::new(serve.stdout.take().expect("its output"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .expect("its address")
        .to_owned();

    let made = on(
        &data,
        &["key", "create"],
        &["--name", "api", "--permission", "events:write", "--json"],
    );
    assert_eq!(made.code, 0, "{}", made.err);
    let made: serde_json::Value = serde_json::from_str(&made.out).expect("JSON");
    for name in ["id", "key", "permissions", "expires_at"] {
        assert!(made.get(name).is_some(), "{name}");
    }
    let key = IngestKey(made["key"].as_str().expect("a key").to_owned());
    let request = client([127, 0, 0, 1].into()).request(Method::POST, format!("{url}/v1/ingest/events"));
    let reply = Reply::of(request.bearer_auth(&key.0).body("a line\n")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());

    assert_eq!(verify(&data, &[]).code, 0);
    assert_eq!(on(&data, &["replay"], &["--check"]).code, 0);
    let exported = on(&data, &["export"], &["--json"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert!(exported.out.lines().count() >= 4);
    for line in exported.out.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        assert!(event["seq"].is_u64() && event["recorded_at"].is_string() && event["kind"].is_string());
    }
    let reset = on(
        &data,
        &["admin", "reset"],
        &["--email", ADMIN_EMAIL, "--password-file", &password],
    );
    assert_eq!(reset.code, 0, "{}", reset.err);
    let nobody = on(&data, &["erase"], &["--subject", "nobody@vigia.example"]);
    assert_eq!(nobody.code, 1, "{}", nobody.err);

    let stop = Command::new("kill")
        .args(["-TERM", &serve.id().to_string()])
        .status();
    assert!(stop.expect("kill").success());
    assert!(serve.wait().expect("an end").success(), "a graceful stop");
    let told = on(&data, &["export"], &["--json"]).out;
    for kind in [
        "platform.started",
        "platform.stopped",
        "events.exported",
        "account.password.changed",
    ] {
        assert!(told.contains(&format!("\"{kind}\"")), "{kind}");
    }
    assert_eq!(verify(&data, &[]).code, 0);
}

#[test]
fn whoever_erased_the_only_administrator_gets_in_again_and_a_missing_folder_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let password = file(folder.path(), "password", ADMIN_PASSWORD);
    let missing = verify(&data, &[]);
    assert_eq!(missing.code, 5, "{}", missing.err);
    assert!(missing.err.contains("data"), "{}", missing.err);
    assert_eq!(run(&["verify"]).code, 2);
    let init = ["--admin-email", ADMIN_EMAIL, "--admin-password-file", &password];
    assert_eq!(on(&data, &["init"], &init).code, 0);
    let reset = |email: &str| {
        on(
            &data,
            &["admin", "reset"],
            &["--email", email, "--password-file", &password],
        )
    };
    assert_eq!(reset("other@vigia.example").code, 1, "an administrator is there");
    let erased = on(&data, &["erase"], &["--subject", ADMIN_EMAIL]);
    assert_eq!(erased.code, 0, "{}", erased.err);
    assert!(erased.err.contains("no active administrator"), "{}", erased.err);
    let made = reset("other@vigia.example");
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(reset(ADMIN_EMAIL).code, 1, "an administrator is there again");
    assert_eq!(verify(&data, &[]).code, 0);
    assert_eq!(on(&data, &["replay"], &["--check"]).code, 0);
}

#[tokio::test]
async fn a_reset_password_ends_the_sessions_and_opens_again() {
    let house = House::start().await;
    let admin = house.admin().await;
    let password = file(house.folder(), "new-password", "mais uma senha bem longa\n");
    let reset = on(
        house.folder(),
        &["admin", "reset"],
        &["--email", ADMIN_EMAIL, "--password-file", &password],
    );
    assert_eq!(reset.code, 0, "{}", reset.err);
    assert_eq!(
        Reply::of(house.ask(&admin, Method::GET, "/v1/auth/session"))
            .await
            .code(),
        "session_ended"
    );
    let old = house
        .try_login(ADMIN_EMAIL, ADMIN_PASSWORD, [127, 0, 0, 1].into())
        .await;
    assert_eq!(old.code(), "wrong_credentials");
    let new = house
        .try_login(ADMIN_EMAIL, "mais uma senha bem longa", [127, 0, 0, 1].into())
        .await;
    assert_eq!(new.status, StatusCode::OK);
    house.stop().await;
}
