//! The data folder's files: where they lie, how they are locked, replaced and protected.
//!
//! `DIR/platform.db`, `DIR/vault.db`, and `DIR/keys` with `master` (32 bytes, 0600, absent where the
//! key is given from elsewhere), `buckets`, `log` and `token` (each under the master key). A file
//! is replaced by write, fsync, rename, fsync of the folder, so that a crash leaves the old one or
//! the new one.

use crate::database::Database;
use crate::error::{Error, FOLDER_KEY, Result};
use crate::random;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use vigia_ledger::bucket::{Keyring, MasterKey};
use vigia_ledger::primitive::{aes256gcm_open, aes256gcm_seal};
use zeroize::Zeroizing;

/// Where the master key comes from.
pub enum Master {
    /// `DIR/keys/master`.
    File,
    /// Somewhere better, like the keyring of the operating system.
    Given(Zeroizing<[u8; 32]>),
}

/// The paths of a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

/// A secret of thirty-two bytes, kept under the master key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Secret {
    /// The log's Ed25519 seed.
    Log,
    /// The one that is to take its place.
    NextLog,
    /// The seed of the key that signs access tokens.
    Token,
}

impl Secret {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::NextLog => "log.next",
            Self::Token => "token",
        }
    }

    fn domain(self) -> &'static [u8] {
        match self {
            Self::Log | Self::NextLog => b"vigia/log-key/1",
            Self::Token => b"vigia/token-key/1",
        }
    }
}

impl Secret {
    /// The secret under a master key.
    pub(crate) fn sealed(self, master: &MasterKey, value: &[u8; 32]) -> Result<Vec<u8>> {
        Ok(aes256gcm_seal(&master.0, &random::bytes()?, self.domain(), value))
    }
}

impl Folder {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn platform(&self) -> PathBuf {
        self.root.join("platform.db")
    }

