//! Backups: made while the platform runs, encrypted, opened and checked before they count.
//!
//! `TO/database/NAME/platform.vigia` holds the ledger, `TO/vault/NAME/vault.vigia` the vault together
//! with the keys folder, in a form that neither engine owns. The database is read first, then vault
//! and keys as one set while no erasure can run, so that a set opens every database before it. Of
//! the sets only the newest is kept: what was erased is gone from backups with the next one.
//!
//! Must stay true: the master key is in no backup; a backup that broke off leaves the last good one
//! as it was; a name is there whole or not at all.

mod check;
mod claim;
mod file;
mod fit;
mod place;
mod replay;
mod restore;
mod sink;
mod source;
mod told;

pub(crate) use claim::refuse_restoring;
pub use place::{BackupList, Listed, Manifest};
#[cfg(test)]
pub(crate) use restore::{Breaks, Step};
pub use restore::{Restore, Restored};

use crate::engine::{self, Engine};
use crate::erase::lock;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::head::{self, Head};
use crate::migration::{PLATFORM, VAULT};
use crate::read::Stored;
use crate::store::Store;
use crate::table::{self, Kind, Table, Value};
use crate::{meta, sql};
use file::{Header, Part};
use futures::{FutureExt as _, StreamExt as _};
use place::{DATABASE, Fresh, Shelf, VAULT_SET};
use sink::Sink;
use sqlx::{AnyConnection, Row as _};
use std::path::PathBuf;
use vigia_domain::access::Permit;
use vigia_domain::access::action::RunPlatform;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::backup::{Backup, BackupEvent, LINE};
use vigia_domain::{Kind as EventKind, Timestamp};

/// The table of the set that holds the files of the keys folder.
const KEYS: &str = "keys";
/// The table of the set that says what was erased and dropped.
const GONE: &str = "gone";
/// A person's tombstone among it: id of the erasure, subject.
const ERASED: &str = "erased";
/// A dropped period among it: day, class.
const DROPPED: &str = "dropped";
/// Pruned entries among it: first, last.
const PRUNED: &str = "pruned";
/// Days that a database's backups are kept unless somebody says otherwise.
pub const KEEP_DAYS: u32 = 30;

/// Where a backup goes and how long it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPlan {
    /// The folder of the backups.
    pub to: PathBuf,
    /// The folder of vault and keys, where it is to be another.
    pub vault_to: Option<PathBuf>,
    /// Days after which a database's backup goes; the newest stays.
    pub keep_days: u32,
}

/// What a backup became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupMade {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub manifest: Manifest,
    /// Earlier ones that went.
    pub removed: Vec<String>,
}

/// How things stand with backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupState {
    /// The last one that the ledger knows of.
    pub last: Option<Backup>,
    /// Something was erased since, or the keys changed: it lives on in the last set until the next.
    pub pending: bool,
}

