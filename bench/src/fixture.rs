//! What the measures need and what takes long to make: the log's file, a platform filled with it, a
//! desk's copy of that. Made once and kept where `--keep` names a folder.
//!
//! A part is there when its mark is: a part that was being made when the program ended is made anew.

use crate::house::House;
use crate::ingest;
use crate::log::Log;
use crate::output::{Outcome, say};
use crate::sync;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vigia_server::Database;

/// The folder of a log of so many events.
pub struct Fixture {
    /// How many.
    pub events: u64,
    folder: PathBuf,
    /// Removed at the end, where nothing is to be kept.
    _temporary: Option<TempDir>,
}

impl Fixture {
    /// In this folder, or in one that goes with the program.
    pub fn new(keep: Option<&Path>, events: u64) -> Outcome<Self> {
        let (folder, temporary) = match keep {
            Some(keep) => (keep.join(events.to_string()), None),
            None => {
                let temporary = tempfile::tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            events,
            folder,
            _temporary: temporary,
        })
    }

    /// A file or folder of it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether a part was made whole.
    pub fn has(&self, part: &str) -> bool {
        self.path(part).with_extension("ready").exists()
    }

    /// Notes that a part is whole.
    pub fn done(&self, part: &str) -> Outcome {
        Ok(std::fs::write(self.path(part).with_extension("ready"), "")?)
    }

    /// A folder for a part that is to be made anew.
    pub fn fresh(&self, part: &str) -> Outcome<PathBuf> {
        let folder = self.path(part);
        let mark = folder.with_extension("ready");
        if mark.exists() {
            std::fs::remove_file(mark)?;
        }
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The log as a file.
    pub fn log(&self) -> Outcome<PathBuf> {
        let path = self.path("log.ndjson");
        if !path.exists() {
            say(&format!("writing a log of {} events", self.events));
            Log::new(self.events).write(&path)?;
        }
        Ok(path)
    }

    /// The data folder of a platform that holds the log.
    pub async fn platform(&self) -> Outcome<PathBuf> {
        if self.has("platform") {
            return Ok(self.path("platform"));
        }
        let log = self.log()?;
        say(&format!("filling a platform with {} events", self.events));
        let folder = self.fresh("platform")?;
        let house = House::begin(&folder, Database::Folder).await?;
        ingest::send(&house, &log, self.events).await?;
        house.stop().await?;
        self.done("platform")?;
        Ok(folder)
    }

    /// A desk's folder with a copy of that platform.
    pub async fn desk(&self) -> Outcome<PathBuf> {
        if self.has("desk") {
            return Ok(self.path("desk"));
        }
        let platform = self.platform().await?;
        let folder = self.fresh("desk")?;
        let house = House::open(&platform).await?;
        say("syncing a desk");
        sync::first(&house, &folder).await?;
        house.stop().await?;
        self.done("desk")?;
        Ok(folder)
    }
}

/// Bytes of all files below a folder.
pub fn bytes_below(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += if data.is_dir() {
            bytes_below(&entry.path())?
        } else {
            data.len()
        };
    }
    Ok(bytes)
}