    pub(crate) fn vault(&self) -> PathBuf {
        self.root.join("vault.db")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    fn buckets(&self) -> PathBuf {
        self.keys().join("buckets")
    }

    /// Whether a platform was made here. The bucket keys are what no platform is without.
    pub(crate) fn is_initialised(&self, database: &Database) -> bool {
        self.buckets().exists() || *database == Database::Folder && self.platform().exists()
    }

    /// Makes the folder and the folder of keys, for its owner alone.
    pub(crate) fn create(&self) -> Result<()> {
        for path in [self.root.clone(), self.keys()] {
            std::fs::create_dir_all(&path).map_err(Error::file("making the folder", &path))?;
            owner_only(&path, 0o700)?;
        }
        Ok(())
    }

    /// The master key; made where it is a file and `create` is set.
    pub(crate) fn master(&self, master: &Master, create: bool) -> Result<MasterKey> {
        if let Master::Given(key) = master {
            return Ok(MasterKey(**key));
        }
        let path = self.keys().join("master");
        if create {
            let key = Zeroizing::new(random::bytes::<32>()?);
            replace(&path, key.as_slice())?;
            return Ok(MasterKey(*key));
        }
        let bytes =
            Zeroizing::new(std::fs::read(&path).map_err(Error::file("reading the master key", &path))?);
        let held = bytes.len();
        bytes.as_slice().try_into().map(MasterKey).map_err(|_| {
            let holds = format!("it holds {held} bytes; a master key is 32 bytes, nothing before and after");
            Error::file("reading the master key", &path)(io::Error::new(io::ErrorKind::InvalidData, holds))
        })
    }

    /// The master key that was given, else the one in the folder.
    pub(crate) fn master_or(&self, given: Option<&MasterKey>) -> Result<MasterKey> {
        match given {
            Some(key) => Ok(key.clone()),
            None => self.master(&Master::File, false),
        }
    }

    /// Reads the bucket keys.
    pub(crate) fn read_keyring(&self, master: &MasterKey) -> Result<Keyring> {
        let path = self.buckets();
        let bytes = std::fs::read(&path).map_err(Error::file("reading the bucket keys", &path))?;
        Ok(Keyring::from_bytes(&bytes, master)?)
    }

    /// Replaces the bucket keys. Once this returns, what the old file alone held is gone.
    pub(crate) fn write_keyring(&self, master: &MasterKey, keyring: &Keyring) -> Result<()> {
        let mut failed = None;
        let bytes = keyring.to_bytes(master, |slice| failed = getrandom::fill(slice).err().or(failed));
        match failed {
            Some(error) => Err(error.into()),
            None => replace(&self.buckets(), &bytes),
        }
    }

    /// Makes a secret and keeps it.
    pub(crate) fn create_secret(&self, master: &MasterKey, secret: Secret) -> Result<Zeroizing<[u8; 32]>> {
        let value = Zeroizing::new(random::bytes::<32>()?);
        let sealed = aes256gcm_seal(&master.0, &random::bytes()?, secret.domain(), value.as_slice());
        replace(&self.keys().join(secret.name()), &sealed)?;
        Ok(value)
    }

    /// The fresh key of the log takes the old one's place.
    pub(crate) fn replace_log_by_next(&self) -> Result<()> {
        let path = self.keys().join(Secret::Log.name());
        std::fs::rename(self.keys().join(Secret::NextLog.name()), &path)
            .map_err(Error::file("replacing", &path))?;
        sync(&self.keys())
    }

    /// Reads a secret, where it is there.
    pub(crate) fn read_secret_if_there(
        &self,
        master: &MasterKey,
        secret: Secret,
    ) -> Result<Option<Zeroizing<[u8; 32]>>> {
        if self.keys().join(secret.name()).exists() {
            self.read_secret(master, secret).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads a secret.
    pub(crate) fn read_secret(&self, master: &MasterKey, secret: Secret) -> Result<Zeroizing<[u8; 32]>> {
        let path = self.keys().join(secret.name());
        let sealed = std::fs::read(&path).map_err(Error::file("reading the key", &path))?;
        let value = Zeroizing::new(
            aes256gcm_open(&master.0, secret.domain(), &sealed).map_err(Error::unopenable(FOLDER_KEY))?,
        );
        value
            .as_slice()
            .try_into()
            .map(Zeroizing::new)
            .map_err(|_| Error::Damaged(FOLDER_KEY))
    }

    /// Puts the master key where it is looked for.
    pub(crate) fn write_master(&self, master: &MasterKey) -> Result<()> {
        replace(&self.keys().join("master"), &master.0)
    }

    /// Puts back a file of the keys folder from a backup.
    pub(crate) fn write_key_file(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let known = ["buckets", "log", "token", "tls.pem"];
        let name = known.into_iter().find(|known| *known == name);
        replace(&self.keys().join(name.ok_or(Error::Damaged(FOLDER_KEY))?), bytes)
    }

    /// Holds the keys folder for one erasure, against every other process. Blocks.
    pub(crate) fn lock(&self) -> Result<KeysLock> {
        let file = self.lock_file()?;
        file.lock()
            .map_err(Error::file("locking the keys", self.keys()))?;
        Ok(KeysLock { _file: file })
    }

    /// Like [`Folder::lock`], but `None` where another process holds it.
    pub(crate) fn try_lock(&self) -> Result<Option<KeysLock>> {
        let file = self.lock_file()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(KeysLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::file("locking the keys", self.keys())(error)),
        }
    }

    fn lock_file(&self) -> Result<File> {
        let path = self.keys().join("lock");
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::file("locking the keys", &path))
    }
}

/// The lock over the keys folder, until dropped.
pub(crate) struct KeysLock {
    _file: File,
}

/// A new file for its owner alone.
pub(crate) fn create_private(path: &Path) -> Result<File> {
    let made = File::create(path).and_then(|file| {
        restrict(&file)?;
        Ok(file)
    });
    made.map_err(Error::file("making", path))
}

/// A folder for its owner alone, with those above it.
pub(crate) fn make_private(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(Error::file("making the folder", path))?;
    owner_only(path, 0o700)
}

/// Makes a folder's names durable.
pub(crate) fn sync(folder: &Path) -> Result<()> {
    sync_folder(&folder.join("any")).map_err(Error::file("making durable", folder))
}

/// Refuses a place where something lies.
pub(crate) fn must_be_empty(path: &Path) -> Result<()> {
    match std::fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::NotEmpty(path.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::file("looking into", path)(error)),
    }
}

/// Replaces a file as a whole: write, fsync, rename, fsync of the folder.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    let written = (|| {
        let mut file = File::create(&fresh)?;
        restrict(&file)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        sync_folder(path)
    })();
    written.map_err(Error::file("replacing", path))
}

#[cfg(unix)]
fn restrict(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_: &File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn owner_only(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(Error::file("protecting the folder", path))
}

#[cfg(not(unix))]
fn owner_only(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Other systems make a rename durable by themselves.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}
