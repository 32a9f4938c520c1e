//! The life of the data with the binary: retention, legal hold, backups, keys, and an upgrade.

use crate::binary::{on, run, verify};
use chrono::TimeDelta;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use vigia_server::Platform;
use vigia_tests::database;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, HandClock, House, VIEWER_EMAIL};

const PERSON: &str = "joao.pereira.da.silva@example.com";

fn json(said: &crate::binary::Said) -> Value {
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    serde_json::from_str(&said.out).expect("JSON")
}

fn text(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

fn whole(folder: &Path) -> Value {
    let found = json(&verify(folder, &["--json"]));
    assert_eq!(found["whole"], true);
    let same = on(folder, &["replay"], &["--check"]);
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);
    found
}

async fn filled() -> House {
    fill(House::start().await).await
}

/// A platform whose events are older than every day that is kept: its clock stands in the past, that
/// of the commands does not.
async fn old() -> House {
    let clock = HandClock::new();
    clock.advance(TimeDelta::days(-200));
    let folder = TempDir::new().expect("a folder");
    let options = House::options(folder.path(), &clock);
    let platform = Platform::init(options, ADMIN_EMAIL, ADMIN_PASSWORD)
        .await
        .expect("init");
    platform.close().await;
    fill(House::open(folder, clock).await).await
}

async fn fill(house: House) -> House {
    let key = house.ingest_key().await;
    let line = |kind: &str, email: &str| serde_json::json!({"service": "shop", "kind": kind, "actor": {"email": email}, "source": {"ip": "192.0.2.7"}, "message": "something"});
    let body = format!(
        "{}\n{}\n{}\n",
        line("auth.login.succeeded", PERSON),
        line("auth.login.failed", "other@example.com"),
        line("order.shipped", "other@example.com")
    );
    house.ingest(&key, "", body).await;
    house
}

#[tokio::test]
async fn the_policy_is_shown_changed_and_carried_out_while_the_platform_serves() {
    let house = old().await;
    let shown = json(&on(house.folder(), &["retention", "show"], &["--json"]));
    assert_eq!(shown["days"]["security"], 90);
    assert_eq!(shown["days"]["own"], Value::Null);
    let set = on(
        house.folder(),
        &["retention", "set"],
        &["--keep", "application=1", "--json"],
    );
    assert_eq!(json(&set)["days"]["application"], 1);
    let wrong = on(house.folder(), &["retention", "set"], &["--keep", "everything=1"]);
    assert_eq!(wrong.code, 2);
    let would = json(&on(
        house.folder(),
        &["retention", "run"],
        &["--dry-run", "--json"],
    ));
    let gone = json(&on(house.folder(), &["retention", "run"], &["--json"]));
    assert_eq!(would["entries"], gone["entries"]);
    assert_eq!(gone["entries"], 3, "{gone}");
    let key = house.ingest_key().await;
    let later = house.ingest(&key, "", "and it goes on\n").await;
    assert_eq!(later.status, 200);
    let (folder, _) = house.stop().await;
    let found = whole(folder.path());
    assert_eq!(found["entries_pruned"], gone["entries"]);
}

#[tokio::test]
async fn a_legal_hold_keeps_a_person_from_being_erased_until_it_is_released() {
    let house = filled().await;
    let nothing = on(house.folder(), &["hold", "place"], &["--reason", "because"]);
    assert_eq!(nothing.code, 2, "a hold on everything: {}", nothing.err);
    let placed = on(
        house.folder(),
        &["hold", "place"],
        &["--reason", "processo 12", "--subject", PERSON, "--json"],
    );
    let id = json(&placed)["id"].as_str().expect("an id").to_owned();
    let refused = on(house.folder(), &["erase"], &["--subject", PERSON]);
    assert_eq!(refused.code, 5, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains(&id), "{}", refused.err);
    let listed = json(&on(house.folder(), &["hold", "list"], &["--json"]));
    assert_eq!(listed[0]["person"], PERSON);
    assert_eq!(listed[0]["reason"], "processo 12");
    assert_eq!(on(house.folder(), &["hold", "release"], &[&id]).code, 0);
    assert_eq!(on(house.folder(), &["hold", "release"], &[&id]).code, 1, "once");
    assert_eq!(on(house.folder(), &["erase"], &["--subject", PERSON]).code, 0);
    let (folder, _) = house.stop().await;
    whole(folder.path());
}

