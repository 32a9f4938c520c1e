//! `backup`, `check-backup`, `restore`.

use crate::apart::must_be_apart;
use crate::args::{Backup, CheckBackup, RestoreBackup};
use crate::run::{Answer, Failure, operator, print};
use crate::setup::Setup;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vigia_domain::Clock as _;
use vigia_server::backup::tell_of_failure;
use vigia_server::edge::SystemClock;
use vigia_server::{Database, Error, Master, Options, operator_may};
use vigia_store::{BackupList, BackupPlan, Restore, Restored, Store};
use zeroize::Zeroizing;

/// The largest file of a master key, in bytes.
const MAX_MASTER_KEY_FILE_BYTES: u64 = 4096;

/// Makes a backup, or lists those that are there.
///
/// # Errors
/// A folder within the data folder; where the platform does not open, or the backup cannot be written
/// and read back.
pub async fn backup(setup: &Setup, command: Backup) -> Result<Answer, Failure> {
    if !command.list {
        must_be_apart("--to", &command.to, setup.folder())?;
        if let Some(vault_to) = &command.vault_to {
            must_be_apart("--vault-to", vault_to, setup.folder())?;
        }
    }
    let store = Store::open(setup.options()).await?;
    let done = if command.list {
        listed(&store, &command).await
    } else {
        let made = made(&store, setup, &command).await;
        if let Err(Failure::Platform(error)) = &made {
            tell_of_failure(&store, &operator(), error).await;
        }
        made
    };
    store.close().await;
    match done {
        Ok(text) => print(&text).map(|()| Answer::Yes),
        Err(Failure::Platform(Error::Store(error @ vigia_store::Error::LedgerBroken { .. }))) => {
            print(&if command.json {
                json!({"made": false, "findings": [error.to_string()]}).to_string()
            } else {
                format!("broken: {error}")
            })?;
            Ok(Answer::No)
        }
        Err(error) => Err(error),
    }
}

async fn made(store: &Store, setup: &Setup, command: &Backup) -> Result<String, Failure> {
    let plan = BackupPlan {
        to: command.to.clone(),
        vault_to: command.vault_to.clone(),
        keep_days: command.keep_days.unwrap_or(setup.config().backup.keep_days),
    };
    let now = SystemClock.now();
    let made = store.backup(&operator_may(now)?, &plan, now, || true).await?;
    let manifest = &made.manifest;
    if command.json {
        return Ok(
            json!({"name": made.name, "size": manifest.size, "root": manifest.root,
            "bytes": manifest.database.bytes + manifest.vault.bytes, "removed": made.removed})
            .to_string(),
        );
    }
    let bytes = manifest.database.bytes + manifest.vault.bytes;
    let mut text = format!(
        "backup {}: {} entries, {bytes} bytes, opened and checked",
        made.name, manifest.size
    );
    for name in &made.removed {
        text.push_str(&format!(
            "\nremoved {name}: it is older than {} days",
            plan.keep_days
        ));
    }
    Ok(text)
}

async fn listed(store: &Store, command: &Backup) -> Result<String, Failure> {
    let state = store.backup_state().await?;
    let list = BackupList::read(&command.to, command.vault_to.as_deref())?;
    if command.json {
        let rows: Vec<_> = list
            .databases
            .iter()
            .map(|one| {
                let manifest = &one.manifest;
                json!({"name": manifest.name, "made_at": manifest.made_at, "size": manifest.size,
                       "bytes": manifest.database.bytes, "restorable": one.restorable})
            })
            .collect();
        let set = list.vault.as_ref().map(|(set, _)| &set.name);
        return Ok(json!({"backups": rows, "vault": set, "pending": state.pending}).to_string());
    }
    let mut lines: Vec<String> = list
        .databases
        .iter()
        .map(|one| {
            let manifest = &one.manifest;
            let note = if one.restorable {
                ""
            } else {
                ", no set of vault and keys opens it"
            };
            format!(
                "{} {} entries, {} bytes{note}",
                manifest.name, manifest.size, manifest.database.bytes
            )
        })
        .collect();
    match &list.vault {
        Some((set, _)) => lines.push(format!("vault and keys: {}", set.name)),
        None => lines.push("no backups".to_owned()),
    }
    if state.pending {
        lines.push(
            "backup pending: something was erased or a key changed since; it lives on in the last set until the next"
                .to_owned(),
        );
    }
    Ok(lines.join("\n"))
}

