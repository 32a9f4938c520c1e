//! Proofs, tiles and heads: the public face of the ledger. About nobody, so no permit is asked.

use crate::error::{Error, Result};
use crate::head::{self, Head};
use crate::sql;
use crate::store::Store;
use sqlx::Row;
use vigia_ledger::Hash;
use vigia_ledger::prove::Proof;
use vigia_ledger::tree::{StoredRun, fold};

/// Hashes of a full tile (C2SP tlog-tiles).
pub const TILE_WIDTH: u16 = 256;

impl Store {
    /// The tree's head, with its signed checkpoint.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn head(&self) -> Result<Head> {
        let doing = "reading the ledger's head";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        Ok(head::read(&mut connection).await?.head())
    }

    /// The hashes of the complete subtrees of the tree of this size, largest first.
    ///
    /// # Errors
    /// Where the ledger is smaller, or the database cannot be read.
    pub async fn compact_range(&self, size: u64) -> Result<Vec<Hash>> {
        self.prove(Proof::CompactRange { size }, size).await
    }

    /// The root of the tree of this size.
    ///
    /// # Errors
    /// As [`Store::compact_range`].
    pub async fn root(&self, size: u64) -> Result<Hash> {
        let hashes = self.prove(Proof::Root { size }, size).await?;
        hashes.first().copied().ok_or(Error::OutOfRange("such tree"))
    }

    /// That an entry lies in the tree of this size (RFC 6962 § 2.1.1).
    ///
    /// # Errors
    /// As [`Store::compact_range`].
    pub async fn inclusion_proof(&self, seq: u64, size: u64) -> Result<Vec<Hash>> {
        self.prove(Proof::Inclusion { seq, size }, size).await
    }

    /// That one tree begins with another (RFC 6962 § 2.1.2); empty where nothing is to be shown.
    ///
    /// # Errors
    /// As [`Store::compact_range`].
    pub async fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<Hash>> {
        self.prove(Proof::Consistency { from, to }, to).await
    }

    /// The first `width` hashes of a tile (C2SP tlog-tiles): level 0 holds leaves, level l the
    /// roots of complete subtrees of 256^l leaves.
    ///
    /// # Errors
    /// Where the ledger has not so many, or the database cannot be read.
    pub async fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<Hash>> {
        if !(1..=TILE_WIDTH).contains(&width) {
            return Err(Error::OutOfRange("such tile"));
        }
        let start = index
            .checked_mul(TILE_WIDTH.into())
            .ok_or(Error::OutOfRange("such tile"))?;
        self.stored(StoredRun {
            level,
            start,
            count: width.into(),
        })
        .await
    }

    async fn prove(&self, proof: Proof, size: u64) -> Result<Vec<Hash>> {
        if size > self.head().await?.size {
            return Err(Error::OutOfRange("tree of this size"));
        }
        let impossible = |_| Error::OutOfRange("such proof");
        let mut hashes = Vec::new();
        for node in proof.needs().map_err(impossible)? {
            let run = self.stored(node.stored()).await?;
            hashes.push(fold(&run).ok_or(Error::Damaged("a tree hash"))?);
        }
        proof.answer(&hashes).map_err(impossible)
    }

    async fn stored(&self, run: StoredRun) -> Result<Vec<Hash>> {
        let doing = "reading tree hashes";
        let last = run
            .start
            .checked_add(run.count)
            .ok_or(Error::OutOfRange("such tile"))?;
        let query = if run.level == 0 {
            sqlx::query("SELECT leaf FROM entry WHERE seq >= $1 AND seq < $2 ORDER BY seq")
                .bind(sql::int(run.start))
                .bind(sql::int(last))
        } else {
            sqlx::query("SELECT hash FROM node WHERE idx >= $1 AND idx < $2 AND level = $3 ORDER BY idx")
                .bind(sql::int(run.start))
                .bind(sql::int(last))
                .bind(i64::from(run.level))
        };
        let rows = query
            .fetch_all(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        if rows.len() as u64 != run.count {
            return Err(Error::OutOfRange("such tile"));
        }
        rows.iter()
            .map(|row| {
                let hash: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
                hash.try_into().map_err(|_| Error::Damaged("a tree hash"))
            })
            .collect()
    }
}
