//! Another master key: everything in `keys/` wrapped anew, all of it or nothing.
//!
//! Each file is written beside its place; a marker says that all of them are there; then they take
//! their places. A crash before the marker leaves the old key in force, one after it is finished by
//! whoever opens the folder next. The old key is kept nowhere. The vault's generation moves with it,
//! so that running processes read the keys anew and a backup is due.

use crate::append::{Prepared, Request, Writer};
use crate::engine;
use crate::erase::{Step, lock};
use crate::error::{Error, Result};
use crate::folder::{Folder, Master, Secret};
use crate::random;
use crate::store::Store;
use crate::vault::move_generation;
use futures::FutureExt as _;
use vigia_domain::access::Permit;
use vigia_domain::access::action::RunPlatform;
use vigia_domain::{Event, EventId, Kind};
use vigia_ledger::bucket::MasterKey;
use zeroize::Zeroizing;

/// What a file that waits for its place ends with.
const NEXT: &str = "next-master";
/// Says that all of them are there.
const MARKER: &str = "rotating";

impl Store {
    /// Wraps everything under another master key: `next`, or a fresh one where the key lies in the
    /// folder and none is given.
    ///
    /// # Errors
    /// [`Error::MasterKeyNeeded`] where the key lies elsewhere and no other is given; whatever keeps
    /// the files from being written. Then the old key stays in force.
    pub async fn rotate_master_key(
        &self,
        _permit: &Permit<RunPlatform>,
        next: Option<Zeroizing<[u8; 32]>>,
    ) -> Result<()> {
        let in_folder = self.vault().is_master_in_folder();
        let next = match next {
            Some(next) => MasterKey(*next),
            None if in_folder => MasterKey(random::bytes()?),
            None => return Err(Error::MasterKeyNeeded),
        };
        self.on_writer(move |writer| async move { writer.rotate_master_key(&next, in_folder).await }.boxed())
            .await
    }
}

impl Writer {
    async fn rotate_master_key(&mut self, next: &MasterKey, in_folder: bool) -> Result<()> {
        let folder = self.pen.vault.folder().clone();
        let _lock = lock(folder.clone()).await?;
        engine::lock_keys(&mut self.vault).await?;
        let rotated = self.rotate_master_key_locked(&folder, next, in_folder).await;
        self.unlock_keys().await;
        rotated
    }

    async fn rotate_master_key_locked(
        &mut self,
        folder: &Folder,
        next: &MasterKey,
        in_folder: bool,
    ) -> Result<()> {
        let doing = "rotating the master key";
        let old = self.pen.vault.master()?;
        folder.stage_master(&old, next, in_folder)?;
        self.progress.reached(Step::KeysAdded)?;
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let now = self.pen.clock.now();
        let mut event = Event::new(
            EventId::new(now, random::bytes()?),
            now,
            Kind::MASTER_KEY_ROTATED,
            "vigia",
        );
        event.actor.id = Some("operator".to_owned());
        event.message = Some("The master key was rotated".to_owned());
        let request = Request::own(vec![Prepared::new(&event)?]);
        let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
        for outcome in written.outcomes {
            outcome?;
        }
        folder.mark_master()?;
        tx.commit().await.map_err(Error::sql(doing))?;
        self.progress.reached(Step::TombstoneAppended)?;
        folder.finish_master()?;
        let mut tx = engine::begin_write(&mut self.vault, doing).await?;
        move_generation(&mut tx).await?;
        tx.commit().await.map_err(Error::sql(doing))?;
        self.grown.send_replace(written.size);
        if in_folder {
            self.pen.vault.refresh(&mut self.vault).await?;
        }
        Ok(())
    }
}

impl Folder {
    /// Writes every file of the keys folder under another master key, beside its place.
    fn stage_master(&self, old: &MasterKey, next: &MasterKey, in_folder: bool) -> Result<()> {
        self.clear_master()?;
        let keyring = self.read_keyring(old)?;
        let mut failed = None;
        let buckets = keyring.to_bytes(next, |slice| failed = getrandom::fill(slice).err().or(failed));
        if let Some(error) = failed {
            return Err(error.into());
        }
        self.write_beside("buckets", &buckets)?;
        for secret in [Secret::Log, Secret::Token, Secret::NextLog] {
            if let Some(value) = self.read_secret_if_there(old, secret)? {
                self.write_beside(secret.name(), &secret.sealed(next, &value)?)?;
            }
        }
        if in_folder {
            self.write_beside("master", &next.0)?;
        }
        Ok(())
    }

    fn write_beside(&self, name: &str, bytes: &[u8]) -> Result<()> {
        crate::folder::replace(&self.keys().join(format!("{name}.{NEXT}")), bytes)
    }

    fn mark_master(&self) -> Result<()> {
        crate::folder::replace(&self.keys().join(MARKER), b"")
    }

    /// Gives the files their places where all of them are there, else takes them away. The caller
    /// holds the keys folder.
    pub(crate) fn finish_master(&self) -> Result<()> {
        if !self.keys().join(MARKER).exists() {
            return self.clear_master();
        }
        for path in self.staged()? {
            let place = path.with_extension("");
            std::fs::rename(&path, &place).map_err(Error::file("replacing", &place))?;
        }
        crate::folder::sync(&self.keys())?;
        let marker = self.keys().join(MARKER);
        std::fs::remove_file(&marker).map_err(Error::file("removing", &marker))?;
        crate::folder::sync(&self.keys())
    }

    fn clear_master(&self) -> Result<()> {
        for path in self.staged()? {
            std::fs::remove_file(&path).map_err(Error::file("removing", &path))?;
        }
        Ok(())
    }

    fn staged(&self) -> Result<Vec<std::path::PathBuf>> {
        let keys = self.keys();
        let failed = || Error::file("listing the keys", &keys);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&keys).map_err(failed())? {
            let path = entry.map_err(failed())?.path();
            if path.extension().is_some_and(|ending| ending == NEXT) {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// Finishes a rotation that a crash left open, unless another process is at it.
    pub(crate) fn recover_master(&self) -> Result<()> {
        if self.staged()?.is_empty() && !self.keys().join(MARKER).exists() {
            return Ok(());
        }
        match self.try_lock()? {
            Some(_lock) => self.finish_master(),
            None => Ok(()),
        }
    }

    /// Says of a key that opens nothing that it is another, and of one that opens something that
    /// the rest is damaged.
    pub(crate) fn check_master(&self, source: &Master) -> Result<MasterKey> {
        let path = self.keys().join("master");
        if matches!(source, Master::File) && !path.exists() {
            return Err(Error::MasterKeyMissing(path));
        }
        let master = self.master(source, false)?;
        if self.read_keyring(&master).is_ok() {
            return Ok(master);
        }
        let opens = |secret| self.read_secret(&master, secret).is_ok();
        if opens(Secret::Log) || opens(Secret::Token) {
            return Ok(master);
        }
        let there = |name: &str| self.keys().join(name).exists();
        if there("buckets") && there(Secret::Log.name()) && there(Secret::Token.name()) {
            return Err(Error::WrongMasterKey);
        }
        Ok(master)
    }
}
