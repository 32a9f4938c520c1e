//! What other processes append and erase: heard where the engine tells it, looked for where not.
//!
//! Must stay true: the size that is shown never falls; a key that another process erased is dropped
//! here within seconds even where nobody reads. Nothing depends on hearing: every use of a key
//! compares generations, every append reads the head.

use crate::append::report;
use crate::engine::{Listener, Location, News};
use crate::error::{Error, Result};
use crate::head;
use crate::vault::Vault;
use sqlx::AnyPool;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How often a process looks that hears nothing.
const LOOK_DEAF: Duration = Duration::from_millis(500);
/// How often a process looks that hears: for what a broken line did not carry.
const LOOK_HEARING: Duration = Duration::from_secs(5);

/// Notices what other processes do, for as long as it runs.
pub(super) struct Watch {
    pub platform: AnyPool,
    pub vault: Arc<Vault>,
    pub grown: watch::Sender<u64>,
    pub hears: AtomicBool,
}

impl Watch {
    /// Never ends.
    pub(super) async fn run(self, at: Location) {
        match at {
            Location::File(_) => self.look_often().await,
            Location::Schema(url, _) => {
                tokio::join!(self.look_often(), self.hear(Listener::new(url)));
            }
        }
    }

    async fn look_often(&self) {
        loop {
            self.look().await;
            let pause = if self.hears.load(Ordering::Relaxed) {
                LOOK_HEARING
            } else {
                LOOK_DEAF
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn hear(&self, mut listener: Listener) {
        loop {
            let news = listener.next().await;
            self.hears.store(listener.hears(), Ordering::Relaxed);
            match news {
                News::Grown(size) => self.note(size),
                News::Keys => self.look_at_keys().await,
                News::Look => self.look().await,
            }
        }
    }

    async fn look(&self) {
        match self.size().await {
            Ok(size) => self.note(size),
            Err(error) => tracing::warn!(error = %report(&error), "watching the ledger"),
        }
        self.look_at_keys().await;
    }

    async fn look_at_keys(&self) {
        if let Err(error) = self.vault.refresh_idle().await {
            tracing::warn!(error = %report(&error), "watching the vault");
        }
    }

    async fn size(&self) -> Result<u64> {
        let failed = Error::sql("watching the ledger");
        let mut connection = self.platform.acquire().await.map_err(failed)?;
        head::size(&mut connection).await
    }

    fn note(&self, size: u64) {
        self.grown.send_if_modified(|known| {
            let grew = *known < size;
            *known = size.max(*known);
            grew
        });
    }
}
