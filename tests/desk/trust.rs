//! Nobody changes the log without this desk noticing, and the evidence is kept.

use crate::terminal::{Answer, Terminal};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use vigia_server::Platform;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, HandClock, House, IngestKey};
use vigia_tests::tamper;

async fn ingest(house: &House, lines: std::ops::Range<u32>) {
    let key = IngestKey(house.key(&["events:write"]).await);
    let body: String = lines
        .map(|n| format!("{{\"kind\":\"auth.login.failed\",\"service\":\"api\",\"message\":\"line {n}\"}}\n"))
        .collect();
    let reply = house.ingest(&key, "?format=ndjson", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// A platform with events, and a desk that has synced.
async fn begin() -> (House, Terminal) {
    let house = House::start().await;
    ingest(&house, 0..40).await;
    let terminal = Terminal::new().await;
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.run(&["sync"]).await.done();
    terminal.run(&["verify"]).await.done();
    (house, terminal)
}

/// What a desk says that found something: exit code 1, and a file with both sides.
async fn broken(terminal: &Terminal, verify: &Answer, words: &[&str]) {
    assert_eq!(verify.code, 1, "{verify:?}");
    let told = verify.json();
    let finding = told["finding"]["finding"].as_str().unwrap_or_default().to_owned();
    assert!(words.contains(&finding.as_str()), "{verify:?}");
    let evidence = told["finding"]["evidence"].as_str().unwrap();
    let evidence: Value = serde_json::from_slice(&std::fs::read(evidence).unwrap()).unwrap();
    assert_eq!(evidence["finding"], finding);
    assert!(
        evidence["trusted_checkpoint"]["note"].as_str().is_some(),
        "{evidence}"
    );
    let status = terminal.run(&["status", "--json"]).await.done().json();
    assert_eq!(status["integrity"]["state"], "broken");
    assert_eq!(
        terminal.run(&["sync"]).await.code,
        1,
        "nothing is overwritten while a finding stands"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_is_noticed() {
    let (house, terminal) = begin().await;
    tamper::change_one_byte(house.folder(), 20).await.unwrap();
    let verify = terminal.run(&["verify", "--json"]).await;
    broken(&terminal, &verify, &["entry_changed", "entry_missing"]).await;
    assert_eq!(verify.json()["integrity"]["seq"], 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_entry_is_noticed() {
    let (house, terminal) = begin().await;
    tamper::remove_entry(house.folder(), 20).await.unwrap();
    let verify = terminal.run(&["verify", "--json"]).await;
    broken(&terminal, &verify, &["entry_missing"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_which_only_the_hash_is_left_is_noticed() {
    for change in ["body = NULL", "body = 'text where bytes should be'"] {
        let (house, terminal) = begin().await;
        rewrite(house.folder(), change).await;
        let verify = terminal.run(&["verify", "--json"]).await;
        broken(&terminal, &verify, &["entry_missing", "entry_changed"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_entry_is_noticed_after_the_platform_was_started_again() {
    let (house, terminal) = begin().await;
    let url = house.url().to_owned();
    let (folder, clock) = house.stop().await;
    tamper::remove_entry(folder.path(), 20).await.unwrap();
    serve_at(folder.path(), &clock, &url).await;
    let verify = terminal.run(&["verify", "--json"]).await;
    broken(&terminal, &verify, &["entry_missing"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_swapped_entries_are_noticed() {
    let (house, terminal) = begin().await;
    tamper::swap_entries(house.folder(), 20, 21).await.unwrap();
    let verify = terminal.run(&["verify", "--json"]).await;
    broken(&terminal, &verify, &["entry_changed", "entry_missing"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_lifted_by_a_whole_check_alone_and_its_evidence_stays() {
    let (house, terminal) = begin().await;
    tamper::change_one_byte(house.folder(), 20).await.unwrap();
    let verify = terminal.run(&["verify", "--json"]).await;
    let evidence = verify.json()["integrity"]["evidence"]
        .as_str()
        .unwrap()
        .to_owned();
    // The same bit again: the byte is what it was.
    tamper::change_one_byte(house.folder(), 20).await.unwrap();
    assert_eq!(terminal.run(&["sync"]).await.code, 1);
    terminal.run(&["verify"]).await.done();
    terminal.run(&["sync"]).await.done();
    assert!(Path::new(&evidence).exists());
}

/// Overwrites an entry's column, whatever guards it.
async fn rewrite(platform: &Path, change: &str) {
    let options = SqliteConnectOptions::new().filename(platform.join("platform.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let triggers: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .fetch_all(&mut database)
        .await
        .unwrap();
    for name in triggers {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TRIGGER \"{name}\"")))
            .execute(&mut database)
            .await
            .unwrap();
    }
    let update = format!("UPDATE entry SET {change} WHERE seq = 20");
    sqlx::raw_sql(AssertSqlSafe(update))
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Serves a folder at an address that another platform had.
pub async fn serve_at(folder: &Path, clock: &Arc<HandClock>, address: &str) -> Platform {
    let platform = Platform::open(House::options(folder, clock)).await.unwrap();
    let listener = TcpListener::bind(address.trim_start_matches("http://"))
        .await
        .unwrap();
    let serving = platform.clone();
    tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
    platform
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_that_grew_another_history_is_noticed() {
    let house = House::start().await;
    ingest(&house, 0..10).await;
    let (folder, clock) = house.stop().await;
    let older = tempfile::tempdir().unwrap();
    copy_folder(folder.path(), older.path());

    let house = House::open(folder, clock).await;
    ingest(&house, 10..40).await;
    let terminal = Terminal::new().await;
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.run(&["sync"]).await.done();
    let url = house.url().to_owned();
    let (_folder, clock) = house.stop().await;

    // Smaller at first …
    let platform = serve_at(older.path(), &clock, &url).await;
    let verify = terminal.run(&["verify", "--json"]).await;
    broken(&terminal, &verify, &["shrunk", "fork"]).await;
    // … and larger after it has grown.
    platform.load_sample().await.unwrap();
    assert!(platform.store().head().await.unwrap().size > 60);
    let verify = terminal.run(&["verify", "--json"]).await;
    broken(&terminal, &verify, &["fork"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_log_key_at_the_same_address_is_refused() {
    let (house, terminal) = begin().await;
    let url = house.url().to_owned();
    let (_folder, _clock) = house.stop().await;
    let other = House::start().await;
    let (folder, clock) = other.stop().await;
    serve_at(folder.path(), &clock, &url).await;
    let verify = terminal.run(&["verify", "--json"]).await;
    broken(&terminal, &verify, &["key_changed"]).await;
    let password = terminal.file("password", ADMIN_PASSWORD);
    let password = password.to_string_lossy();
    let login = [
        "login",
        "--server",
        &url,
        "--email",
        ADMIN_EMAIL,
        "--password-file",
        &password,
    ];
    assert_eq!(terminal.run(&login).await.code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fingerprint_given_beforehand_must_be_the_platforms() {
    let house = House::start().await;
    let terminal = Terminal::new().await;
    let password = terminal.file("password", ADMIN_PASSWORD);
    let password = password.to_string_lossy();
    let wrong = "0".repeat(64);
    let login = |fingerprint: &str| {
        [
            "login",
            "--server",
            house.url(),
            "--email",
            ADMIN_EMAIL,
            "--password-file",
            &password,
            "--fingerprint",
            fingerprint,
        ]
        .map(str::to_owned)
    };
    let words = login(&wrong);
    let refused = terminal.run(&words.each_ref().map(String::as_str)).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    let right = house.platform.store().verifier().fingerprint();
    let words = login(&right);
    terminal.run(&words.each_ref().map(String::as_str)).await.done();
}
