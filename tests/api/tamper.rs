//! Somebody changes the platform's files; `vigia-platform verify` says so, with the evidence.

use crate::binary::{run, verify};
use std::path::Path;
use vigia_tests::platform::House;
use vigia_tests::tamper::{change_one_byte, remove_entry, swap_entries};

async fn stopped() -> tempfile::TempDir {
    let house = House::start().await;
    let key = house.ingest_key().await;
    for _ in 0..3 {
        house
            .ingest(&key, "", "a line of an application\n".repeat(20))
            .await;
    }
    house.stop().await.0
}

fn broken(folder: &Path, words: &str) {
    let found = verify(folder, &[]);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(found.out.contains("evidence:"), "{}", found.out);
    assert!(found.out.contains(words), "{}", found.out);
    assert!(!found.err.contains("panicked"), "{}", found.err);
}

#[tokio::test]
async fn an_untouched_ledger_is_whole() {
    let folder = stopped().await;
    let found = verify(folder.path(), &[]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    let as_json = verify(folder.path(), &["--json"]);
    let as_json: serde_json::Value = serde_json::from_str(&as_json.out).expect("JSON");
    assert_eq!(as_json["whole"], true);
}

#[tokio::test]
async fn one_changed_byte_is_found() {
    let folder = stopped().await;
    change_one_byte(folder.path(), 12).await.expect("changed");
    broken(folder.path(), "entry 12 was changed");
}

#[tokio::test]
async fn a_removed_entry_is_found() {
    let folder = stopped().await;
    remove_entry(folder.path(), 12).await.expect("removed");
    broken(folder.path(), "entry 12 is missing");
}

#[tokio::test]
async fn two_swapped_entries_are_found() {
    let folder = stopped().await;
    swap_entries(folder.path(), 11, 13).await.expect("swapped");
    broken(folder.path(), "entry 11");
}

#[tokio::test]
async fn a_removed_last_entry_is_found() {
    let folder = stopped().await;
    let size =
        serde_json::from_str::<serde_json::Value>(&verify(folder.path(), &["--json"]).out).expect("JSON");
    let last = size["size"].as_i64().expect("a size") - 1;
    remove_entry(folder.path(), last).await.expect("removed");
    broken(folder.path(), "");
}

#[tokio::test]
async fn a_sqlite_file_that_is_none_is_an_answer_and_no_panic() {
    let folder = stopped().await;
    let database = folder.path().join("platform.db");
    let mut bytes = std::fs::read(&database).expect("the database");
    let wipe = bytes.len() / 3..bytes.len() / 3 * 2;
    bytes[wipe].fill(0xa5);
    std::fs::write(&database, bytes).expect("written");
    let found = verify(folder.path(), &[]);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(found.out.contains("broken:"), "{}", found.out);
    assert!(!found.err.contains("panicked"), "{}", found.err);
}

#[tokio::test]
async fn an_older_copy_that_grew_another_history_does_not_fit_a_kept_checkpoint() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    house.ingest(&key, "", "first\n").await;
    let (folder, clock) = house.stop().await;
    let copy = tempfile::tempdir().expect("a temporary folder");
    copy_folder(folder.path(), copy.path());
    vigia_tests::database::copy(folder.path(), copy.path());

    let house = House::open(folder, std::sync::Arc::clone(&clock)).await;
    house.ingest(&key, "", "second\n").await;
    let kept = house.platform.store().head().await.expect("the head").checkpoint;
    let (folder, _) = house.stop().await;
    let file = folder.path().join("kept.txt");
    std::fs::write(&file, kept).expect("written");
    let file = file.to_str().expect("text");
    assert_eq!(verify(folder.path(), &["--checkpoint", file]).code, 0);

    let older = House::open(copy, clock).await;
    older.ingest(&key, "", "another\nhistory\nand\nmore\n").await;
    let (copy, _) = older.stop().await;
    assert_eq!(verify(copy.path(), &[]).code, 0, "by itself it looks whole");
    let found = verify(copy.path(), &["--checkpoint", file]);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(found.out.contains("evidence:"), "{}", found.out);
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[tokio::test]
async fn there_is_nothing_to_verify_where_there_is_no_platform() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    let found = verify(empty.path(), &[]);
    assert_eq!(found.code, 5, "{}{}", found.out, found.err);
    let wrong = run(&["verify", "--nonsense"]);
    assert_eq!(wrong.code, 2);
}
