//! Somebody changes what the platform keeps beside its entries, or takes its files away: `verify`
//! says so at once, and repairs nothing.

use crate::binary::verify;
use std::path::Path;
use std::time::{Duration, Instant};
use vigia_tests::platform::House;
use vigia_tests::tamper;

async fn stopped() -> tempfile::TempDir {
    let house = House::start().await;
    let key = house.ingest_key().await;
    house
        .ingest(&key, "", "a line of an application\n".repeat(300))
        .await;
    house.stop().await.0
}

async fn change(folder: &Path, sql: &str) {
    tamper::change(folder, sql).await.expect("changed");
}

fn broken(folder: &Path, words: &str) {
    let found = verify(folder, &[]);
    assert_eq!(found.code, 1, "{words}: {}{}", found.out, found.err);
    assert!(
        found.out.contains("broken:") && found.out.contains(words),
        "{words}: {}",
        found.out
    );
    assert!(!found.err.contains("panicked"), "{}", found.err);
}

#[tokio::test]
async fn whatever_lies_beside_the_entries_is_held_against_them() {
    let folder = stopped().await;
    let there_and_back = [
        (
            "UPDATE head SET recorded_at = recorded_at + 1",
            "UPDATE head SET recorded_at = recorded_at - 1",
            "recording time",
        ),
        (
            "CREATE TABLE kept AS SELECT compact FROM head; UPDATE head SET compact = zeroblob(length(compact))",
            "UPDATE head SET compact = (SELECT compact FROM kept); DROP TABLE kept",
            "the root in the head",
        ),
        (
            "UPDATE head SET size = size - 1",
            "UPDATE head SET size = size + 1",
            "",
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM node; UPDATE node SET hash = zeroblob(32)",
            "DELETE FROM node; INSERT INTO node SELECT * FROM kept; DROP TABLE kept",
            "tree hash 0 of level 1",
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM node; DELETE FROM node",
            "INSERT INTO node SELECT * FROM kept; DROP TABLE kept",
            "tree hash 0 of level 1",
        ),
        (
            "INSERT INTO node VALUES (3, 9, zeroblob(32))",
            "DELETE FROM node WHERE level = 3",
            "tree hash 9 of level 3",
        ),
        (
            "INSERT INTO sealed VALUES (-7, zeroblob(1))",
            "DELETE FROM sealed WHERE slot < 0",
            "sealed rows",
        ),
        (
            "INSERT INTO sealed VALUES (25600000, zeroblob(1))",
            "DELETE FROM sealed WHERE slot = 25600000",
            "sealed rows",
        ),
        (
            "ALTER TABLE node RENAME TO gone",
            "ALTER TABLE gone RENAME TO node",
            "cannot be read",
        ),
    ];
    for (there, back, words) in there_and_back {
        change(folder.path(), there).await;
        broken(folder.path(), words);
        change(folder.path(), back).await;
        let found = verify(folder.path(), &[]);
        assert_eq!(found.code, 0, "after {back}: {}{}", found.out, found.err);
    }
    change(
        folder.path(),
        "INSERT INTO entry (seq, leaf, body) VALUES (-5, zeroblob(32), zeroblob(1))",
    )
    .await;
    broken(folder.path(), "numbered below zero");
}

#[tokio::test]
async fn missing_triggers_are_said_and_not_made_again() {
    let folder = stopped().await;
    tamper::drop_trigger(folder.path(), "entry_is_not_removed", "entry")
        .await
        .expect("dropped");
    for _ in 0..2 {
        let found = verify(folder.path(), &[]);
        assert_eq!(found.code, 0, "{}{}", found.out, found.err);
        assert!(
            found.out.contains("note: the trigger entry_is_not_removed"),
            "{}",
            found.out
        );
    }
}

#[tokio::test]
async fn a_sqlite_file_that_holds_nothing_is_broken_at_once_and_stays_as_it_is() {
    let folder = stopped().await;
    let database = folder.path().join("platform.db");
    for bytes in [Vec::new(), vec![0xa5; 65_536]] {
        std::fs::write(&database, &bytes).expect("written");
        let began = Instant::now();
        broken(folder.path(), "cannot be read");
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(std::fs::read(&database).expect("read"), bytes);
    }
}

#[tokio::test]
async fn keys_that_do_not_fit_are_a_failure_of_the_command() {
    for name in ["master", "log", "buckets"] {
        let folder = stopped().await;
        let file = folder.path().join("keys").join(name);
        let mut bytes = std::fs::read(&file).expect("the key");
        bytes[0] ^= 1;
        std::fs::write(&file, &bytes).expect("written");
        let wrong = verify(folder.path(), &[]);
        assert_eq!(wrong.code, 5, "{name}: {}{}", wrong.out, wrong.err);
        std::fs::remove_file(&file).expect("removed");
        let missing = verify(folder.path(), &[]);
        assert_eq!(missing.code, 5, "{name}: {}{}", missing.out, missing.err);
    }
}

#[tokio::test]
async fn verifying_leaves_the_tables_as_they_are() {
    let folder = stopped().await;
    let state = async || tamper::shape(folder.path()).await.expect("counted");
    let before = state().await;
    assert_eq!(verify(folder.path(), &[]).code, 0);
    assert_eq!(state().await, before);
}
