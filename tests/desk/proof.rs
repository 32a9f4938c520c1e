//! One event's proof as a file: written by one desk, checked by anybody with nothing but the file.

use crate::terminal::Terminal;
use serde_json::Value;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, IngestKey};

async fn ingest(house: &House, lines: std::ops::Range<u32>) {
    let key = IngestKey(house.key(&["events:write"]).await);
    let body: String = lines
        .map(|n| {
            format!(
                "{{\"kind\":\"auth.login.failed\",\"service\":\"api\",\"actor\":{{\"email\":\"ana{n}@example.com\"}},\
                 \"message\":\"line {n}\"}}\n"
            )
        })
        .collect();
    let reply = house.ingest(&key, "?format=ndjson", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// A desk that has synced, and the number of one event of `api`.
async fn begin() -> (House, Terminal, String) {
    let house = House::start().await;
    ingest(&house, 0..30).await;
    let terminal = Terminal::new().await;
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.run(&["sync"]).await.done();
    let found = terminal
        .run(&["events", "service:api", "--limit", "1", "--json"])
        .await;
    let seq = found.done().json()["seq"].to_string();
    (house, terminal, seq)
}

/// Writes a proof and gives its path.
async fn written(terminal: &Terminal, seq: &str, name: &str, content: bool) -> String {
    let path = terminal.home().with_file_name(name).display().to_string();
    let mut words = vec!["proof", seq, "--out", &path, "--json"];
    if content {
        words.push("--with-content");
    }
    let told = terminal.run(&words).await.done().json();
    assert_eq!(told["path"], path.as_str());
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_checked_without_network_keyring_or_folder() {
    let (house, terminal, seq) = begin().await;
    let file = written(&terminal, &seq, "a.tlog-proof", false).await;
    let fingerprint = house.platform.store().verifier().fingerprint();
    house.stop().await;

    let stranger = Terminal::without_keyring();
    std::fs::remove_dir(stranger.home()).unwrap();
    let proven = stranger.run(&["verify", &file, "--json"]).await.done().json();
    assert_eq!(proven["proven"], true);
    assert_eq!(proven["seq"].to_string(), seq);
    assert_eq!(proven["kind"], "auth.login.failed");
    assert_eq!(proven["service"], "api");
    assert_eq!(proven["fingerprint"], fingerprint.as_str());
    assert_eq!(proven["key_compared"], false);
    assert_eq!(proven["event"], Value::Null, "nothing sealed goes with it");
    assert!(!stranger.home().exists(), "checking a file makes no folder");

    let spaced: Vec<&str> = (0..16).map(|n| &fingerprint[n * 4..n * 4 + 4]).collect();
    let compared = stranger
        .run(&["verify", &file, "--key", &spaced.join(" "), "--json"])
        .await;
    assert_eq!(compared.done().json()["key_compared"], true);
    let text = stranger.run(&["verify", &file]).await.done();
    assert!(text.out.starts_with("PROVEN: event "), "{text:?}");
    assert!(text.err.contains("Compare its fingerprint"), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_s_key_file_or_a_verifier_key_says_whose_log_it_must_be() {
    let (_house, terminal, seq) = begin().await;
    let file = written(&terminal, &seq, "a.tlog-proof", false).await;
    let profiles: Vec<_> = std::fs::read_dir(terminal.home().join("profiles"))
        .unwrap()
        .flatten()
        .collect();
    let key = profiles[0].path().join("trust/key.json");
    let kept: Value = serde_json::from_slice(&std::fs::read(&key).unwrap()).unwrap();
    let vkey = terminal.file("log.vkey", kept["verifier"].as_str().unwrap());
    for path in [key, vkey] {
        let path = path.display().to_string();
        terminal.run(&["verify", &file, "--trust", &path]).await.done();
    }
    let other = House::start().await;
    let other_key = terminal.file("other.vkey", other.platform.store().verifier().vkey());
    let other_key = other_key.display().to_string();
    let refused = terminal
        .run(&["verify", &file, "--trust", &other_key, "--json"])
        .await;
    assert_eq!(
        (refused.code, refused.json()["proven"].as_bool()),
        (1, Some(false))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_answered_with_one_and_what_cannot_be_meant_with_two() {
    let (_house, terminal, seq) = begin().await;
    let file = written(&terminal, &seq, "a.tlog-proof", false).await;
    let text = std::fs::read_to_string(&file).unwrap();
    let changed = [
        text.replacen(&format!("index {seq}"), "index 3", 1),
        text.replacen("extra ", "extra A", 1),
        text.trim_end().to_owned(),
        String::new(),
        "not a proof".to_owned(),
    ];
    for (number, changed) in changed.iter().enumerate() {
        let path = terminal.file(&format!("changed-{number}"), changed);
        let refused = terminal.run(&["verify", &path.display().to_string()]).await;
        assert_eq!(refused.code, 1, "{number}: {refused:?}");
        assert!(refused.out.starts_with("NOT PROVEN: "), "{refused:?}");
    }
    let wrong = "0".repeat(64);
    assert_eq!(terminal.run(&["verify", &file, "--key", &wrong]).await.code, 1);
    assert_eq!(terminal.run(&["verify", &file, "--key", "abc"]).await.code, 2);
    assert_eq!(terminal.run(&["verify", "--key", &wrong]).await.code, 2);
    assert_eq!(terminal.run(&["verify", "/nowhere/a.tlog-proof"]).await.code, 5);
    let absent = terminal.run(&["proof", "999999"]).await;
    assert_eq!(absent.code, 2, "{absent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_goes_with_a_proof_only_if_asked_and_no_file_is_written_over() {
    let (_house, terminal, seq) = begin().await;
    let bare = written(&terminal, &seq, "bare.tlog-proof", false).await;
    let whole = written(&terminal, &seq, "whole.tlog-proof", true).await;
    let proven = terminal.run(&["verify", &whole, "--json"]).await.done().json();
    let email = proven["event"]["actor"]["email"].as_str().unwrap_or_default();
    assert!(
        email.starts_with("ana") && email.ends_with("@example.com"),
        "{proven}"
    );
    assert_eq!(proven["opened"], proven["groups"]);
    let proven = terminal.run(&["verify", &bare, "--json"]).await.done().json();
    assert_eq!(proven["opened"], 0);
    let again = terminal.run(&["proof", &seq, "--out", &bare]).await;
    assert_eq!(again.code, 5, "{again:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&whole).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// The lines of a file of the only profile's trust.
fn lines(terminal: &Terminal, name: &str) -> Vec<Value> {
    let profile = std::fs::read_dir(terminal.home().join("profiles"))
        .unwrap()
        .flatten()
        .next()
        .unwrap();
    let text = std::fs::read_to_string(profile.path().join("trust").join(name)).unwrap();
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trust_remembers_how_it_began_what_it_saw_and_what_was_found() {
    let (house, terminal, _) = begin().await;
    ingest(&house, 30..40).await;
    terminal.run(&["sync"]).await.done();
    terminal.run(&["verify"]).await.done();
    vigia_tests::tamper::change_one_byte(house.folder(), 20)
        .await
        .unwrap();
    assert_eq!(terminal.run(&["verify"]).await.code, 1);
    vigia_tests::tamper::change_one_byte(house.folder(), 20)
        .await
        .unwrap();
    terminal.run(&["verify"]).await.done();

    let history = lines(&terminal, "history.jsonl");
    let what: Vec<&str> = history
        .iter()
        .map(|line| line["what"].as_str().unwrap())
        .collect();
    assert_eq!(what, ["key_accepted", "checked", "found", "checked", "lifted"]);
    assert_eq!(history[0]["how"], "first_contact");
    assert_eq!(history[2]["finding"], "entry_changed");
    assert!(std::path::Path::new(history[2]["evidence"].as_str().unwrap()).exists());

    let seen = lines(&terminal, "seen.jsonl");
    assert!(seen.len() >= 2, "{seen:?}");
    assert_eq!(seen[0]["after"], Value::Null);
    for (before, one) in seen.iter().zip(&seen[1..]) {
        let size = before["note"].as_str().unwrap().lines().nth(1).unwrap();
        assert_eq!(one["after"].to_string(), size, "each continues the one before");
    }
}
