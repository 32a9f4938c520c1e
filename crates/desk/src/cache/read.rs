//! Reading events, leaves and paths back.

use super::{Cache, CacheError, sql};
use crate::cache::page::int;
use sqlx::sqlite::SqliteConnection;
use vigia_domain::entry::{Entry, Group};
use vigia_domain::{Event, SubjectId};
use vigia_ledger::Hash;
use vigia_ledger::prove::Proof;

/// An event of the copy, with the groups that are there.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its place in the ledger.
    pub seq: u64,
    /// The entry.
    pub entry: Entry,
    /// Its groups that could be opened, by their place among the commitments.
    pub groups: Vec<(u32, Group)>,
}

impl Stored {
    /// The event, as far as it is open.
    #[must_use]
    pub fn event(&self) -> Event {
        self.entry
            .open(self.groups.iter().map(|(_, group)| group.clone()))
    }
}

fn damaged(seq: u64, what: &str) -> CacheError {
    CacheError::Damaged(format!("{what} of entry {seq}"))
}

/// An entry with its groups; `None` where the copy has no body for it.
pub(super) async fn stored(
    connection: &mut SqliteConnection,
    seq: u64,
) -> Result<Option<Stored>, CacheError> {
    let attempt = "reading an entry of the local copy";
    let body: Option<Vec<u8>> = sqlx::query_scalar("SELECT body FROM entry WHERE seq = ?")
        .bind(int(seq))
        .fetch_optional(&mut *connection)
        .await
        .map_err(sql(attempt))?;
    let Some(body) = body else { return Ok(None) };
    let entry = Entry::from_bytes(&body).map_err(|_| damaged(seq, "the body"))?;
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT number, data FROM sealed WHERE seq = ? ORDER BY number")
            .bind(int(seq))
            .fetch_all(connection)
            .await
            .map_err(sql(attempt))?;
    let mut groups = Vec::with_capacity(rows.len());
    for (number, data) in rows {
        let group = Group::from_bytes(&data).map_err(|_| damaged(seq, "a group"))?;
        groups.push((u32::try_from(number).unwrap_or(u32::MAX), group));
    }
    Ok(Some(Stored { seq, entry, groups }))
}

impl Cache {
    /// Events by their places, in the order asked for; places without a body are left out.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn events(&self, places: &[u64]) -> Result<Vec<Stored>, CacheError> {
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(sql("reading the local copy"))?;
        let mut found = Vec::with_capacity(places.len());
        for seq in places {
            found.extend(stored(&mut connection, *seq).await?);
        }
        Ok(found)
    }

    /// The body and groups of an entry as they lie, for checking them against the leaf.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn leaves(
        &self,
        from: u64,
        limit: u64,
    ) -> Result<Vec<(u64, Vec<u8>, Option<Vec<u8>>)>, CacheError> {
        let rows: Vec<(i64, Vec<u8>, Option<Vec<u8>>)> = sqlx::query_as(
            "SELECT leaf.seq, leaf.hash, entry.body FROM leaf LEFT JOIN entry ON entry.seq = leaf.seq \
             WHERE leaf.seq >= ? ORDER BY leaf.seq LIMIT ?",
        )
        .bind(int(from))
        .bind(int(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("reading leaves of the local copy"))?;
        Ok(rows
            .into_iter()
            .map(|(seq, hash, body)| (u64::try_from(seq).unwrap_or(0), hash, body))
            .collect())
    }

    /// The opened groups of an entry as they lie: place, seed, bytes.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn groups(&self, from: u64, to: u64) -> Result<Vec<(u64, u32, Vec<u8>, Vec<u8>)>, CacheError> {
        let rows: Vec<(i64, i64, Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "SELECT seq, number, seed, data FROM sealed WHERE seq >= ? AND seq < ? ORDER BY seq, number",
        )
        .bind(int(from))
        .bind(int(to))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("reading groups of the local copy"))?;
        let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(rows
            .into_iter()
            .map(|(seq, group, seed, data)| (u64::try_from(seq).unwrap_or(0), number(group), seed, data))
            .collect())
    }

    /// The leaf hash of an entry.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn leaf(&self, seq: u64) -> Result<Option<Hash>, CacheError> {
        let found: Option<Vec<u8>> = sqlx::query_scalar("SELECT hash FROM leaf WHERE seq = ?")
            .bind(int(seq))
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("reading a leaf of the local copy"))?;
        Ok(found.and_then(|hash| hash.try_into().ok()))
    }

    /// The hashes that lead a leaf to the root of the tree of this size, from this copy alone.
    /// `None` where the copy does not reach that far, to either side.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn inclusion(&self, seq: u64, size: u64) -> Result<Option<Vec<Hash>>, CacheError> {
        let proof = Proof::Inclusion { seq, size };
        let Ok(nodes) = proof.needs() else { return Ok(None) };
        let base = self.base().await?;
        let mut hashes = Vec::with_capacity(nodes.len());
        for node in nodes {
            match self.subtree(node, &base).await? {
                Some(hash) => hashes.push(hash),
                None => return Ok(None),
            }
        }
        Ok(proof.answer(&hashes).ok())
    }

    /// How many people were erased, as far as this copy knows.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn erased_people(&self) -> Result<u64, CacheError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM erased")
            .fetch_one(&self.readers)
            .await
            .map_err(sql("counting tombstones of the local copy"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Which of these people were erased.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn is_erased(&self, person: SubjectId) -> Result<bool, CacheError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM erased WHERE subject = ?")
            .bind(person.0.to_vec())
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("reading tombstones of the local copy"))?;
        Ok(found.is_some())
    }
}