impl Store {
    /// How things stand with backups.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn backup_state(&self) -> Result<BackupState> {
        let last: Option<Stored<Backup>> = self.state(AggregateKind::Backup, LINE).await?;
        let last = last.map(|row| row.state);
        let generation = self.vault().generation().await?;
        Ok(BackupState {
            pending: last.as_ref().is_some_and(|last| last.generation != generation),
            last,
        })
    }

    /// Makes a backup, opens and checks it, lets go of those that are over, and tells the ledger.
    /// Stops where `go_on` says so, leaving nothing behind.
    ///
    /// # Errors
    /// [`Error::Stopped`]; whatever keeps it from being written or read; the last one is untouched.
    pub async fn backup(
        &self,
        _permit: &Permit<RunPlatform>,
        plan: &BackupPlan,
        now: Timestamp,
        go_on: impl Fn() -> bool + Send + Sync,
    ) -> Result<BackupMade> {
        let shelf = Shelf::new(&plan.to, plan.vault_to.as_deref());
        shelf.clear()?;
        let name = shelf.free_name(now)?;
        let master = self.vault().master()?;
        let database = Fresh::new(&shelf, DATABASE, &name)?;
        let set = Fresh::new(&shelf, VAULT_SET, &name)?;

        let (schemas, engine) = self.schemas().await?;
        let header = |part: Part| Header {
            name: name.clone(),
            part,
            platform_schema: schemas.0,
            vault_schema: schemas.1,
        };
        let mut sink = Sink::new(&database.file(), &master, &header(Part::Database))?;
        let head = self.write_platform(&mut sink, &go_on).await?;
        let database_file = sink.finish()?;
        let mut sink = Sink::new(&set.file(), &master, &header(Part::Vault))?;
        let generation = self.write_vault(&mut sink, &go_on).await?;
        let vault_file = sink.finish()?;

        let manifest = Manifest {
            name: name.clone(),
            made_at: now,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            engine: match engine {
                Engine::Sqlite => "sqlite",
                Engine::Postgres => "postgres",
            }
            .to_owned(),
            origin: self.verifier().origin().to_owned(),
            log_key: self.verifier().fingerprint(),
            size: head.size,
            root: hex::encode(head.root),
            checkpoint: head.checkpoint.clone(),
            platform_schema: schemas.0,
            vault_schema: schemas.1,
            generation,
            database: database_file,
            vault: vault_file,
        };
        check::check(&database.file(), &set.file(), &manifest, &master, &go_on)?;
        if !go_on() {
            return Err(Error::Stopped);
        }
        // The set first: an older database opens with a newer set, never the other way round.
        set.place(&manifest)?;
        database.place(&manifest)?;
        let removed = shelf.let_go(&name, plan.keep_days, now)?;
        self.tell_of_backup(&manifest, plan).await?;
        Ok(BackupMade {
            name,
            manifest,
            removed,
        })
    }

    async fn schemas(&self) -> Result<((i64, i64), Engine)> {
        let doing = "reading the schema's history";
        let mut platform = self.platform().acquire().await.map_err(Error::sql(doing))?;
        let mut vault = self.vault().pool.acquire().await.map_err(Error::sql(doing))?;
        let schemas = (
            PLATFORM.applied(&mut platform).await?,
            VAULT.applied(&mut vault).await?,
        );
        Ok((schemas, Engine::of_pool(self.platform())))
    }

    /// The ledger as of one moment, whoever appends meanwhile.
    async fn write_platform(&self, sink: &mut Sink, go_on: &(impl Fn() -> bool + Sync)) -> Result<Head> {
        let mut tx = engine::begin_read_in(self.platform(), "backing up the ledger").await?;
        let head = head::read(&mut tx).await?.head();
        for table in table::all(&mut tx).await? {
            write_table(&mut tx, sink, &table, go_on).await?;
        }
        Ok(head)
    }

    /// Vault and keys as one set: while it is read, no erasure runs and no key changes.
    async fn write_vault(&self, sink: &mut Sink, go_on: &(impl Fn() -> bool + Sync)) -> Result<u64> {
        let doing = "holding the keys for a backup";
        let _lock = lock(self.vault().folder().clone()).await?;
        let mut holder = self.vault().pool.acquire().await.map_err(Error::sql(doing))?;
        engine::lock_keys(&mut holder).await?;
        let written = self.write_vault_locked(sink, go_on).await;
        engine::unlock_keys(&mut holder).await?;
        written
    }

    async fn write_vault_locked(&self, sink: &mut Sink, go_on: &(impl Fn() -> bool + Sync)) -> Result<u64> {
        let generation = self.vault().generation().await?;
        let mut tx = engine::begin_read_in(&self.vault().pool, "backing up the vault").await?;
        for table in table::all(&mut tx).await? {
            write_table(&mut tx, sink, &table, go_on).await?;
        }
        drop(tx);
        sink.table(&keys_table())?;
        for (name, bytes) in self.vault().folder().key_files()? {
            sink.row(&[Value::Text(name), Value::Bytes(bytes)])?;
        }
        sink.end_table()?;
        sink.table(&gone_table())?;
        for (kind, one, other) in self.gone().await? {
            sink.row(&[Value::Text(kind.to_owned()), Value::Text(one), Value::Text(other)])?;
        }
        self.write_pruned(sink).await?;
        sink.end_table()?;
        Ok(generation)
    }

    /// Which entries have lost their bytes, as ranges.
    async fn write_pruned(&self, sink: &mut Sink) -> Result<()> {
        let doing = "reading what was pruned";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        let mut rows =
            sqlx::query("SELECT seq FROM entry WHERE body IS NULL ORDER BY seq").fetch(&mut *connection);
        let mut range: Option<(i64, i64)> = None;
        loop {
            let row = rows.next().await.transpose().map_err(Error::sql(doing))?;
            let seq: Option<i64> = match row {
                Some(row) => Some(row.try_get(0).map_err(Error::sql(doing))?),
                None => None,
            };
            range = match (range, seq) {
                (Some((first, last)), Some(seq)) if last + 1 == seq => Some((first, seq)),
                (ended, seq) => {
                    if let Some((first, last)) = ended {
                        let text = |number: i64| Value::Text(number.to_string());
                        sink.row(&[Value::Text(PRUNED.to_owned()), text(first), text(last)])?;
                    }
                    seq.map(|seq| (seq, seq))
                }
            };
            if range.is_none() {
                return Ok(());
            }
        }
    }

    /// What was erased and dropped so far, by the ledger.
    async fn gone(&self) -> Result<Vec<(&'static str, String, String)>> {
        let doing = "reading what was erased";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        let mut gone = Vec::new();
        for (id, subject) in tombstones(&mut connection).await? {
            gone.push((ERASED, id, subject));
        }
        for name in meta::beginning(&mut connection, crate::retention::DROPPED).await? {
            let mut parts = name.split('/').skip(1);
            if let (Some(day), Some(class)) = (parts.next(), parts.next()) {
                gone.push((DROPPED, day.to_owned(), class.to_owned()));
            }
        }
        Ok(gone)
    }

    async fn tell_of_backup(&self, manifest: &Manifest, plan: &BackupPlan) -> Result<()> {
        let event = BackupEvent::Made {
            name: manifest.name.clone(),
            size: manifest.size,
            generation: manifest.generation,
        };
        let places = (
            plan.to.display().to_string(),
            plan.vault_to.as_ref().map(|to| to.display().to_string()),
        );
        self.on_writer(move |writer| {
            async move {
                writer
                    .tell_of_backup(EventKind::BACKUP_MADE, &event, places)
                    .await
            }
            .boxed()
        })
        .await
    }
}

