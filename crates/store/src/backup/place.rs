//! Where backups lie: `TO/database/NAME` and `TO/vault/NAME`, each a folder with its file and a
//! manifest. A folder is made under a name that begins with a dot, and renamed when it is whole.

use super::file::{Part, Written};
use crate::error::{Error, Result};
use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use vigia_domain::Timestamp;

/// The folder of the databases.
pub(super) const DATABASE: &str = "database";
/// The folder of vault and keys.
pub(super) const VAULT_SET: &str = "vault";
/// What a folder that is not whole yet begins with.
const UNFINISHED: &str = ".new-";
pub(super) const MANIFEST: &str = "manifest.json";
const NAME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// The longest manifest, in bytes.
const MAX_MANIFEST: u64 = 64 * 1024;

/// What a backup is, in clear: nothing of it is about anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its name: the moment at which it began.
    pub name: String,
    /// The same.
    pub made_at: Timestamp,
    /// The program that made it.
    pub program: String,
    /// The engine that it was made from; it restores into either.
    pub engine: String,
    /// The log's name.
    pub origin: String,
    /// Fingerprint of the log's key.
    pub log_key: String,
    /// Entries.
    pub size: u64,
    /// The tree's root, in hexadecimal digits.
    pub root: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The schema of the ledger.
    pub platform_schema: i64,
    /// The schema of the vault.
    pub vault_schema: i64,
    /// The vault's generation.
    pub generation: u64,
    /// The ledger's file.
    pub database: Written,
    /// The file of vault and keys.
    pub vault: Written,
}

/// A database's backup that lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is.
    pub manifest: Manifest,
    /// Where it lies.
    pub path: PathBuf,
    /// Whether there is a set of vault and keys that opens it.
    pub restorable: bool,
}

/// Everything that lies in a folder of backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupList {
    /// Databases, the oldest first.
    pub databases: Vec<Listed>,
    /// The newest set of vault and keys.
    pub vault: Option<(Manifest, PathBuf)>,
}

impl BackupList {
    /// What lies there.
    ///
    /// # Errors
    /// Where a folder or manifest cannot be read.
    pub fn read(from: &Path, vault_from: Option<&Path>) -> Result<Self> {
        let shelf = Shelf::new(from, vault_from);
        let vault = shelf.names(VAULT_SET)?.pop();
        let vault = match vault {
            Some(name) => {
                let path = shelf.folder(VAULT_SET).join(name);
                Some((read_manifest(&path)?, path))
            }
            None => None,
        };
        let mut databases = Vec::new();
        for name in shelf.names(DATABASE)? {
            let path = shelf.folder(DATABASE).join(&name);
            databases.push(Listed {
                manifest: read_manifest(&path)?,
                restorable: vault.as_ref().is_some_and(|(set, _)| set.name >= name),
                path,
            });
        }
        Ok(Self { databases, vault })
    }
}

fn read_manifest(folder: &Path) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let length = std::fs::metadata(&path).map(|file| file.len());
    let bytes = match length {
        Ok(length) if length <= MAX_MANIFEST => std::fs::read(&path),
        Ok(_) => return Err(Error::BackupDamaged(path)),
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(missing_or("reading a backup's manifest", &path))?;
    serde_json::from_slice(&bytes).map_err(|_| Error::BackupDamaged(path))
}

/// Why a file of a backup cannot be read.
pub(super) fn missing_or(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::BackupIncomplete(path.to_owned()),
        _ => Error::file(doing, path)(error),
    }
}

/// The two folders.
pub(super) struct Shelf {
    to: PathBuf,
    vault_to: PathBuf,
}

impl Shelf {
    pub(super) fn new(to: &Path, vault_to: Option<&Path>) -> Self {
        Self {
            to: to.to_owned(),
            vault_to: vault_to.unwrap_or(to).to_owned(),
        }
    }

    pub(super) fn folder(&self, part: &str) -> PathBuf {
        if part == VAULT_SET {
            self.vault_to.join(part)
        } else {
            self.to.join(part)
        }
    }

