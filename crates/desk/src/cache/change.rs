//! Changing entries that are kept, and what the index holds of them.
//!
//! A few rows of a segment leave the blocks that hold their words; of many, or where entries leave as a
//! whole, the segment is made anew.

use super::pack::{Kept, damaged};
use super::page::int;
use super::segment::{block_id, facts, put_block};
use super::view::View;
use super::{CacheError, Writer, packs, sql};
use std::collections::{BTreeMap, BTreeSet};
use vigia_index::{Column, edit, term};
use vigia_query::Facts;

/// More changed rows of one segment than this, and it is made anew as a whole.
const EDITED_ROWS: usize = 256;
const WRITING: &str = "changing the index of the local copy";
const READING: &str = "reading the index of the local copy";

impl Writer {
    /// Changes entries, and what the index holds of them. What `change` takes out of an entry is
    /// sealed, or it is the entry as a whole.
    pub(super) async fn change(
        &mut self,
        seqs: &BTreeSet<u64>,
        change: impl Fn(&Kept) -> Result<Kept, CacheError>,
    ) -> Result<(), CacheError> {
        let stamp = packs::stamp(&mut self.connection).await?;
        let mut changed: BTreeMap<u64, (Kept, Kept)> = BTreeMap::new();
        packs::change(&mut self.connection, stamp, seqs.iter().copied(), |before| {
            let after = change(&before)?;
            if after != before {
                changed.insert(before.seq, (before, after.clone()));
            }
            Ok(Some(after))
        })
        .await?;
        let segments: Vec<(i64, i64, i64)> =
            sqlx::query_as("SELECT number, first, end FROM segment ORDER BY first")
                .fetch_all(&mut self.connection)
                .await
                .map_err(sql(READING))?;
        for (number, first, end) in segments {
            let (first, end) = (u64::try_from(first).unwrap_or(0), u64::try_from(end).unwrap_or(0));
            let rows: Vec<&(Kept, Kept)> = changed.range(first..end).map(|(_, row)| row).collect();
            let leaves = rows.iter().any(|(_, after)| after.entry.is_none());
            if rows.is_empty() {
                continue;
            }
            if leaves || rows.len() > EDITED_ROWS {
                self.rebuild(number, first, end).await?;
            } else {
                self.edit(number, &rows).await?;
            }
        }
        self.shared.forget();
        Ok(())
    }

    /// Takes what was sealed in a few rows out of a segment's blocks.
    async fn edit(&mut self, number: i64, rows: &[&(Kept, Kept)]) -> Result<(), CacheError> {
        let Self {
            connection, shared, ..
        } = &mut *self;
        let mut view = View::open(connection, shared).await?;
        let segment = view
            .segments
            .iter()
            .find(|segment| segment.number == number)
            .cloned();
        let Some(segment) = segment else { return Ok(()) };
        view.firsts(std::slice::from_ref(&segment)).await?;
        let all: Vec<usize> = (0..segment.head.rows as usize).collect();
        let seqs = view.numbers_of(&segment, Column::Seq, &all).await?;
        let mut codes = BTreeMap::new();
        for column in [Column::Who, Column::Address, Column::Port] {
            codes.insert(
                segment.head.column(column),
                view.codes_of(&segment, column).await?,
            );
        }
        let mut leaving = edit::Leaving::default();
        let mut values: BTreeMap<u32, Vec<(usize, u32)>> = BTreeMap::new();
        for (before, after) in rows {
            let Ok(row) = seqs.binary_search(&int(before.seq)) else {
                return Err(damaged(before.seq, "the index"));
            };
            let (Some(old), Some(new)) = (facts(before)?, facts(after)?) else {
                continue;
            };
            leaving.row(u16::try_from(row).unwrap_or(u16::MAX), &old, &new);
            for (column, value) in self.coded(&new).await? {
                values
                    .entry(segment.head.column(column))
                    .or_default()
                    .push((row, value));
            }
        }
        for (block, changed) in values {
            if let Some(codes) = codes.get(&block) {
                put_block(
                    &mut self.connection,
                    block_id(number, block),
                    &codes.with(&changed).write(),
                )
                .await?;
            }
        }
        let mut firsts = segment.firsts.get().cloned().unwrap_or_default();
        for block in leaving.blocks(&firsts) {
            let id = block_id(number, segment.head.terms() + block);
            let bytes: Vec<u8> = sqlx::query_scalar("SELECT data FROM block WHERE id = ?")
                .bind(id)
                .fetch_one(&mut self.connection)
                .await
                .map_err(sql(READING))?;
            let left = leaving.leave(&segment.head, block, &bytes, &mut firsts)?;
            put_block(&mut self.connection, id, &left).await?;
        }
        let version = packs::stamp(&mut self.connection).await?;
        sqlx::query("UPDATE segment SET version = ?, firsts = ? WHERE number = ?")
            .bind(version)
            .bind(firsts.write())
            .bind(number)
            .execute(&mut self.connection)
            .await
            .map_err(sql(WRITING))?;
        Ok(())
    }

    /// The coded columns that are made from what is sealed.
    async fn coded(&mut self, facts: &Facts) -> Result<[(Column, u32); 3], CacheError> {
        let mut text = String::new();
        let who = if term::who(&mut text, facts) {
            self.number(&text).await?
        } else {
            0
        };
        let address = match facts.source_ip {
            Some(ip) => {
                term::address(&mut text, ip);
                self.number(&text).await?
            }
            None => 0,
        };
        let port = facts.source_port.map_or(0, |port| u32::from(port) + 1);
        Ok([
            (Column::Who, who),
            (Column::Address, address),
            (Column::Port, port),
        ])
    }

    /// Lets words go that no segment holds any more.
    pub(super) async fn sweep_words(&mut self) -> Result<(), CacheError> {
        let Self {
            connection, shared, ..
        } = &mut *self;
        let mut view = View::open(connection, shared).await?;
        let mut used = BTreeSet::new();
        for segment in view.segments.clone() {
            for column in Column::ALL.into_iter().filter(|column| column.has_words()) {
                used.extend(view.codes_of(&segment, column).await?.values.iter().copied());
            }
            view.let_go_of_blocks();
        }
        let all: Vec<i64> = sqlx::query_scalar("SELECT number FROM word")
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql(READING))?;
        for number in all {
            if u32::try_from(number).is_ok_and(|number| used.contains(&number)) {
                continue;
            }
            self.execute("DELETE FROM word WHERE number = ?", number).await?;
        }
        self.words.clear();
        Ok(())
    }
}
