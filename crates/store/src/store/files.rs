//! What opening and making a platform does to its two databases.

use super::Options;
use crate::backup::refuse_restoring;
use crate::database::Places;
use crate::engine::{self, Location, Mode};
use crate::error::{Error, Result};
use crate::folder::{Folder, Master};
use crate::head::{self, HeadRow};
use crate::meta;
use crate::migration::{PLATFORM, Schema, VAULT};
use crate::signing::{LOG_KEY, Signing};
use crate::sql;
use crate::transfer::{MOVED, refuse_arriving};
use crate::vault::Vault;
use sqlx::{AnyConnection, AnyPool, Row};
use std::sync::Arc;
use vigia_domain::Clock;
use vigia_domain::clock::whole_micros;
use vigia_ledger::bucket::{BUCKETS, Keyring, MasterKey};
use vigia_ledger::checkpoint::{Checkpoint, LogSigner};
use vigia_ledger::tree::CompactRange;

pub(super) async fn open_database(schema: &Schema, at: &Location, mode: Mode) -> Result<AnyPool> {
    let pool = engine::open(at, mode).await?;
    if mode == Mode::Look {
        let doing = "looking at the schema";
        let mut connection = pool.acquire().await.map_err(Error::sql(doing))?;
        schema.applied(&mut connection).await?;
    } else {
        schema.apply(&pool).await?;
    }
    Ok(pool)
}

/// A database that another folder's platform uses is left alone.
async fn refuse_used(connection: &mut AnyConnection, count: &'static str) -> Result<()> {
    let rows: i64 = sqlx::query_scalar(count)
        .fetch_one(connection)
        .await
        .map_err(Error::sql("looking whether the database is empty"))?;
    if rows == 0 {
        Ok(())
    } else {
        Err(Error::DatabaseInUse)
    }
}

pub(super) async fn fill_vault(pool: &AnyPool, keyring: &Keyring) -> Result<()> {
    let doing = "filling the vault";
    let mut tx = engine::begin_write_in(pool, doing).await?;
    refuse_used(&mut tx, "SELECT count(*) FROM counter").await?;
    sqlx::query("INSERT INTO counter (id, next_row, generation) VALUES (1, 1, 1)")
        .execute(&mut *tx)
        .await
        .map_err(Error::sql(doing))?;
    let mut buckets = Vec::with_capacity(BUCKETS);
    for bucket in 0..=u8::MAX {
        buckets.push((bucket, keyring.newest(bucket)?.generation()));
    }
    sql::insert(
        &mut tx,
        doing,
        ("INSERT INTO bucket (n, generation) VALUES", 2, ""),
        &buckets,
        |query, (bucket, generation)| query.bind(i64::from(*bucket)).bind(sql::int(*generation)),
    )
    .await?;
    tx.commit().await.map_err(Error::sql(doing))
}

pub(super) async fn fill_platform(
    pool: &AnyPool,
    origin: &str,
    signer: &LogSigner,
    clock: &dyn Clock,
) -> Result<()> {
    let doing = "filling the ledger";
    let mut tx = engine::begin_write_in(pool, doing).await?;
    refuse_used(&mut tx, "SELECT count(*) FROM head").await?;
    sqlx::query("INSERT INTO meta (name, value) VALUES ('origin', $1)")
        .bind(origin)
        .execute(&mut *tx)
        .await
        .map_err(Error::sql(doing))?;
    let tree = CompactRange::new();
    let checkpoint = Checkpoint {
        origin: origin.to_owned(),
        size: 0,
        root: tree.root(),
    };
    let empty = HeadRow {
        note: checkpoint.sign(&[signer])?,
        tree,
        recorded_at: whole_micros(clock.now()),
    };
    head::write(&mut tx, &empty).await?;
    tx.commit().await.map_err(Error::sql(doing))
}

async fn read_origin(pool: &AnyPool) -> Result<String> {
    let doing = "reading the log's origin";
    sqlx::query("SELECT value FROM meta WHERE name = 'origin'")
        .fetch_one(pool)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(Error::sql(doing))
}

/// A log that grows elsewhere takes nothing here.
async fn refuse_moved(pool: &AnyPool) -> Result<()> {
    let doing = "looking where the log grows";
    let mut connection = pool.acquire().await.map_err(Error::sql(doing))?;
    match meta::get(&mut connection, MOVED).await? {
        Some(to) => Err(Error::Moved { to }),
        None => Ok(()),
    }
}

/// The key that is in force, where there was a rotation.
async fn log_key(pool: &AnyPool) -> Result<Option<String>> {
    let doing = "reading the log's key";
    let mut connection = pool.acquire().await.map_err(Error::sql(doing))?;
    meta::get(&mut connection, LOG_KEY).await
}

/// What every way of opening a platform needs first.
pub(super) struct Opened {
    pub(super) folder: Folder,
    pub(super) places: Places,
    pub(super) master: MasterKey,
    pub(super) platform: AnyPool,
    pub(super) vault: Arc<Vault>,
    pub(super) signing: Arc<Signing>,
}

/// Whether what is being restored may be opened: the restore alone may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restoring {
    Refused,
    Ours,
}

/// The folder's keys and both of its databases.
pub(super) async fn open_parts(options: &Options, mode: Mode, restoring: Restoring) -> Result<Opened> {
    let folder = Folder::new(options.folder.clone());
    if !folder.is_initialised(&options.database) {
        return Err(Error::NotInitialised(options.folder.clone()));
    }
    if mode == Mode::Write {
        folder.recover_master()?;
    }
    let master = folder.check_master(&options.master)?;
    let places = Places::of(&options.database, &folder);
    let platform = open_database(&PLATFORM, &places.platform, mode).await?;
    refuse_arriving(&platform).await?;
    if restoring == Restoring::Refused {
        refuse_restoring(&platform, mode).await?;
    }
    if mode == Mode::Write {
        refuse_moved(&platform).await?;
    }
    let pool = open_database(&VAULT, &places.vault, mode).await?;
    let given = match &options.master {
        Master::Given(key) => Some(MasterKey(**key)),
        Master::File => None,
    };
    let vault = Arc::new(Vault::open(folder.clone(), given.clone(), pool).await?);
    let origin = read_origin(&platform).await?;
    let expected = log_key(&platform).await?;
    let signing = Signing::open(folder.clone(), given, origin.clone(), expected.as_deref())?;
    if let (Mode::Write, Some(expected)) = (mode, &expected) {
        folder.settle_log(&origin, &master, expected)?;
    }
    let signing = Arc::new(signing);
    Ok(Opened {
        folder,
        places,
        master,
        platform,
        vault,
        signing,
    })
}
