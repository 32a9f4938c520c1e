//! How many searches run, so that a few of them leave room for everything else, and how much they have
//! read so far.

use crate::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Searches at the same time; one more is told to come again.
const MOST: usize = 8;

/// All searches of a platform.
#[derive(Clone)]
pub struct Searches {
    room: Arc<Semaphore>,
    running: watch::Sender<usize>,
    scanned: Arc<AtomicU64>,
}

impl Default for Searches {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(MOST)),
            running: watch::channel(0).0,
            scanned: Arc::default(),
        }
    }
}

impl Searches {
    /// Begins one.
    ///
    /// # Errors
    /// `Busy` where too many run.
    pub fn begin(&self) -> Result<Running, Error> {
        let room = Arc::clone(&self.room)
            .try_acquire_owned()
            .map_err(|_| Error::Busy)?;
        self.running.send_modify(|running| *running += 1);
        Ok(Running {
            all: self.clone(),
            _room: room,
        })
    }

    /// How many run, now and whenever that changes.
    #[must_use]
    pub fn running(&self) -> watch::Receiver<usize> {
        self.running.subscribe()
    }

    /// Entries that searches have looked at since the platform was opened.
    #[must_use]
    pub fn scanned(&self) -> u64 {
        self.scanned.load(Ordering::Relaxed)
    }
}

/// One search, until it is dropped.
pub struct Running {
    all: Searches,
    _room: OwnedSemaphorePermit,
}

impl Running {
    /// Counts entries that were looked at.
    pub fn scanned(&self, entries: u64) {
        self.all.scanned.fetch_add(entries, Ordering::Relaxed);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.all
            .running
            .send_modify(|running| *running = running.saturating_sub(1));
    }
}
