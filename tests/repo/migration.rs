//! Migrations are append-only: a published one keeps its bytes for ever.

use crate::tracked::{ending, read};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// `migrations.txt` lists each with its SHA-256; a new migration adds a line, no line ever changes.
#[test]
fn a_published_migration_is_never_edited() {
    let listed: BTreeMap<String, String> = include_str!("migrations.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| {
            let (hash, path) = line.split_once("  ").unwrap();
            (path.to_owned(), hash.to_owned())
        })
        .collect();
    let mut found = ending(&[".sql"]);
    found.retain(|path| path.contains("/migrations/"));
    let found: BTreeMap<String, String> = found
        .into_iter()
        .map(|path| {
            let hash = Sha256::digest(read(&path));
            (path, hex::encode(hash))
        })
        .collect();
    assert_eq!(found, listed, "tests/repo/migrations.txt");
}
