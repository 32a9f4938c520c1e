//! Obeying a tombstone: everything that was sealed for a person leaves the copy.
//!
//! Their groups, the search keys and words made from them, dictionary entries that nobody uses any
//! more; freed pages are overwritten and the write-ahead log is emptied. The entries and their
//! hashes stay, so every proof still holds.

use super::page::{EventRows, int, text_row};
use super::read::{Stored, stored};
use super::{CacheError, Writer, sql};
use std::collections::{BTreeMap, BTreeSet};
use vigia_domain::SubjectId;
use vigia_query::Facts;

/// Takes these people's groups out, within the caller's transaction.
pub(super) async fn erase(writer: &mut Writer, people: &[SubjectId]) -> Result<(), CacheError> {
    let mut affected: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for person in people {
        writer
            .execute(
                "INSERT OR IGNORE INTO erased (subject) VALUES (?)",
                vec![person.0.to_vec().into()],
            )
            .await?;
        let held: Vec<(i64, i64)> = sqlx::query_as("SELECT seq, number FROM holder WHERE subject = ?")
            .bind(person.0.to_vec())
            .fetch_all(&mut writer.connection)
            .await
            .map_err(sql("looking for what is sealed for an erased person"))?;
        for (seq, number) in held {
            affected.entry(seq).or_default().insert(number);
        }
    }
    let mut rows = EventRows::new();
    for (seq, numbers) in affected {
        let Some(event) = stored(&mut writer.connection, u64::try_from(seq).unwrap_or(0)).await? else {
            continue;
        };
        if event
            .groups
            .iter()
            .any(|(number, ..)| numbers.contains(&i64::from(*number)))
        {
            rewrite(writer, &mut rows, event, &numbers).await?;
        }
    }
    rows.flush(writer).await?;
    writer
        .run("DELETE FROM detail_name WHERE id NOT IN (SELECT name FROM detail)")
        .await?;
    writer.words.retain(|(table, _), _| *table != "detail_name");
    Ok(())
}

pub(super) async fn rewrite(
    writer: &mut Writer,
    rows: &mut EventRows,
    event: Stored,
    gone: &BTreeSet<i64>,
) -> Result<(), CacheError> {
    let seq = event.seq;
    let all = event.groups.iter().map(|(_, group)| group.clone()).collect();
    let before = Facts::of(&event.entry, all);
    // The index keeps no copy of the words, so it must be told them to let them go.
    writer
        .execute(
            "INSERT INTO text (text, rowid, message, user_agent, other) VALUES ('delete', ?, ?, ?, ?)",
            text_row(seq, &before),
        )
        .await?;
    for number in gone {
        writer
            .execute(
                "DELETE FROM sealed WHERE seq = ? AND number = ?",
                vec![int(seq).into(), (*number).into()],
            )
            .await?;
    }
    for statement in [
        "DELETE FROM detail WHERE seq = ?",
        "DELETE FROM event WHERE seq = ?",
    ] {
        writer.execute(statement, vec![int(seq).into()]).await?;
    }
    let left = event
        .groups
        .into_iter()
        .filter(|(number, _)| !gone.contains(&i64::from(*number)));
    let after = Facts::of(&event.entry, left.map(|(_, group)| group).collect());
    rows.push(writer, seq, after).await
}

/// Merges the text index, so that no older segment keeps a word, and empties the write-ahead log.
pub(super) async fn clean(writer: &mut Writer) -> Result<(), CacheError> {
    writer.run("INSERT INTO text (text) VALUES ('optimize')").await?;
    writer.run("PRAGMA wal_checkpoint(TRUNCATE)").await
}
