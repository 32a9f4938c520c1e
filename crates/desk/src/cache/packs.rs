//! The packs of the copy: written, read back, changed.

use super::pack::{self, Kept, number};
use super::{CacheError, put_state, sql};
use crate::cache::page::int;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;
use vigia_ledger::Hash;

/// The name of the last stamp that a pack or a segment was given.
const STAMP: &str = "stamp";
const READING: &str = "reading entries of the local copy";
const WRITING: &str = "writing entries of the local copy";

/// A number that none was given before.
pub(super) async fn stamp(connection: &mut SqliteConnection) -> Result<i64, CacheError> {
    let last: Option<Vec<u8>> = sqlx::query_scalar("SELECT value FROM state WHERE name = ?")
        .bind(STAMP)
        .fetch_optional(&mut *connection)
        .await
        .map_err(sql(READING))?;
    let last = last
        .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
        .map_or(0, i64::from_be_bytes);
    let next = last.saturating_add(1);
    put_state(connection, STAMP, &next.to_be_bytes()).await?;
    Ok(next)
}

async fn put_pack(
    connection: &mut SqliteConnection,
    number: u64,
    stamp: i64,
    rows: &[Kept],
) -> Result<(), CacheError> {
    let Some(first) = rows.first() else {
        return remove(connection, number, number + 1).await;
    };
    sqlx::query("INSERT OR REPLACE INTO pack (number, first, stamp, data) VALUES (?, ?, ?, ?)")
        .bind(int(number))
        .bind(int(first.seq))
        .bind(stamp)
        .bind(pack::write(rows))
        .execute(connection)
        .await
        .map_err(sql(WRITING))?;
    Ok(())
}

/// Takes whole packs out: those from one number on and before another.
pub(super) async fn remove(connection: &mut SqliteConnection, from: u64, to: u64) -> Result<(), CacheError> {
    sqlx::query("DELETE FROM pack WHERE number >= ? AND number < ?")
        .bind(int(from))
        .bind(int(to))
        .execute(connection)
        .await
        .map_err(sql(WRITING))?;
    Ok(())
}

/// Keeps rows that follow one another, beside those that are there.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    stamp: i64,
    rows: Vec<Kept>,
) -> Result<(), CacheError> {
    let ends = rows
        .first()
        .zip(rows.last())
        .map(|(first, last)| (number(first.seq), number(last.seq)));
    let mut packs: BTreeMap<u64, Vec<Kept>> = BTreeMap::new();
    for row in rows {
        packs.entry(number(row.seq)).or_default().push(row);
    }
    for (number, mut rows) in packs {
        // Only the first and the last can share their pack with what is there.
        if ends.is_some_and(|(first, last)| number == first || number == last) {
            rows.extend(one(connection, number).await?);
            rows.sort_by_key(|row| row.seq);
            rows.dedup_by_key(|row| row.seq);
        }
        put_pack(connection, number, stamp, &rows).await?;
    }
    Ok(())
}

async fn one(connection: &mut SqliteConnection, number: u64) -> Result<Vec<Kept>, CacheError> {
    let found: Option<(i64, Vec<u8>)> = sqlx::query_as("SELECT first, data FROM pack WHERE number = ?")
        .bind(int(number))
        .fetch_optional(connection)
        .await
        .map_err(sql(READING))?;
    match found {
        Some((first, data)) => pack::read(u64::try_from(first).unwrap_or(0), &data),
        None => Ok(Vec::new()),
    }
}

/// Changes some rows; those for which `change` gives nothing leave. A pack in which nothing changed is
/// not written.
pub(super) async fn change(
    connection: &mut SqliteConnection,
    stamp: i64,
    seqs: impl IntoIterator<Item = u64>,
    mut change: impl FnMut(Kept) -> Result<Option<Kept>, CacheError>,
) -> Result<(), CacheError> {
    let mut packs: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for seq in seqs {
        packs.entry(number(seq)).or_default().push(seq);
    }
    for (number, seqs) in packs {
        let rows = one(connection, number).await?;
        let mut changed = Vec::with_capacity(rows.len());
        for row in rows.iter().cloned() {
            if seqs.contains(&row.seq) {
                changed.extend(change(row)?);
            } else {
                changed.push(row);
            }
        }
        if changed != rows {
            put_pack(connection, number, stamp, &changed).await?;
        }
    }
    Ok(())
}

/// The rows from one place on and before another, in order.
pub(super) async fn range(
    connection: &mut SqliteConnection,
    from: u64,
    to: u64,
) -> Result<Vec<Kept>, CacheError> {
    let found = raw(connection, from, to).await?;
    let mut rows = Vec::new();
    for (first, data) in found {
        rows.extend(
            pack::read(first, &data)?
                .into_iter()
                .filter(|row| (from..to).contains(&row.seq)),
        );
    }
    Ok(rows)
}

/// The leaf hashes from one place on and before another, in order.
pub(super) async fn leaves(
    connection: &mut SqliteConnection,
    from: u64,
    to: u64,
) -> Result<Vec<Hash>, CacheError> {
    let found = raw(connection, from, to).await?;
    let mut hashes = Vec::new();
    for (first, data) in found {
        let of_pack = (first..).zip(pack::leaves(&data)?);
        hashes.extend(
            of_pack
                .filter(|(seq, _)| (from..to).contains(seq))
                .map(|(_, hash)| hash),
        );
    }
    Ok(hashes)
}

async fn raw(
    connection: &mut SqliteConnection,
    from: u64,
    to: u64,
) -> Result<Vec<(u64, Vec<u8>)>, CacheError> {
    if from >= to {
        return Ok(Vec::new());
    }
    let found: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT first, data FROM pack WHERE number >= ? AND number <= ? ORDER BY number")
            .bind(int(number(from)))
            .bind(int(number(to - 1)))
            .fetch_all(connection)
            .await
            .map_err(sql(READING))?;
    let place = |first: i64| u64::try_from(first).unwrap_or(0);
    Ok(found
        .into_iter()
        .map(|(first, data)| (place(first), data))
        .collect())
}
