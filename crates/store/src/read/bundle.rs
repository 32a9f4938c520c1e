//! Entries and sealed groups of a stretch of the log, read as one row (`engine/bundle.rs`) where they are
//! not too large for that.

use super::SyncRow;
use super::open::Sealed;
use crate::append::slot;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::sql;
use crate::store::Store;
use sqlx::Row;
use std::str::FromStr;

/// What may come as one row; the engines take a gigabyte and need some of it twice.
const BYTES_IN_ONE: i64 = 64 * 1024 * 1024;

impl Store {
    /// Entries from `from` on; `None` where they are too large to come in one row.
    pub(crate) async fn entries_in_one(&self, from: u64, limit: u64) -> Result<Option<Vec<SyncRow>>> {
        let doing = "reading the log";
        let size = "SELECT CAST(coalesce(sum(length(body)), 0) AS BIGINT)
             FROM (SELECT body FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2) AS stretch";
        if self.sum(size, (sql::int(from), sql::int(limit))).await? > BYTES_IN_ONE {
            return Ok(None);
        }
        let row = sqlx::query(Engine::of_pool(self.platform()).entries_in_one())
            .bind(sql::int(from))
            .bind(sql::int(limit))
            .fetch_one(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        let text = |at: usize| row.try_get::<Option<String>, _>(at).map_err(Error::sql(doing));
        let bytes = |at: usize| row.try_get::<Option<Vec<u8>>, _>(at).map_err(Error::sql(doing));
        let (seqs, leaves, bodies) = (numbers::<u64>(text(0)?)?, numbers(text(1)?)?, numbers(text(3)?)?);
        let (all_leaves, all_bodies) = (bytes(2)?.unwrap_or_default(), bytes(4)?.unwrap_or_default());
        let (leaves, bodies) = (pieces(&all_leaves, &leaves)?, pieces(&all_bodies, &bodies)?);
        let rows = seqs
            .into_iter()
            .zip(leaves)
            .zip(bodies)
            .map(|((seq, leaf), body)| {
                let leaf = leaf.unwrap_or_default();
                Ok(SyncRow {
                    seq,
                    leaf: leaf.try_into().map_err(|_| Error::Damaged("a leaf"))?,
                    body: body.map(<[u8]>::to_vec),
                    groups: Vec::new(),
                })
            });
        rows.collect::<Result<_>>().map(Some)
    }

    /// The sealed groups of a range of entries, by slot; `None` where they are too large.
    pub(super) async fn sealed_in_one(&self, first: u64, last: u64) -> Result<Option<Vec<Sealed>>> {
        let doing = "reading sealed groups";
        let range = (sql::int(slot(first, 0)), sql::int(slot(last + 1, 0)));
        let size = "SELECT CAST(coalesce(sum(length(data)), 0) AS BIGINT) FROM sealed WHERE slot >= $1 AND slot < $2";
        if self.sum(size, range).await? > BYTES_IN_ONE {
            return Ok(None);
        }
        let row = sqlx::query(Engine::of_pool(self.platform()).sealed_in_one())
            .bind(range.0)
            .bind(range.1)
            .fetch_one(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        let text = |at: usize| row.try_get::<Option<String>, _>(at).map_err(Error::sql(doing));
        let data: Option<Vec<u8>> = row.try_get(2).map_err(Error::sql(doing))?;
        let (slots, data) = (numbers::<u64>(text(0)?)?, data.unwrap_or_default());
        let lengths = numbers(text(1)?)?;
        let data = pieces(&data, &lengths)?;
        let sealed = slots.into_iter().zip(data);
        Ok(Some(
            sealed
                .map(|(slot, data)| (slot, data.unwrap_or_default().to_vec()))
                .collect(),
        ))
    }

    async fn sum(&self, text: &'static str, (first, second): (i64, i64)) -> Result<i64> {
        sqlx::query_scalar(text)
            .bind(first)
            .bind(second)
            .fetch_one(self.platform())
            .await
            .map_err(Error::sql("measuring a stretch of the log"))
    }
}

fn numbers<T: FromStr>(text: Option<String>) -> Result<Vec<T>> {
    let text = text.unwrap_or_default();
    let words = text.split(',').filter(|word| !word.is_empty());
    words
        .map(|word| word.parse().map_err(|_| Error::Damaged("a number")))
        .collect()
}

/// Bytes of these lengths, one after another; -1: none at all.
fn pieces<'a>(bytes: &'a [u8], lengths: &[i64]) -> Result<Vec<Option<&'a [u8]>>> {
    let mut rest = bytes;
    let mut pieces = Vec::with_capacity(lengths.len());
    for length in lengths {
        let Ok(length) = usize::try_from(*length) else {
            pieces.push(None);
            continue;
        };
        let (piece, after) = rest.split_at_checked(length).ok_or(Error::Damaged("a length"))?;
        rest = after;
        pieces.push(Some(piece));
    }
    Ok(pieces)
}
