//! Obeying a tombstone: everything that was sealed for a person leaves the copy.
//!
//! Their groups, the terms and columns made from them, words of the dictionary that nobody uses any
//! more; freed pages are overwritten and the write-ahead log is emptied. The entries and their hashes
//! stay, so every proof still holds.

use super::pack::{Kept, damaged};
use super::{CacheError, Writer, sql};
use std::collections::BTreeSet;
use vigia_domain::SubjectId;
use vigia_domain::entry::{Commitment, Entry, Holder};

/// Takes these people's groups out, within the caller's transaction.
pub(super) async fn erase(writer: &mut Writer, people: &[SubjectId]) -> Result<(), CacheError> {
    if people.is_empty() {
        return Ok(());
    }
    for person in people {
        sqlx::query("INSERT OR IGNORE INTO erased (subject) VALUES (?)")
            .bind(person.0.to_vec())
            .execute(&mut writer.connection)
            .await
            .map_err(sql("noting who was erased"))?;
    }
    writer.trim().await?;
    let held = writer.held_by(people).await?;
    take_out(writer, &held, |commitment| about(commitment, people)).await?;
    // Also where nothing was held any more: entries that left by the window left their words.
    writer.sweep_words().await
}

/// Whether a group is sealed for one of these.
fn about(commitment: &Commitment, people: &[SubjectId]) -> bool {
    match &commitment.holder {
        Holder::Subjects(subjects) => subjects.iter().any(|subject| people.contains(subject)),
        Holder::Period { .. } => false,
    }
}

/// Takes the groups of some entries out for which `goes` holds, and what the index held of them. Words
/// that nobody uses any more are the caller's to sweep.
pub(super) async fn take_out(
    writer: &mut Writer,
    seqs: &BTreeSet<u64>,
    goes: impl Fn(&Commitment) -> bool,
) -> Result<(), CacheError> {
    writer.change(seqs, |row| without(row.clone(), &goes)).await
}

fn without(mut row: Kept, goes: impl Fn(&Commitment) -> bool) -> Result<Kept, CacheError> {
    let Some(kept) = &mut row.entry else {
        return Ok(row);
    };
    let entry = Entry::from_bytes(&kept.body).map_err(|_| damaged(row.seq, "the body"))?;
    kept.groups.retain(|group| {
        let commitment = usize::try_from(group.number)
            .ok()
            .and_then(|number| entry.groups.get(number));
        !commitment.is_some_and(&goes)
    });
    Ok(row)
}

/// Empties the write-ahead log, so that no older state lies in it.
pub(super) async fn clean(writer: &mut Writer) -> Result<(), CacheError> {
    writer.run("PRAGMA wal_checkpoint(TRUNCATE)").await
}
