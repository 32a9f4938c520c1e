//! The tree's head: one row, read and written inside every append.

use crate::error::{Error, Result};
use crate::sql;
use sqlx::{AnyConnection, Row};
use vigia_domain::Timestamp;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_ledger::Hash;
use vigia_ledger::tree::CompactRange;

/// The tree's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// When the last entry was taken.
    pub recorded_at: Timestamp,
    /// The signed note.
    pub checkpoint: String,
}

/// The head with what appending needs.
pub(crate) struct HeadRow {
    pub tree: CompactRange,
    pub recorded_at: Timestamp,
    pub note: String,
}

impl HeadRow {
    pub(crate) fn head(&self) -> Head {
        Head {
            size: self.tree.size(),
            root: self.tree.root(),
            recorded_at: self.recorded_at,
            checkpoint: self.note.clone(),
        }
    }
}

pub(crate) async fn read(connection: &mut AnyConnection) -> Result<HeadRow> {
    let doing = "reading the ledger's head";
    let row = sqlx::query("SELECT size, compact, recorded_at, note FROM head WHERE id = 1")
        .fetch_one(connection)
        .await
        .map_err(Error::sql(doing))?;
    let size = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
    let compact: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
    let micros: i64 = row.try_get(2).map_err(Error::sql(doing))?;
    let (hashes, rest) = compact.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(Error::Damaged("the head"));
    }
    Ok(HeadRow {
        tree: CompactRange::from_hashes(size, hashes.to_vec()).map_err(|_| Error::Damaged("the head"))?,
        recorded_at: from_micros(micros).ok_or(Error::Damaged("the head"))?,
        note: row.try_get(3).map_err(Error::sql(doing))?,
    })
}

pub(crate) async fn write(connection: &mut AnyConnection, row: &HeadRow) -> Result<()> {
    let compact: Vec<u8> = row.tree.hashes().iter().flatten().copied().collect();
    sqlx::query(
        "INSERT INTO head (id, size, compact, recorded_at, note) VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET size = excluded.size, compact = excluded.compact,
         recorded_at = excluded.recorded_at, note = excluded.note",
    )
    .bind(sql::int(row.tree.size()))
    .bind(compact)
    .bind(to_micros(row.recorded_at))
    .bind(row.note.clone())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(Error::sql("writing the ledger's head"))
}

/// The size alone.
pub(crate) async fn size(connection: &mut AnyConnection) -> Result<u64> {
    let doing = "reading the ledger's size";
    let row = sqlx::query("SELECT size FROM head WHERE id = 1")
        .fetch_one(connection)
        .await
        .map_err(Error::sql(doing))?;
    sql::number(row.try_get(0).map_err(Error::sql(doing))?)
}
