//! Restoring: a backup becomes a platform again, in an empty place and in either engine.
//!
//! Built beside its place under another name, verified and replayed there, and only then given its
//! own; a database on a server is marked meanwhile (claim.rs). Whoever was interrupted, wherever,
//! begins again. The newest set of vault and keys goes with whatever database: what was erased since
//! has no key in it, and its tombstone is replayed, so it stays erased and the log says so.

mod step;

pub(crate) use step::{Breaks, Step};

use super::claim::Claim;
use super::file::{Part, Written};
use super::fit::Kept;
use super::place::{BackupList, Manifest};
use super::replay::Gone;
use super::source::{Record, Source};
use super::{DROPPED, ERASED, GONE, KEYS, PRUNED};
use crate::database::Places;
use crate::engine::{self, Location, Mode};
use crate::error::{Error, Result};
use crate::folder::{self, Folder, Master, Secret};
use crate::meta;
use crate::signing::LOG_KEY;
use crate::store::{Options, Store};
use crate::table::{self, Table, Value};
use futures::FutureExt as _;
use std::path::{Path, PathBuf};
use vigia_domain::Kind;
use vigia_domain::access::Permit;
use vigia_domain::access::action::VerifyLedger;
use vigia_domain::backup::BackupEvent;
use vigia_domain::pruning::Period;
use vigia_ledger::bucket::MasterKey;
use vigia_ledger::checkpoint::LogSigner;
use zeroize::Zeroizing;

/// Rows of one insert.
const ROWS: usize = 1_000;
/// What a platform that is being restored is called.
const UNFINISHED: &str = ".restoring";

/// What to restore, and with which master key.
pub struct Restore {
    /// The folder of the backups.
    pub from: PathBuf,
    /// The folder of vault and keys, where it is another.
    pub vault_from: Option<PathBuf>,
    /// Which database; the newest one that a set opens where none is named.
    pub name: Option<String>,
    /// The master key of the time of the backup.
    pub master: Zeroizing<[u8; 32]>,
    /// Whether the restored folder gets the master key as its file.
    pub keep_master: bool,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// From which backup.
    pub manifest: Manifest,
    /// People who were erased after it, and are again.
    pub erased: u64,
    /// Periods that were dropped after it, and are again.
    pub dropped: u64,
    /// What does not fit, in words; empty where everything verifies and replays.
    pub findings: Vec<String>,
}

impl Store {
    /// Restores a backup into an empty place, verifies and replays it.
    ///
    /// # Errors
    /// [`Error::NotEmpty`], [`Error::DatabaseInUse`], [`Error::NoBackup`],
    /// [`Error::BackupDoesNotOpen`] with another master key, [`Error::ManifestDoesNotFit`]; whatever
    /// keeps files and databases from being written. Nothing half-made is left in the folder's place,
    /// and a call that failed or was interrupted can be repeated.
    pub async fn restore(
        permit: &Permit<VerifyLedger>,
        restore: &Restore,
        target: Options,
    ) -> Result<Restored> {
        Self::restore_with(permit, restore, target, Breaks::default()).await
    }

    pub(crate) async fn restore_with(
        permit: &Permit<VerifyLedger>,
        restore: &Restore,
        target: Options,
        breaks: Breaks,
    ) -> Result<Restored> {
        folder::must_be_empty(&target.folder)?;
        let beside = beside(&target.folder)?;
        if beside.exists() {
            std::fs::remove_dir_all(&beside).map_err(Error::file("clearing away", &beside))?;
        }
        let (restored, mut claim) = match rebuild(permit, restore, &target, &beside, breaks).await {
            Ok(made) if made.0.findings.is_empty() => made,
            other => {
                let _ = std::fs::remove_dir_all(&beside);
                return other.map(|(restored, _)| restored);
            }
        };
        if restore.keep_master {
            Folder::new(beside.clone()).write_master(&MasterKey(*restore.master))?;
        }
        claim.whole().await?;
        breaks.reached(Step::Whole)?;
        name(&beside, &target.folder)?;
        breaks.reached(Step::Named)?;
        claim.let_go().await;
        Ok(restored)
    }
}

