//! The log for a reader: entries, leaves where the reader may not see, opened groups where they may.

use crate::error::{Error, Result};
use crate::sql;
use crate::store::Store;
use sqlx::{AnyConnection, Row};
use vigia_domain::Timestamp;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ReadEvents, ReadPii};
use vigia_domain::entry::Entry;
use vigia_ledger::Hash;

/// The most rows of one page.
pub const MAX_PAGE: u64 = 4_096;

/// One row of the log for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRow {
    /// Its sequence number.
    pub seq: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// The entry's bytes; `None` where the reader may not see it, or it was pruned.
    pub body: Option<Vec<u8>>,
    /// The groups that the reader may open and that still open.
    pub groups: Vec<Opened>,
}

/// A sealed group, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its place among the entry's commitments.
    pub index: u32,
    /// What the commitment begins with.
    pub seed: [u8; 16],
    /// The group's canonical bytes.
    pub group: Vec<u8>,
}

impl Store {
    /// Rows from `from` on, at most `limit` and at most [`MAX_PAGE`] of them. A body is given as it
    /// is stored: whether it belongs to its leaf is for the reader to check.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn sync_page(
        &self,
        permit: &Permit<ReadEvents>,
        pii: Option<&Permit<ReadPii>>,
        from: u64,
        limit: u64,
    ) -> Result<Vec<SyncRow>> {
        let limit = limit.min(MAX_PAGE);
        let mut rows = match self.entries_in_one(from, limit).await? {
            Some(rows) => rows,
            None => self.entries_one_by_one(from, limit).await?,
        };
        let mut readable = Vec::new();
        for row in &mut rows {
            let entry = row.body.as_deref().and_then(|body| Entry::from_bytes(body).ok());
            // An entry that does not decode is of no service; only who may see all sees it.
            let service = entry.as_ref().map_or("", |entry| &entry.service);
            if !permit.scope().includes(service) {
                row.body = None;
                continue;
            }
            if let (Some(entry), Some(pii)) = (entry, pii)
                && pii.scope().includes(&entry.service)
            {
                readable.push((row.seq, entry));
            }
        }
        let readable: Vec<(u64, &Entry)> = readable.iter().map(|(seq, entry)| (*seq, entry)).collect();
        let mut groups = self.open_groups(&readable).await?;
        for row in &mut rows {
            row.groups = groups.remove(&row.seq).unwrap_or_default().opened;
        }
        Ok(rows)
    }

    pub(crate) async fn entries_one_by_one(&self, from: u64, limit: u64) -> Result<Vec<SyncRow>> {
        let doing = "reading the log";
        let rows = sqlx::query("SELECT seq, leaf, body FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2")
            .bind(sql::int(from))
            .bind(sql::int(limit))
            .fetch_all(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| {
                let leaf: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
                Ok(SyncRow {
                    seq: sql::number(row.try_get(0).map_err(Error::sql(doing))?)?,
                    leaf: leaf.try_into().map_err(|_| Error::Damaged("a leaf"))?,
                    body: row.try_get(2).map_err(Error::sql(doing))?,
                    groups: Vec::new(),
                })
            })
            .collect()
    }

    /// The first entry that was taken at or after this moment; the log's size where none was.
    /// Recording times never fall, so halving finds it.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn first_seq_since(&self, _permit: &Permit<ReadEvents>, moment: Timestamp) -> Result<u64> {
        self.first_recorded_since(moment).await
    }

    pub(crate) async fn first_recorded_since(&self, moment: Timestamp) -> Result<u64> {
        let size = self.head().await?.size;
        let doing = "looking for a moment";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        first_recorded(&mut connection, moment, size).await
    }
}

/// The first of so many entries that was taken at or after this moment.
pub(crate) async fn first_recorded(
    connection: &mut AnyConnection,
    moment: Timestamp,
    size: u64,
) -> Result<u64> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        // A pruned entry has no time of its own; the next one that has stands for it.
        match next_recorded(connection, middle, high).await? {
            Some(at) if at < moment => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

async fn next_recorded(connection: &mut AnyConnection, from: u64, before: u64) -> Result<Option<Timestamp>> {
    let doing = "looking for a moment";
    let row = sqlx::query(
        "SELECT seq, body FROM entry WHERE seq >= $1 AND seq < $2 AND body IS NOT NULL ORDER BY seq LIMIT 1",
    )
    .bind(sql::int(from))
    .bind(sql::int(before))
    .fetch_optional(connection)
    .await
    .map_err(Error::sql(doing))?;
    let Some(row) = row else { return Ok(None) };
    let seq = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
    let body: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
    let entry = Entry::from_bytes(&body).map_err(Error::entry(seq))?;
    Ok(Some(entry.recorded_at))
}