#[tokio::test]
async fn a_restored_backup_verifies_and_an_erased_person_stays_erased_in_it() {
    let house = filled().await;
    house.viewer().await;
    let place = TempDir::new().expect("a folder");
    let (to, apart) = (
        text(&place.path().join("backups")),
        text(&place.path().join("apart")),
    );
    let backup = ["--to", &to, "--vault-to", &apart, "--json"];
    let first = json(&on(house.folder(), &["backup"], &backup));
    assert_eq!(on(house.folder(), &["erase"], &["--subject", PERSON]).code, 0);
    let list = [&backup[..], &["--list"]].concat();
    let listed = json(&on(house.folder(), &["backup"], &list));
    assert_eq!(listed["pending"], true, "until the next set");
    json(&on(house.folder(), &["backup"], &backup));
    let listed = json(&on(house.folder(), &["backup"], &list));
    assert_eq!(listed["pending"], false);
    assert_eq!(listed["backups"].as_array().expect("a list").len(), 2);

    let key = text(&house.folder().join("keys/master"));
    let from = ["--from", &to, "--vault-from", &apart, "--master-key", &key];
    let name = ["--name", first["name"].as_str().expect("a name")];
    let check = run(&[&["check-backup"], &from[..], &name].concat());
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);

    // Into files, whichever engine the backup was taken from.
    let data = place.path().join("restored");
    database::in_folder(&data);
    let restored = run(&[&["restore", "--data", &text(&data)], &from[..], &name].concat());
    assert_eq!(restored.code, 0, "{}{}", restored.out, restored.err);
    whole(&data);
    let exported = run(&["export", "--data", &text(&data), "--json"]);
    assert!(exported.out.contains("other@example.com") && exported.out.contains(VIEWER_EMAIL));
    assert!(!exported.out.contains(PERSON));
    let again = run(&[&["restore", "--data", &text(&data)], &from[..]].concat());
    assert_eq!(again.code, 5, "a place where something lies: {}", again.err);

    let other = place.path().join("other-key");
    std::fs::write(&other, [7; 32]).expect("written");
    let wrong = run(&[
        "check-backup",
        "--from",
        &to,
        "--vault-from",
        &apart,
        "--master-key",
        &text(&other),
    ]);
    assert_eq!(wrong.code, 1, "{}{}", wrong.out, wrong.err);
    assert!(wrong.out.contains("master key"), "{}", wrong.out);
}

#[tokio::test]
async fn keys_are_rotated_while_the_platform_serves_and_nothing_is_lost() {
    let house = filled().await;
    let kept = house.platform.store().head().await.expect("the head").checkpoint;
    let old = house.platform.store().verifier();
    let rotated = on(house.folder(), &["rotate", "log-key"], &[]);
    assert_eq!(rotated.code, 0, "{}{}", rotated.out, rotated.err);
    let rotated = on(house.folder(), &["rotate", "master-key"], &[]);
    assert_eq!(rotated.code, 0, "{}{}", rotated.out, rotated.err);
    let key = house.ingest_key().await;
    assert_eq!(house.ingest(&key, "", "after both\n").await.status, 200);
    let (folder, _) = house.stop().await;
    whole(folder.path());
    let file = folder.path().join("kept.txt");
    std::fs::write(&file, kept).expect("written");
    let against = verify(folder.path(), &["--checkpoint", &text(&file)]);
    assert_eq!(
        against.code, 0,
        "signed by the old key: {}{}",
        against.out, against.err
    );

    // The master key is lost: what needs none still verifies.
    std::fs::remove_file(folder.path().join("keys/master")).expect("removed");
    let lost = verify(folder.path(), &[]);
    assert_eq!(lost.code, 5);
    assert!(
        lost.err.contains("master key") && lost.err.contains("--log-key"),
        "{}",
        lost.err
    );
    let stale = verify(folder.path(), &["--log-key", old.vkey()]);
    assert_eq!(stale.code, 1, "the old key signed none of this: {}", stale.out);
}

/// A fixture, unpacked.
fn unpacked(version: &str, file: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let archive: PathBuf = vigia_tests::root()
        .join("tests/fixtures")
        .join(version)
        .join(file);
    let done = Command::new("tar")
        .args(["-xzf", &text(&archive), "-C", &text(folder.path())])
        .status()
        .expect("tar");
    assert!(done.success());
    folder
}

#[tokio::test]
async fn a_data_folder_of_the_first_version_opens_verifies_and_holds_the_same_events() {
    let folder = unpacked("v0.1", "platform.tar.gz");
    let data = text(&folder.path().join("data"));
    let replay = run(&["replay", "--data", &data, "--check"]);
    assert_eq!(replay.code, 0, "{}{}", replay.out, replay.err);
    let whole = run(&["verify", "--data", &data, "--json"]);
    assert_eq!(json(&whole)["groups_erased"], 8);
    let exported = run(&["export", "--data", &data, "--json"]);
    let listed = Command::new("gzip")
        .args([
            "-dc",
            &text(&vigia_tests::root().join("tests/fixtures/v0.1/events.ndjson.gz")),
        ])
        .output()
        .expect("gzip");
    let expected = String::from_utf8(listed.stdout).expect("text");
    let parse = |text: &str| -> Vec<Value> {
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        lines.take(60).collect()
    };
    assert_eq!(parse(&expected).len(), 60);
    assert_eq!(parse(&exported.out), parse(&expected));
}

#[tokio::test]
async fn whoever_signed_in_to_the_first_version_still_does_and_a_newer_schema_is_refused() {
    let folder = unpacked("v0.1", "platform.tar.gz");
    let data = folder.path().join("data");
    let clock = HandClock::new();
    let moved = TempDir::new().expect("a folder");
    std::fs::remove_dir(moved.path()).expect("empty");
    std::fs::rename(&data, moved.path()).expect("moved");
    database::in_folder(moved.path());
    let house = House::open(moved, clock).await;
    let tokens = house
        .login("ana.admin@vigia.example", "primeira fatia, senha boa")
        .await;
    assert!(!tokens.access_token.is_empty());
    let (folder, _) = house.stop().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("platform.db"));
    let mut database = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options)
        .await
        .expect("open");
    sqlx::query("INSERT INTO migration (version, checksum) VALUES (9999, 'from the future')")
        .execute(&mut database)
        .await
        .expect("written");
    sqlx::Connection::close(database).await.expect("closed");
    let refused = verify(folder.path(), &[]);
    assert_eq!(refused.code, 5, "{}{}", refused.out, refused.err);
    assert!(
        refused.err.contains("9999") && refused.err.contains("newer"),
        "{}",
        refused.err
    );
}
