//! Addresses of large commits: for each commit and bucket one sealed list of who was seen from where,
//! instead of a row for each address and network. A list costs a commit of thousands of events a few
//! hundred rows where rows would cost tens of thousands, and answers for networks of any length.
//!
//! Must stay true: a list lies under the value key of its holders' bucket and goes with it, so an
//! erasure takes the lists of the bucket along ([`rewrap`]); what it says is a superset, because a
//! commit that failed may have left one. Small commits keep rows (`fresh.rs`): a list of two
//! addresses would be mostly overhead.

mod list;
mod memory;

pub(crate) use list::{Net, Seen};
pub(super) use memory::Remembered;

use super::{READ_AGAIN, Ring, Vault};
use crate::engine;
use crate::error::{Error, Result};
use crate::random::Pool;
use crate::sql;
use list::{decode, encode};
use memory::Commit;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeSet;
use std::ops::Range;
use vigia_ledger::bucket::{BUCKETS, BucketKey};
use vigia_ledger::primitive::DoesNotOpen;

/// A commit of at least so many events keeps its addresses as lists.
pub(crate) const LISTED_FROM_EVENTS: usize = 256;
/// Rows of one step of a walk through the lists.
const STEP_ROWS: i64 = 1_024;

/// Somebody seen from an address, with the bucket in which that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub bucket: u8,
    pub seen: Seen,
}

/// A list as it lies in the vault: its slot, and what it says.
pub(crate) type List = (u64, Vec<Seen>);

fn slot(first: u64, bucket: u8) -> u64 {
    first
        .saturating_mul(BUCKETS as u64)
        .saturating_add(u64::from(bucket))
}

fn first_of(slot: u64) -> u64 {
    slot / BUCKETS as u64
}

fn bucket_of(slot: u64) -> u8 {
    u8::try_from(slot % BUCKETS as u64).unwrap_or(0)
}

/// What a list is sealed for, so that none stands in for another, nor for a value of the index.
fn name(slot: u64) -> [u8; 12] {
    let mut name = *b"seen\0\0\0\0\0\0\0\0";
    if let Some(number) = name.last_chunk_mut::<8>() {
        *number = slot.to_be_bytes();
    }
    name
}

impl Vault {
    /// Keeps the sightings of a commit; they are durable when this returns. The caller holds the
    /// platform's write lock, so no erasure runs meanwhile.
    pub(crate) async fn keep_seen(
        &self,
        connection: &mut AnyConnection,
        first: u64,
        mut sightings: Vec<Sighting>,
    ) -> Result<()> {
        let doing = "keeping addresses";
        if sightings.is_empty() {
            return Ok(());
        }
        let ring = self.refresh(connection).await?;
        sightings.sort_by_key(|sighting| sighting.bucket);
        let mut random = Pool::new();
        let mut rows = Vec::new();
        for list in sightings.chunk_by(|one, other| one.bucket == other.bucket) {
            let Some(bucket) = list.first().map(|sighting| sighting.bucket) else {
                continue;
            };
            let seen: Vec<Seen> = list.iter().map(|sighting| sighting.seen).collect();
            let slot = slot(first, bucket);
            let key = ring.value_key(bucket)?;
            rows.push((
                slot,
                key.seal(&random.take()?, &name(slot), &encode(first, &seen)),
            ));
        }
        let mut tx = engine::begin_write(connection, doing).await?;
        sql::insert(
            &mut tx,
            doing,
            (
                "INSERT INTO seen (slot, data) VALUES",
                2,
                " ON CONFLICT (slot) DO UPDATE SET data = excluded.data",
            ),
            &rows,
            |query, (slot, data)| query.bind(sql::int(*slot)).bind(data.clone()),
        )
        .await?;
        tx.commit().await.map_err(Error::sql(doing))
    }

    /// The entries of these commits that were seen from any of these networks, ascending. `commits` ends
    /// within the log. A list that an erasure sealed anew between two reads does not open; then
    /// everything is read again.
    pub(crate) async fn seen(&self, commits: &Range<u64>, nets: &[Net]) -> Result<BTreeSet<u64>> {
        for _ in 0..READ_AGAIN {
            match self.seen_now(commits, nets).await {
                Err(Error::Unopenable { .. }) => {}
                result => return result,
            }
        }
        self.seen_now(commits, nets).await
    }

    async fn seen_now(&self, commits: &Range<u64>, nets: &[Net]) -> Result<BTreeSet<u64>> {
        let doing = "reading addresses";
        let mut found = BTreeSet::new();
        let mut connection = self.pool.acquire().await.map_err(Error::sql(doing))?;
        let ring = self.refresh(&mut connection).await?;
        for span in memory::spans(commits) {
            let missing = self.memory(|memory| memory.seen.missing(&span));
            for range in missing {
                let loaded = load(&mut connection, &ring, &range).await?;
                let is_kept = self.memory(|memory| {
                    memory.ring.generation == ring.generation && memory.seen.keep(&range, &loaded)
                });
                if !is_kept {
                    let inside = loaded.iter().filter(|commit| span.contains(&commit.first));
                    inside.for_each(|commit| commit.find(nets, &mut found));
                }
            }
            // What was known before is known no more where keys went away meanwhile.
            let is_current = self.memory(|memory| {
                memory.seen.find(&span, nets, &mut found);
                memory.ring.generation == ring.generation
            });
            if !is_current {
                return Err(Error::unopenable("a list of addresses")(DoesNotOpen));
            }
        }
        Ok(found)
    }

