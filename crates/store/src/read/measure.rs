//! Numbers about the store itself, for the platform's metrics: about nobody.

use crate::append::QUEUE_KIB;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::sql;
use crate::store::Store;
use sqlx::{AnyPool, Row};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use vigia_domain::Timestamp;
use vigia_domain::access::Permit;
use vigia_domain::access::action::ReadMetrics;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::backup::Backup;

/// Commits since the store was opened.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    count: AtomicU64,
    micros: AtomicU64,
}

impl Commits {
    /// One more, that took so long.
    pub(crate) fn done(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> (u64, Duration) {
        let micros = self.micros.load(Ordering::Relaxed);
        (self.count.load(Ordering::Relaxed), Duration::from_micros(micros))
    }
}

/// What the store measures of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// The ledger's size.
    pub entries: u64,
    /// What waits to be appended, in KiB.
    pub queue_kib: u64,
    /// Commits since the store was opened, and how long all of them took.
    pub commits: (u64, Duration),
    /// How large the databases are, in bytes.
    pub database_bytes: [(&'static str, u64); 2],
    /// Erasures so far.
    pub erasures: u64,
    /// When the last backup was made.
    pub backup_at: Option<Timestamp>,
    /// Whether keys went away since, so that the backup still holds them.
    pub backup_pending: bool,
}

impl Store {
    /// Measures the store.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn measure(&self, _permit: &Permit<ReadMetrics>) -> Result<Measures> {
        let doing = "counting erasures";
        let row = sqlx::query("SELECT count(*) FROM aggregate WHERE kind = $1")
            .bind(AggregateKind::Erasure.name())
            .fetch_one(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        let erasures = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
        let backup = self.last_backup_for_measures().await?;
        let generation = self.vault().generation().await?;
        let free = u64::try_from(self.free_queue_kib()).unwrap_or(0);
        Ok(Measures {
            entries: self.head().await?.size,
            queue_kib: u64::from(QUEUE_KIB).saturating_sub(free),
            commits: self.commits(),
            database_bytes: [
                ("platform", bytes(self.platform()).await?),
                ("vault", bytes(&self.vault().pool).await?),
            ],
            erasures,
            backup_pending: backup
                .as_ref()
                .is_some_and(|backup| erasures > 0 && backup.generation < generation),
            backup_at: backup.map(|backup| backup.at),
        })
    }

    async fn last_backup_for_measures(&self) -> Result<Option<Backup>> {
        let doing = "reading the last backup";
        let row =
            sqlx::query("SELECT state FROM aggregate WHERE kind = $1 ORDER BY updated_seq DESC LIMIT 1")
                .bind(AggregateKind::Backup.name())
                .fetch_optional(self.platform())
                .await
                .map_err(Error::sql(doing))?;
        let Some(row) = row else { return Ok(None) };
        let state: String = row.try_get(0).map_err(Error::sql(doing))?;
        serde_json::from_str(&state)
            .map(Some)
            .map_err(|_| Error::Damaged("a backup"))
    }
}

async fn bytes(pool: &AnyPool) -> Result<u64> {
    let doing = "measuring a database";
    let row = sqlx::query(Engine::of_pool(pool).measuring())
        .fetch_one(pool)
        .await
        .map_err(Error::sql(doing))?;
    sql::number(row.try_get(0).map_err(Error::sql(doing))?)
}
