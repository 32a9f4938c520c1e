//! Obeying a pruning: entries whose days are over leave the copy, and what lay under a dropped
//! period's key.
//!
//! The leaves stay, so every proof still holds. Like after an erasure, freed pages are overwritten and
//! the write-ahead log is emptied.

use super::page::{EventRows, int, text_row};
use super::read::stored;
use super::{CacheError, Writer, sql};
use std::collections::BTreeSet;
use vigia_domain::clock::to_micros;
use vigia_domain::entry::Holder;
use vigia_domain::retention::start_of;
use vigia_query::Facts;

/// What the ledger says is gone because its days are over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gone {
    /// First and last number of entries without bytes.
    pub pruned: Vec<(u64, u64)>,
    /// Days and classes whose keys are gone with everything under them.
    pub dropped: Vec<(i32, u8)>,
}

impl Gone {
    /// Nothing is gone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pruned.is_empty() && self.dropped.is_empty()
    }

    /// Takes what another one says, too.
    pub fn extend(&mut self, other: Self) {
        self.pruned.extend(other.pruned);
        self.dropped.extend(other.dropped);
    }
}

/// Takes it out, within the caller's transaction.
pub(super) async fn prune(writer: &mut Writer, gone: &Gone) -> Result<(), CacheError> {
    for (first, last) in &gone.pruned {
        let held: Vec<i64> =
            sqlx::query_scalar("SELECT seq FROM entry WHERE seq >= ? AND seq <= ? ORDER BY seq")
                .bind(int(*first))
                .bind(int(*last))
                .fetch_all(&mut writer.connection)
                .await
                .map_err(sql("looking for pruned entries"))?;
        for seq in held {
            let_go(writer, u64::try_from(seq).unwrap_or(0)).await?;
        }
    }
    let mut rows = EventRows::new();
    for period in &gone.dropped {
        drop_period(writer, &mut rows, *period).await?;
    }
    rows.flush(writer).await?;
    writer
        .run("DELETE FROM detail_name WHERE id NOT IN (SELECT name FROM detail)")
        .await?;
    writer.words.retain(|(table, _), _| *table != "detail_name");
    Ok(())
}

/// Everything of an entry but its leaf.
async fn let_go(writer: &mut Writer, seq: u64) -> Result<(), CacheError> {
    if let Some(event) = stored(&mut writer.connection, seq).await? {
        let groups = event.groups.into_iter().map(|(_, group)| group).collect();
        let facts = Facts::of(&event.entry, groups);
        // The index keeps no copy of the words, so it must be told them to let them go.
        writer
            .execute(
                "INSERT INTO text (text, rowid, message, user_agent, other) VALUES ('delete', ?, ?, ?, ?)",
                text_row(seq, &facts),
            )
            .await?;
    }
    for statement in [
        "DELETE FROM detail WHERE seq = ?",
        "DELETE FROM holder WHERE seq = ?",
        "DELETE FROM sealed WHERE seq = ?",
        "DELETE FROM event WHERE seq = ?",
        "DELETE FROM entry WHERE seq = ?",
    ] {
        writer.execute(statement, vec![int(seq).into()]).await?;
    }
    Ok(())
}

async fn drop_period(
    writer: &mut Writer,
    rows: &mut EventRows,
    (day, class): (i32, u8),
) -> Result<(), CacheError> {
    let within: Vec<i64> =
        sqlx::query_scalar("SELECT seq FROM event WHERE recorded_at >= ? AND recorded_at < ? ORDER BY seq")
            .bind(to_micros(start_of(day)))
            .bind(to_micros(start_of(day.saturating_add(1))))
            .fetch_all(&mut writer.connection)
            .await
            .map_err(sql("looking for a dropped period"))?;
    for seq in within {
        let seq = u64::try_from(seq).unwrap_or(0);
        let Some(event) = stored(&mut writer.connection, seq).await? else {
            continue;
        };
        let numbers: BTreeSet<i64> = (0_i64..)
            .zip(&event.entry.groups)
            .filter(|(_, group)| group.holder == Holder::Period { day, class })
            .map(|(number, _)| number)
            .collect();
        let held = |(number, ..): &(u32, _)| numbers.contains(&i64::from(*number));
        if event.groups.iter().any(held) {
            super::erase::rewrite(writer, rows, event, &numbers).await?;
        }
    }
    Ok(())
}