    /// The beginning of the last commit up to `seq` of which there is a list.
    pub(crate) async fn seen_before(&self, seq: u64) -> Result<Option<u64>> {
        let doing = "looking for the beginning of a commit";
        let row = sqlx::query("SELECT max(slot) FROM seen WHERE slot < $1")
            .bind(sql::int(slot(seq.saturating_add(1), 0)))
            .fetch_one(&self.pool)
            .await
            .map_err(Error::sql(doing))?;
        let last: Option<i64> = row.try_get(0).map_err(Error::sql(doing))?;
        last.map(|slot| sql::number(slot).map(first_of)).transpose()
    }

    /// Some of the lists of these commits, from a slot on, in order; fewer than a step only at the end.
    pub(crate) async fn lists(
        &self,
        connection: &mut AnyConnection,
        (from, commits): (u64, &Range<u64>),
    ) -> Result<(Vec<List>, bool)> {
        let doing = "reading addresses";
        let ring = self.refresh(connection).await?;
        let rows =
            sqlx::query("SELECT slot, data FROM seen WHERE slot >= $1 AND slot < $2 ORDER BY slot LIMIT $3")
                .bind(sql::int(from.max(slot(commits.start, 0))))
                .bind(sql::int(slot(commits.end, 0)))
                .bind(STEP_ROWS)
                .fetch_all(&mut *connection)
                .await
                .map_err(Error::sql(doing))?;
        let is_last = (rows.len() as i64) < STEP_ROWS;
        let lists: Result<Vec<List>> = rows.iter().map(|row| open(row, &ring)).collect();
        Ok((lists?, is_last))
    }

    /// Writes lists anew, without what is not in them any more.
    pub(crate) async fn rewrite_lists(&self, connection: &mut AnyConnection, lists: &[List]) -> Result<()> {
        let doing = "forgetting addresses";
        if lists.is_empty() {
            return Ok(());
        }
        let ring = self.refresh(connection).await?;
        let mut tx = engine::begin_write(connection, doing).await?;
        for (slot, seen) in lists {
            let key = ring.value_key(bucket_of(*slot))?;
            let sealed = key.seal(
                &crate::random::bytes()?,
                &name(*slot),
                &encode(first_of(*slot), seen),
            );
            replace(&mut tx, *slot, (!seen.is_empty()).then_some(sealed)).await?;
        }
        super::move_generation(&mut tx).await?;
        tx.commit().await.map_err(Error::sql(doing))
    }
}

/// The first slot behind this one.
pub(crate) fn behind(slot: u64) -> u64 {
    slot.saturating_add(1)
}

async fn load(connection: &mut AnyConnection, ring: &Ring, commits: &Range<u64>) -> Result<Vec<Commit>> {
    let rows = sqlx::query("SELECT slot, data FROM seen WHERE slot >= $1 AND slot < $2 ORDER BY slot")
        .bind(sql::int(slot(commits.start, 0)))
        .bind(sql::int(slot(commits.end, 0)))
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::sql("reading addresses"))?;
    let mut loaded: Vec<Commit> = Vec::new();
    for row in &rows {
        let (slot, seen) = open(row, ring)?;
        let first = first_of(slot);
        match loaded.last_mut().filter(|commit| commit.first == first) {
            Some(commit) => commit.add(&seen),
            None => {
                let mut commit = Commit::new(first);
                commit.add(&seen);
                loaded.push(commit);
            }
        }
    }
    loaded.iter_mut().for_each(Commit::sort);
    Ok(loaded)
}

fn open(row: &AnyRow, ring: &Ring) -> Result<List> {
    let doing = "reading addresses";
    let slot = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
    let data: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
    let opened = ring
        .value_key(bucket_of(slot))?
        .open(&name(slot), &data)
        .map_err(Error::unopenable("a list of addresses"))?;
    Ok((slot, decode(first_of(slot), &opened)?))
}

async fn replace(connection: &mut AnyConnection, slot: u64, sealed: Option<Vec<u8>>) -> Result<()> {
    let query = match sealed {
        Some(sealed) => sqlx::query("UPDATE seen SET data = $2 WHERE slot = $1")
            .bind(sql::int(slot))
            .bind(sealed),
        None => sqlx::query("DELETE FROM seen WHERE slot = $1").bind(sql::int(slot)),
    };
    query
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(Error::sql("sealing addresses anew"))
}

/// Seals every list of a bucket under its next key, without what the holders of these rows had in it.
pub(super) async fn rewrap(
    connection: &mut AnyConnection,
    (old, new): (&BucketKey, &BucketKey),
    bucket: u8,
    gone: &BTreeSet<u64>,
) -> Result<()> {
    let doing = "sealing addresses anew";
    let (old, new) = (old.value_key(), new.value_key());
    let rows = sqlx::query("SELECT slot, data FROM seen WHERE slot % 256 = $1")
        .bind(i64::from(bucket))
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::sql(doing))?;
    for row in rows {
        let slot = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
        let data: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
        let opened = old
            .open(&name(slot), &data)
            .map_err(Error::unopenable("a list of addresses"))?;
        let mut seen = decode(first_of(slot), &opened)?;
        seen.retain(|one| !gone.contains(&one.holder));
        let sealed = new.seal(
            &crate::random::bytes()?,
            &name(slot),
            &encode(first_of(slot), &seen),
        );
        replace(connection, slot, (!seen.is_empty()).then_some(sealed)).await?;
    }
    Ok(())
}
