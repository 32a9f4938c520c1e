//! The bucket keys in force, as the file and the vault together say.

use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::sql;
use sqlx::{AnyConnection, Row};
use vigia_ledger::blind::{IndexKey, token};
use vigia_ledger::bucket::{BucketKey, Keyring, MasterKey, ValueKey};

/// The bucket keys in force, of one generation of the vault.
pub(crate) struct Ring {
    /// How often keys went away, when this was read.
    pub generation: u64,
    keyring: Keyring,
    /// For each bucket, the generation of its key in force.
    in_force: Vec<u64>,
    index_keys: Vec<IndexKey>,
    value_keys: Vec<ValueKey>,
}

impl Ring {
    /// The key that wraps what is in the bucket now.
    pub(super) fn bucket_key(&self, bucket: u8) -> Result<&BucketKey> {
        let generation = self.in_force.get(usize::from(bucket)).copied().unwrap_or(0);
        self.keyring
            .key(bucket, generation)
            .map_err(|_| Error::KeysOfAnotherTime { bucket })
    }

    /// The key of the bucket's blind index.
    pub(super) fn index_key(&self, bucket: u8) -> Result<&IndexKey> {
        self.index_keys
            .get(usize::from(bucket))
            .ok_or(Error::KeysOfAnotherTime { bucket })
    }

    /// The key under which the bucket's values and lists lie.
    pub(super) fn value_key(&self, bucket: u8) -> Result<&ValueKey> {
        self.value_keys
            .get(usize::from(bucket))
            .ok_or(Error::KeysOfAnotherTime { bucket })
    }

    /// The token of a value in every bucket.
    pub(crate) fn tokens(&self, kind: &str, value: &str) -> Vec<Vec<u8>> {
        self.index_keys
            .iter()
            .map(|key| token(key, kind, value.as_bytes()).to_vec())
            .collect()
    }
}

/// How often keys went away.
pub(crate) async fn read_generation(connection: &mut AnyConnection) -> Result<u64> {
    let doing = "reading the vault's generation";
    let row = sqlx::query("SELECT generation FROM counter WHERE id = 1")
        .fetch_one(connection)
        .await
        .map_err(Error::sql(doing))?;
    sql::number(row.try_get(0).map_err(Error::sql(doing))?)
}

/// Reads the generation before the file and again after, so that both belong together.
pub(super) async fn read_ring(
    connection: &mut AnyConnection,
    folder: &Folder,
    master: &MasterKey,
) -> Result<Ring> {
    let doing = "reading the vault's buckets";
    loop {
        let generation = read_generation(connection).await?;
        let rows = sqlx::query("SELECT n, generation FROM bucket ORDER BY n")
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
        let keyring = folder.read_keyring(master)?;
        let mut in_force = Vec::with_capacity(rows.len());
        for row in &rows {
            in_force.push(sql::number(row.try_get(1).map_err(Error::sql(doing))?)?);
        }
        if read_generation(connection).await? != generation {
            continue;
        }
        let mut ring = Ring {
            generation,
            keyring,
            in_force,
            index_keys: Vec::new(),
            value_keys: Vec::new(),
        };
        ring.index_keys = (0..=u8::MAX)
            .map(|bucket| ring.bucket_key(bucket).map(BucketKey::index_key))
            .collect::<Result<_>>()?;
        ring.value_keys = (0..=u8::MAX)
            .map(|bucket| ring.bucket_key(bucket).map(BucketKey::value_key))
            .collect::<Result<_>>()?;
        return Ok(ring);
    }
}
