//! The segments of the copy: made from what comes, put together as they get many, made anew where
//! something has to leave.
//!
//! A page of entries becomes a segment of its own at once, so that it is found at once. Small
//! neighbours at either end are put together in tiers, so that each entry is moved a few times and
//! there are never many segments.

use super::pack::Kept;
use super::packs;
use super::view::{BLOCK_BITS, View};
use super::{CacheError, Writer, sql};
use crate::cache::page::int;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeSet;
use vigia_domain::SubjectId;
use vigia_index::head::Firsts;
use vigia_index::{Builder, Column, Head, MAX_ROWS, Plan, Segment, merge, term};
use vigia_query::Facts;

const WRITING: &str = "writing the index of the local copy";
const READING: &str = "reading the index of the local copy";
/// Neighbours with fewer rows than this are put together once they have as many together. The last
/// tier leaves room for the page that crosses it.
const TIERS: [u32; 5] = [8, 64, 512, 4_096, 57_344];
/// More neighbours than this are never small at once: each tier has seven of the one below at most, the
/// last one thirteen.
const SMALL: i64 = 64;

/// How many neighbours, the first of these on, are to become one; they are given from the end at
/// which entries came in.
fn together(rows: &[u32]) -> usize {
    let mut found = 0;
    for tier in TIERS {
        let mut sum = 0_u32;
        let run = rows.iter().take_while(|rows| {
            sum = sum.saturating_add(**rows);
            **rows < tier && sum <= MAX_ROWS
        });
        let run = run.count();
        let sum: u32 = rows.iter().take(run).sum();
        if run > 1 && sum >= tier {
            found = run;
        }
    }
    found
}

impl Writer {
    /// Keeps a segment of the entries from `first` on and before `end`.
    async fn keep(&mut self, first: u64, end: u64, segment: &Segment) -> Result<(), CacheError> {
        if segment.head.rows == 0 {
            return Ok(());
        }
        let version = packs::stamp(&mut self.connection).await?;
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO segment (version, first, end, rows, head, firsts) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
        )
        .bind(version)
        .bind(int(first))
        .bind(int(end))
        .bind(i64::from(segment.head.rows))
        .bind(segment.head.write())
        .bind(segment.firsts.write())
        .fetch_one(&mut self.connection)
        .await
        .map_err(sql(WRITING))?;
        for (index, block) in (0_i64..).zip(&segment.blocks) {
            put_block(&mut self.connection, (number << BLOCK_BITS) | index, block).await?;
        }
        Ok(())
    }

    /// Takes a segment out.
    async fn drop_segment(&mut self, number: i64) -> Result<(), CacheError> {
        sqlx::query("DELETE FROM block WHERE id >= ? AND id < ?")
            .bind(number << BLOCK_BITS)
            .bind((number + 1) << BLOCK_BITS)
            .execute(&mut self.connection)
            .await
            .map_err(sql(WRITING))?;
        sqlx::query("DELETE FROM segment WHERE number = ?")
            .bind(number)
            .execute(&mut self.connection)
            .await
            .map_err(sql(WRITING))?;
        Ok(())
    }

    /// Numbers of the words of a segment that is being made.
    async fn finish_segment(&mut self, builder: Builder) -> Result<Segment, CacheError> {
        let words: Vec<String> = builder.words().map(str::to_owned).collect();
        let mut numbers = std::collections::HashMap::with_capacity(words.len());
        for word in words {
            let number = self.number(&word).await?;
            numbers.insert(word, number);
        }
        Ok(builder.finish(|word| numbers.get(word).copied().unwrap_or(0)))
    }

    /// Indexes events from `first` on and before `end`, in their order.
    pub(super) async fn index(
        &mut self,
        (first, end): (u64, u64),
        events: impl IntoIterator<Item = (u64, Facts)>,
    ) -> Result<(), CacheError> {
        let mut builder = Builder::default();
        let mut begins = first;
        for (seq, facts) in events {
            if !builder.push(seq, &facts) {
                let full = std::mem::take(&mut builder);
                let segment = self.finish_segment(full).await?;
                self.keep(begins, seq, &segment).await?;
                begins = seq;
                builder.push(seq, &facts);
            }
        }
        let segment = self.finish_segment(builder).await?;
        self.keep(begins, end, &segment).await
    }

    /// Puts small neighbours together, at the end where entries came in.
    pub(super) async fn tidy(&mut self, newest: bool) -> Result<(), CacheError> {
        let order = if newest { "DESC" } else { "ASC" };
        let text = format!("SELECT number, first, end, rows FROM segment ORDER BY first {order} LIMIT ?");
        let mut parts: Vec<(i64, i64, i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(SMALL)
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql(READING))?;
        let counts: Vec<u32> = parts
            .iter()
            .map(|(.., rows)| u32::try_from(*rows).unwrap_or(MAX_ROWS))
            .collect();
        parts.truncate(together(&counts));
        if parts.is_empty() {
            return Ok(());
        }
        if newest {
            parts.reverse();
        }
        let mut segments = Vec::with_capacity(parts.len());
        for (number, ..) in &parts {
            segments.push(self.segment(*number).await?);
        }
        let merged = merge(&segments)?;
        let first = parts.iter().map(|(_, first, ..)| *first).min().unwrap_or(0);
        let end = parts.iter().map(|(_, _, end, ..)| *end).max().unwrap_or(0);
        for (number, ..) in &parts {
            self.drop_segment(*number).await?;
        }
        let place = |place: i64| u64::try_from(place).unwrap_or(0);
        self.keep(place(first), place(end), &merged).await
    }

    async fn segment(&mut self, number: i64) -> Result<Segment, CacheError> {
        let (head, firsts): (Vec<u8>, Vec<u8>) =
            sqlx::query_as("SELECT head, firsts FROM segment WHERE number = ?")
                .bind(number)
                .fetch_one(&mut self.connection)
                .await
                .map_err(sql(READING))?;
        let blocks = sqlx::query_scalar("SELECT data FROM block WHERE id >= ? AND id < ? ORDER BY id")
            .bind(number << BLOCK_BITS)
            .bind((number + 1) << BLOCK_BITS)
            .fetch_all(&mut self.connection)
            .await
            .map_err(sql(READING))?;
        Ok(Segment {
            head: Head::read(&head)?,
            firsts: Firsts::read(&firsts)?,
            blocks,
        })
    }

    /// Makes a segment anew from the entries that are kept.
    pub(super) async fn rebuild(&mut self, number: i64, first: u64, end: u64) -> Result<(), CacheError> {
        let rows = packs::range(&mut self.connection, first, end).await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(facts) = facts(&row)? {
                events.push((row.seq, facts));
            }
        }
        self.drop_segment(number).await?;
        self.index((first, end), events).await
    }

    /// Lets segments go whose entries left the copy before `first`. One that is cut stays until half of it
    /// is gone: what left is not found in it any more.
    pub(super) async fn let_go_of_segments(&mut self, first: u64) -> Result<(), CacheError> {
        let rows: Vec<(i64, i64, i64)> =
            sqlx::query_as("SELECT number, first, end FROM segment WHERE first < ? ORDER BY first")
                .bind(int(first))
                .fetch_all(&mut self.connection)
                .await
                .map_err(sql(READING))?;
        for (number, begins, ends) in rows {
            let (begins, ends) = (
                u64::try_from(begins).unwrap_or(0),
                u64::try_from(ends).unwrap_or(0),
            );
            if ends <= first {
                self.drop_segment(number).await?;
            } else if (first - begins) * 2 > ends - begins {
                self.rebuild(number, first, ends).await?;
            }
        }
        Ok(())
    }

    /// Makes the segment anew that the copy's beginning cuts: nothing of what left stays in it.
    pub(super) async fn trim(&mut self) -> Result<(), CacheError> {
        let base = super::window::base(&mut self.connection).await?.size();
        let cut: Vec<(i64, i64)> =
            sqlx::query_as("SELECT number, end FROM segment WHERE first < ? AND end > ?")
                .bind(int(base))
                .bind(int(base))
                .fetch_all(&mut self.connection)
                .await
                .map_err(sql(READING))?;
        for (number, end) in cut {
            self.rebuild(number, base, u64::try_from(end).unwrap_or(base))
                .await?;
        }
        Ok(())
    }

    /// The places of the events that were recorded between these moments, in microseconds.
    pub(super) async fn recorded_within(
        &mut self,
        (from, to): (i64, i64),
    ) -> Result<BTreeSet<u64>, CacheError> {
        let Self {
            connection, shared, ..
        } = self;
        let mut view = View::open(connection, shared).await?;
        view.places_of(&Plan::Number(Column::Recorded, from, to.saturating_sub(1)))
            .await
    }

    /// Where something of these people is sealed: the places of entries, from the index.
    pub(super) async fn held_by(&mut self, people: &[SubjectId]) -> Result<BTreeSet<u64>, CacheError> {
        let any = people
            .iter()
            .map(|person| Plan::Term(term::subject(*person)))
            .collect();
        let Self {
            connection, shared, ..
        } = self;
        let mut view = View::open(connection, shared).await?;
        view.places_of(&Plan::Or(any)).await
    }
}