async fn write_table(
    connection: &mut AnyConnection,
    sink: &mut Sink,
    table: &Table,
    go_on: &(impl Fn() -> bool + Sync),
) -> Result<()> {
    sink.table(table)?;
    let mut rows = table::rows(connection, table);
    while let Some(row) = rows.next().await {
        sink.row(&row?)?;
        if sink.is_at_a_chunk() && !go_on() {
            return Err(Error::Stopped);
        }
    }
    sink.end_table()
}

/// Id of the erasure and subject, of every tombstone that the ledger knows.
async fn tombstones(connection: &mut AnyConnection) -> Result<Vec<(String, String)>> {
    let doing = "reading tombstones";
    let rows = sqlx::query("SELECT id, state FROM aggregate WHERE kind = $1 ORDER BY id")
        .bind(AggregateKind::Erasure.name())
        .fetch_all(connection)
        .await
        .map_err(Error::sql(doing))?;
    let mut found = Vec::new();
    for row in &rows {
        let id: String = row.try_get(0).map_err(Error::sql(doing))?;
        let state: String = row.try_get(1).map_err(Error::sql(doing))?;
        let state: vigia_domain::erasure::Erasure =
            serde_json::from_str(&state).map_err(|_| Error::Damaged("an erasure's state"))?;
        for subject in state.subjects {
            found.push((id.clone(), subject.to_string()));
        }
    }
    Ok(found)
}

fn keys_table() -> Table {
    Table {
        name: KEYS.to_owned(),
        columns: vec![("name".to_owned(), Kind::Text), ("bytes".to_owned(), Kind::Bytes)],
    }
}

fn gone_table() -> Table {
    let text = |name: &str| (name.to_owned(), Kind::Text);
    Table {
        name: GONE.to_owned(),
        columns: vec![text("what"), text("one"), text("other")],
    }
}

/// The size that a row of the head says, for the check.
fn head_size(values: &[Value], table: &Table) -> Option<u64> {
    let at = table.columns.iter().position(|(name, _)| name == "size")?;
    match values.get(at) {
        Some(Value::Int(size)) => sql::number(*size).ok(),
        _ => None,
    }
}

impl Folder {
    /// The files of the keys folder that a backup takes: all but the master key, the lock and what
    /// is half-written.
    pub(crate) fn key_files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let folder = self.keys();
        let mut found = Vec::new();
        let listed = std::fs::read_dir(&folder).map_err(Error::file("listing the keys", &folder))?;
        for entry in listed {
            let path = entry.map_err(Error::file("listing the keys", &folder))?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let taken = ["buckets", "log", "token", "tls.pem"];
            if taken.contains(&name) {
                let bytes = std::fs::read(&path).map_err(Error::file("reading a key", &path))?;
                found.push((name.to_owned(), bytes));
            }
        }
        found.sort();
        Ok(found)
    }
}