    /// Makes the folders where they are missing, and clears away what broke off.
    pub(super) fn clear(&self) -> Result<()> {
        for part in [DATABASE, VAULT_SET] {
            let folder = self.folder(part);
            crate::folder::make_private(&folder)?;
            for entry in list(&folder)? {
                let unfinished = entry
                    .file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| name.starts_with(UNFINISHED));
                if unfinished {
                    remove(&entry)?;
                }
            }
        }
        Ok(())
    }

    /// The moment as a name that no backup has.
    pub(super) fn free_name(&self, now: Timestamp) -> Result<String> {
        let mut moment = now;
        let taken = [self.names(DATABASE)?, self.names(VAULT_SET)?].concat();
        loop {
            let name = moment.format(NAME_FORMAT).to_string();
            if !taken.contains(&name) {
                return Ok(name);
            }
            moment += TimeDelta::seconds(1);
        }
    }

    /// Names of what lies there whole, the oldest first.
    pub(super) fn names(&self, part: &str) -> Result<Vec<String>> {
        let folder = self.folder(part);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut names: Vec<String> = list(&folder)?
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .filter(|name| moment_of(name).is_some())
            .collect();
        names.sort();
        Ok(names)
    }

    /// Every set but the newest, and databases beyond their days but the newest.
    pub(super) fn let_go(&self, newest: &str, keep_days: u32, now: Timestamp) -> Result<Vec<String>> {
        let mut removed = Vec::new();
        for name in self.names(VAULT_SET)? {
            if name != newest {
                remove(&self.folder(VAULT_SET).join(&name))?;
            }
        }
        let over = now - TimeDelta::days(i64::from(keep_days));
        for name in self.names(DATABASE)? {
            let is_over = moment_of(&name).is_some_and(|made| made < over.naive_utc());
            if name != newest && is_over {
                remove(&self.folder(DATABASE).join(&name))?;
                removed.push(name);
            }
        }
        Ok(removed)
    }
}

fn moment_of(name: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(name, NAME_FORMAT).ok()
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = || Error::file("listing the backups", folder);
    let entries = std::fs::read_dir(folder).map_err(failed())?;
    entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()
        .map_err(failed())
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_dir_all(path).map_err(Error::file("removing an old backup", path))
}

/// A folder that is being filled. Dropped before it is placed, it is gone.
pub(super) struct Fresh {
    folder: PathBuf,
    target: PathBuf,
    file: &'static str,
    placed: bool,
}

impl Fresh {
    pub(super) fn new(shelf: &Shelf, part: &str, name: &str) -> Result<Self> {
        let parent = shelf.folder(part);
        let folder = parent.join(format!("{UNFINISHED}{name}"));
        crate::folder::make_private(&folder)?;
        Ok(Self {
            folder,
            target: parent.join(name),
            file: if part == VAULT_SET {
                Part::Vault.file()
            } else {
                Part::Database.file()
            },
            placed: false,
        })
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(self.file)
    }

    /// Gives it its manifest and its name.
    pub(super) fn place(mut self, manifest: &Manifest) -> Result<()> {
        let path = self.folder.join(MANIFEST);
        let text = serde_json::to_vec_pretty(manifest).map_err(|_| Error::Damaged("a backup's manifest"))?;
        let mut file = crate::folder::create_private(&path)?;
        let written = file.write_all(&text).and_then(|()| file.sync_all());
        written.map_err(Error::file("writing a backup's manifest", &path))?;
        crate::folder::sync(&self.folder)?;
        std::fs::rename(&self.folder, &self.target)
            .map_err(Error::file("naming the backup", &self.target))?;
        self.placed = true;
        match self.target.parent() {
            Some(parent) => crate::folder::sync(parent),
            None => Ok(()),
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.placed
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, folder = %self.folder.display(), "an unfinished backup stays until the next");
        }
    }
}