pub(super) fn block_id(segment: i64, block: u32) -> i64 {
    (segment << BLOCK_BITS) | i64::from(block)
}

pub(super) async fn put_block(
    connection: &mut SqliteConnection,
    id: i64,
    data: &[u8],
) -> Result<(), CacheError> {
    sqlx::query("INSERT OR REPLACE INTO block (id, data) VALUES (?, ?)")
        .bind(id)
        .bind(data)
        .execute(connection)
        .await
        .map_err(sql(WRITING))?;
    Ok(())
}

/// What can be searched of a kept entry.
pub(super) fn facts(row: &Kept) -> Result<Option<Facts>, CacheError> {
    let stored = row.stored()?;
    Ok(stored.map(|stored| {
        let groups = stored.groups.into_iter().map(|(_, group)| group).collect();
        Facts::of(&stored.entry, groups)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_neighbours_are_put_together_in_tiers_and_never_too_many() {
        assert_eq!(together(&[1, 2, 3]), 0);
        assert_eq!(together(&[1; 8]), 8);
        assert_eq!(together(&[100, 200, 300, 9_000]), 3);
        assert_eq!(together(&[4_096; 13]), 0);
        assert_eq!(together(&[4_096; 14]), 14);
        assert_eq!(together(&[4_096, 60_000, 4_096]), 0);
        assert_eq!(together(&[40_000, 40_000]), 0);
        assert_eq!(together(&[8_000, 50_000]), 2);
    }

    #[test]
    fn however_entries_trickle_in_there_are_few_small_neighbours() {
        for page in [1, 3, 100, 700, 4_096] {
            // From the end at which entries come in.
            let mut rows: Vec<u32> = Vec::new();
            for _ in 0..200_000 / page {
                rows.insert(0, page);
                let run = together(&rows);
                if run > 0 {
                    let sum: u32 = rows.drain(..run).sum();
                    assert!(sum <= MAX_ROWS);
                    rows.insert(0, sum);
                }
                let small = rows.iter().filter(|rows| **rows < TIERS[4]).count();
                assert!(small < usize::try_from(SMALL).unwrap(), "{page}: {rows:?}");
            }
        }
    }
}
