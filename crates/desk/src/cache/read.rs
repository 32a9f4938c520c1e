//! Reading events, leaves and paths back.

use super::pack::Kept;
use super::view::View;
use super::{Cache, CacheError, packs, sql};
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

impl Cache {
    /// Asks one state of the index. Nothing that is written meanwhile is seen.
    pub(crate) async fn view<'c, T>(
        &'c self,
        ask: impl AsyncFnOnce(&mut View<'_>) -> Result<T, CacheError>,
    ) -> Result<T, CacheError> {
        let mut transaction = self
            .readers
            .begin()
            .await
            .map_err(sql("reading the local copy"))?;
        let mut view = View::open(&mut transaction, &self.shared).await?;
        let answer = ask(&mut view).await;
        transaction
            .rollback()
            .await
            .map_err(sql("reading the local copy"))?;
        answer
    }

    /// Events by their places, in the order asked for; places without a body are left out.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn events(&self, places: &[u64]) -> Result<Vec<Stored>, CacheError> {
        self.view(async |view| view.events(places).await).await
    }

    async fn kept(&self, from: u64, to: u64) -> Result<Vec<Kept>, CacheError> {
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(sql("reading the local copy"))?;
        packs::range(&mut connection, from, to).await
    }

    /// The leaf hashes from one place on and before another, in order.
    pub(super) async fn leaf_hashes(&self, from: u64, to: u64) -> Result<Vec<Hash>, CacheError> {
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(sql("reading the local copy"))?;
        packs::leaves(&mut connection, from, to).await
    }

    /// The leaves from one place on, and the bodies of their entries, for checking one against the
    /// other.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn leaves(
        &self,
        from: u64,
        limit: u64,
    ) -> Result<Vec<(u64, Hash, Option<Vec<u8>>)>, CacheError> {
        let rows = self.kept(from, from.saturating_add(limit)).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.seq, row.leaf, row.entry.map(|entry| entry.body)))
            .collect())
    }

    /// The opened groups of entries as they lie: place, number, seed, bytes.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn groups(&self, from: u64, to: u64) -> Result<Vec<(u64, u32, [u8; 16], Vec<u8>)>, CacheError> {
        let mut groups = Vec::new();
        for row in self.kept(from, to).await? {
            let of_entry = row.entry.into_iter().flat_map(|entry| entry.groups);
            groups.extend(of_entry.map(|group| (row.seq, group.number, group.seed, group.bytes)));
        }
        Ok(groups)
    }

    /// The leaf hash of an entry.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn leaf(&self, seq: u64) -> Result<Option<Hash>, CacheError> {
        Ok(self.leaf_hashes(seq, seq.saturating_add(1)).await?.pop())
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