/// Gives the folder its own name.
fn name(beside: &Path, target: &Path) -> Result<()> {
    if target.exists() {
        std::fs::remove_dir(target).map_err(Error::file("taking the place of", target))?;
    }
    std::fs::rename(beside, target).map_err(Error::file("naming the restored folder", target))?;
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => folder::sync(parent),
        _ => Ok(()),
    }
}

/// `DIR.restoring`, on the same disk.
fn beside(target: &Path) -> Result<PathBuf> {
    let mut name = target
        .file_name()
        .ok_or_else(|| Error::NotEmpty(target.to_owned()))?
        .to_owned();
    name.push(UNFINISHED);
    Ok(target.with_file_name(name))
}

async fn rebuild(
    permit: &Permit<VerifyLedger>,
    restore: &Restore,
    target: &Options,
    beside: &Path,
    breaks: Breaks,
) -> Result<(Restored, Claim)> {
    let list = BackupList::read(&restore.from, restore.vault_from.as_deref())?;
    let chosen = list.databases.iter().rev().find(|listed| {
        listed.restorable
            && restore
                .name
                .as_ref()
                .is_none_or(|name| *name == listed.manifest.name)
    });
    let (Some(chosen), Some((set, set_path))) = (chosen, &list.vault) else {
        return Err(Error::NoBackup(restore.from.clone()));
    };
    let master = MasterKey(*restore.master);
    let database = Kept::new(&chosen.path, &chosen.manifest, Part::Database);
    let vault = Kept::new(set_path, set, Part::Vault);
    // Before anything is touched: what does not open leaves the place as it was.
    let (database_file, vault_file) = (database.open(&master)?, vault.open(&master)?);

    let folder = Folder::new(beside.to_owned());
    folder.create()?;
    let places = Places::of(&target.database, &folder);
    let schemas = (chosen.manifest.platform_schema, set.vault_schema);
    let claim = Claim::take(&places, schemas).await?;
    breaks.reached(Step::Claimed)?;
    let mut gone = Gone::default();
    let written = fill(&places.vault, vault_file, |table, row| {
        beside_the_vault(&folder, &mut gone, table, row)
    })
    .await?;
    vault.must_have_written(&written)?;
    vault.must_be_of_generation(&places.vault).await?;
    breaks.reached(Step::VaultFilled)?;
    let written = fill(&places.platform, database_file, |_, _| Ok(false)).await?;
    database.must_have_written(&written)?;
    database.must_be_the_ledger(&places.platform).await?;
    breaks.reached(Step::PlatformFilled)?;
    let before = adopt_log_key(&places.platform, &folder, &master).await?;

    let store = Store::open_restoring(Options {
        folder: beside.to_owned(),
        database: target.database.clone(),
        master: Master::Given(restore.master.clone()),
        clock: target.clock.clone(),
    })
    .await?;
    let finished = match before {
        Some(before) => store.tell_of_log_key(before).await,
        None => Ok(()),
    };
    let finished = match finished {
        Ok(()) => finish(permit, &store, restore, chosen.manifest.clone(), gone).await,
        Err(error) => Err(error),
    };
    store.close().await;
    Ok((finished?, claim))
}

/// The log's key was rotated after the backup: the restored log goes on with the new one. Says which
/// was in force.
async fn adopt_log_key(at: &Location, folder: &Folder, master: &MasterKey) -> Result<Option<String>> {
    let mut connection = engine::connect(at).await?;
    let Some(before) = meta::get(&mut connection, LOG_KEY).await? else {
        return Ok(None);
    };
    let seed = folder.read_secret(master, Secret::Log)?;
    let origin = meta::get(&mut connection, "origin").await?;
    let origin = origin.ok_or(Error::Damaged("the log's origin"))?;
    let signer = LogSigner::from_seed(&origin, &seed)?;
    let after = signer.verifier().vkey();
    if after == before {
        return Ok(None);
    }
    meta::set(&mut connection, LOG_KEY, after).await?;
    Ok(Some(before))
}

