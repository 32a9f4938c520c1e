//! The databases that a backup is being restored into.
//!
//! Two files in a folder of an unfinished name need no more than their schema. A database on a server
//! has no such name: it is marked before its first row, nobody opens what is marked, and the mark goes
//! when everything is in its place. So a restore that broke off is known for one, and the next begins
//! with empty tables. One that holds anything without the mark is refused.

use crate::database::Places;
use crate::engine::{self, Location, Mode};
use crate::error::{Error, Result};
use crate::meta;
use crate::migration::{PLATFORM, Schema, VAULT};
use crate::table;
use crate::transfer::{ARRIVING, holds_something};
use sqlx::{Any, AnyConnection, AnyPool, Transaction};

/// The ledger's own fact that a backup is being restored here; its value says how far.
const RESTORING: &str = "restoring";
/// Rows are missing, or nothing of it was verified yet.
const BEGUN: &str = "begun";
/// Everything is there and verified; the folder's name may be missing.
const WHOLE: &str = "whole";

/// The right to fill a platform's databases, held until it is dropped.
pub(super) struct Claim {
    /// Keeps every other restore from a database on a server; `None` for files.
    holder: Option<AnyConnection>,
}

impl Claim {
    /// Makes both databases anew with these versions of their schemas, of the platform and the vault.
    ///
    /// # Errors
    /// [`Error::DatabaseInUse`] where they hold something; [`Error::Locked`] where another restore is
    /// under way.
    pub(super) async fn take(places: &Places, (platform, vault): (i64, i64)) -> Result<Self> {
        let pools = (
            engine::open(&places.platform, Mode::Create).await?,
            engine::open(&places.vault, Mode::Create).await?,
        );
        let holder = match &places.platform {
            Location::File(_) => None,
            at @ Location::Schema(..) => {
                let mut holder = engine::connect(at).await?;
                engine::lock_restoring(&mut holder).await?;
                Some(holder)
            }
        };
        let doing = "claiming the database";
        let mut to_platform = engine::begin_write_in(&pools.0, doing).await?;
        let mut to_vault = engine::begin_write_in(&pools.1, doing).await?;
        refuse_in_use(&mut to_platform, &mut to_vault).await?;
        renew(&mut to_platform, &PLATFORM, platform).await?;
        if holder.is_some() {
            meta::set(&mut to_platform, RESTORING, BEGUN).await?;
        }
        renew(&mut to_vault, &VAULT, vault).await?;
        // The mark first: a vault without it is nobody's.
        to_platform.commit().await.map_err(Error::sql(doing))?;
        to_vault.commit().await.map_err(Error::sql(doing))?;
        pools.0.close().await;
        pools.1.close().await;
        Ok(Self { holder })
    }

    /// Says that everything is there and verified.
    pub(super) async fn whole(&mut self) -> Result<()> {
        let Some(holder) = &mut self.holder else {
            return Ok(());
        };
        let doing = "marking what was restored as whole";
        let mut tx = engine::begin_write(holder, doing).await?;
        meta::set(&mut tx, RESTORING, WHOLE).await?;
        tx.commit().await.map_err(Error::sql(doing))
    }

    /// Takes the mark away: from here on it is a platform. Where that fails, whoever opens it does so.
    pub(super) async fn let_go(self) {
        let Some(mut holder) = self.holder else { return };
        let doing = "opening what was restored";
        let forgotten = async {
            let mut tx = engine::begin_write(&mut holder, doing).await?;
            meta::forget(&mut tx, RESTORING).await?;
            tx.commit().await.map_err(Error::sql(doing))
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "the mark of the restore goes when the platform is opened");
        }
    }
}

/// Anything but what a restore left is somebody's.
async fn refuse_in_use(platform: &mut AnyConnection, vault: &mut AnyConnection) -> Result<()> {
    let columns = engine::columns(platform).await?;
    if columns.iter().any(|column| column.table == "meta") {
        if meta::get(platform, RESTORING).await?.is_some() {
            return Ok(());
        }
        if let Some(from) = meta::get(platform, ARRIVING).await? {
            return Err(Error::Arriving { from });
        }
    }
    if holds_something(platform).await? || holds_something(vault).await? {
        return Err(Error::DatabaseInUse);
    }
    Ok(())
}

/// Tables of this version without a row, whatever an earlier try had made: later migrations belong
/// after the backup's rows.
async fn renew(to: &mut Transaction<'static, Any>, schema: &Schema, version: i64) -> Result<()> {
    table::drop_all(to).await?;
    schema.apply_in(to, version).await
}

/// Whoever meets half a restored platform is told so, and what to do. Whoever may write takes the mark
/// of a whole one away.
pub(crate) async fn refuse_restoring(pool: &AnyPool, mode: Mode) -> Result<()> {
    let doing = "looking whether the platform was restored whole";
    let mut connection = pool.acquire().await.map_err(Error::sql(doing))?;
    match meta::get(&mut connection, RESTORING).await?.as_deref() {
        None => Ok(()),
        Some(WHOLE) if mode == Mode::Write => {
            drop(connection);
            let mut tx = engine::begin_write_in(pool, doing).await?;
            meta::forget(&mut tx, RESTORING).await?;
            tx.commit().await.map_err(Error::sql(doing))
        }
        Some(WHOLE) => Ok(()),
        Some(_) => Err(Error::Restoring),
    }
}