/// Restores into a temporary place, verifies and replays there, and takes it away again.
///
/// # Errors
/// Where there is no room for it.
pub async fn check(setup: &Setup, command: CheckBackup) -> Result<Answer, Failure> {
    let work = command.work.clone().unwrap_or_else(|| command.from.clone());
    let folder = work.join(format!("check-{}", std::process::id()));
    let restore = Restore {
        from: command.from.clone(),
        vault_from: command.vault_from.clone(),
        name: command.name.clone(),
        master: master(setup, command.master_key.as_deref())?,
        keep_master: false,
    };
    let options = place(folder.clone());
    let permit = operator_may(SystemClock.now())?;
    let restored = Store::restore(&permit, &restore, options).await;
    if folder.exists()
        && let Err(source) = std::fs::remove_dir_all(&folder)
    {
        return Err(Failure::File { path: folder, source });
    }
    match restored {
        Ok(restored) => tell(&restored, command.json, "can be restored"),
        Err(error) if is_answer(&error) => {
            if command.json {
                print(&json!({"whole": false, "findings": [error.to_string()]}).to_string())?;
            } else {
                print(&format!("broken: {error}"))?;
            }
            Ok(Answer::No)
        }
        Err(error) => Err(error.into()),
    }
}

/// What says something about the backup, and not about this machine.
fn is_answer(error: &vigia_store::Error) -> bool {
    use vigia_store::Error as Store;
    matches!(
        error,
        Store::NotABackup(_) | Store::BackupDamaged(_) | Store::BackupDoesNotOpen(_) | Store::NoBackup(_)
    ) || !error.is_local()
}

/// Makes a platform of a backup, in an empty place.
///
/// # Errors
/// A place where something lies; a backup that does not open or verify.
pub async fn restore(setup: &Setup, command: RestoreBackup) -> Result<Answer, Failure> {
    let restore = Restore {
        from: command.from.clone(),
        vault_from: command.vault_from.clone(),
        name: command.name.clone(),
        master: master(setup, command.master_key.as_deref())?,
        keep_master: setup.config().master_key.is_none(),
    };
    let permit = operator_may(SystemClock.now())?;
    let restored = Store::restore(&permit, &restore, setup.options()).await?;
    tell(&restored, command.json, "restored")
}

fn place(folder: PathBuf) -> Options {
    Options {
        folder,
        database: Database::Folder,
        master: Master::File,
        clock: Arc::new(SystemClock),
    }
}

/// The master key of the time of the backup: the file that is named, the configuration's, or the
/// data folder's.
pub fn master(setup: &Setup, file: Option<&Path>) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let beside = setup.folder().join("keys/master");
    let path = match (file, &setup.config().master_key) {
        (Some(file), _) => file,
        (None, Some(key)) => return Ok(Zeroizing::new(*key.reveal())),
        (None, None) => &beside,
    };
    let failed = |source| Failure::File {
        path: path.to_owned(),
        source,
    };
    let wrong = || {
        let reason = format!(
            "{} holds no master key: 32 bytes, or 64 hexadecimal digits",
            path.display()
        );
        Failure::from(Error::Field {
            name: "master key",
            reason,
        })
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_MASTER_KEY_FILE_BYTES {
        return Err(wrong());
    }
    let bytes = Zeroizing::new(std::fs::read(path).map_err(failed)?);
    if let Ok(key) = <[u8; 32]>::try_from(bytes.as_slice()) {
        return Ok(Zeroizing::new(key));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
    let key = Zeroizing::new(hex::decode(text.trim()).map_err(|_| wrong())?);
    key.as_slice().try_into().map(Zeroizing::new).map_err(|_| wrong())
}

fn tell(restored: &Restored, json: bool, verb: &str) -> Result<Answer, Failure> {
    let manifest = &restored.manifest;
    let whole = restored.findings.is_empty();
    if json {
        print(
            &json!({"whole": whole, "name": manifest.name, "size": manifest.size, "erased": restored.erased,
                    "dropped": restored.dropped, "findings": restored.findings})
            .to_string(),
        )?;
    } else if whole {
        print(&format!(
            "{verb}: backup {} of {} entries verifies and replays; {} people and {} periods that went after it are gone",
            manifest.name, manifest.size, restored.erased, restored.dropped
        ))?;
    } else {
        for finding in &restored.findings {
            print(&format!("broken: {finding}"))?;
        }
    }
    Ok(if whole { Answer::Yes } else { Answer::No })
}