async fn finish(
    permit: &Permit<VerifyLedger>,
    store: &Store,
    restore: &Restore,
    manifest: Manifest,
    gone: Gone,
) -> Result<Restored> {
    let (erased, dropped) = store
        .on_writer(move |writer| async move { writer.replay_gone(gone).await }.boxed())
        .await?;
    let event = BackupEvent::Restored {
        name: manifest.name.clone(),
        size: manifest.size,
    };
    let places = (restore.from.display().to_string(), None);
    store
        .on_writer(move |writer| {
            async move { writer.tell_of_backup(Kind::BACKUP_RESTORED, &event, places).await }.boxed()
        })
        .await?;
    Ok(Restored {
        manifest,
        erased,
        dropped,
        findings: store.findings(permit).await?,
    })
}

/// What of the set's file is in no database: the files of the keys folder, and what is gone.
fn beside_the_vault(folder: &Folder, gone: &mut Gone, table: &str, row: &[Value]) -> Result<bool> {
    let damaged = || Error::Damaged("a backup's set of vault and keys");
    match (table, row) {
        (KEYS, [Value::Text(name), Value::Bytes(bytes)]) => {
            folder.write_key_file(name, bytes)?;
            Ok(true)
        }
        (GONE, [Value::Text(what), Value::Text(one), Value::Text(other)]) => {
            match what.as_str() {
                ERASED => {
                    let id = one.parse().map_err(|_| damaged())?;
                    let subject = other.parse().map_err(|_| damaged())?;
                    gone.erasures.entry(id).or_default().insert(subject);
                }
                DROPPED => {
                    let (day, class) = (one.parse(), other.parse());
                    let (Ok(day), Ok(class)) = (day, class) else {
                        return Err(damaged());
                    };
                    gone.periods.insert(Period { day, class });
                }
                PRUNED => {
                    let (first, last) = (one.parse(), other.parse());
                    let (Ok(first), Ok(last)) = (first, last) else {
                        return Err(damaged());
                    };
                    gone.pruned.push((first, last));
                }
                _ => return Err(damaged()),
            }
            Ok(true)
        }
        (KEYS | GONE, _) => Err(damaged()),
        _ => Ok(false),
    }
}

/// Fills a claimed database, and says what the file was. `take` says which rows are no row of it.
async fn fill(
    at: &Location,
    mut source: Source,
    mut take: impl FnMut(&str, &[Value]) -> Result<bool>,
) -> Result<Written> {
    let pool = engine::open(at, Mode::Write).await?;
    let doing = "restoring a database";
    let mut tx = engine::begin_write_in(&pool, doing).await?;
    let there = table::all(&mut tx).await?;
    let mut current: Option<Table> = None;
    let mut page: Vec<Vec<Value>> = Vec::with_capacity(ROWS);
    loop {
        let record = source.next()?;
        if page.len() == ROWS || !matches!(record, Record::Row(_)) {
            if let Some(table) = current.as_ref().filter(|_| !page.is_empty()) {
                table::insert(&mut tx, table, &page).await?;
            }
            page.clear();
        }
        match record {
            Record::Table(table) => {
                if table.name != KEYS && table.name != GONE && !there.contains(&table) {
                    return Err(source.damaged());
                }
                current = Some(table);
            }
            Record::Row(row) => {
                let name = current.as_ref().map_or("", |table| &table.name);
                if !take(name, &row)? {
                    page.push(row);
                }
            }
            Record::EndOfTable => current = None,
            Record::End => break,
        }
    }
    tx.commit().await.map_err(Error::sql(doing))?;
    pool.close().await;
    Ok(source.written())
}
