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
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// How often a process looks that hears nothing.
const LOOK_DEAF: Duration = Duration::from_millis(500);
/// How often a process looks that hears: for what a broken line did not carry.
const LOOK_HEARING: Duration = Duration::from_secs(5);

/// The task that watches. Dropping this ends it too.
pub(super) struct Watching {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Watching {
    /// Ends it, its own connection included.
    pub(super) async fn end(self) {
        // It may have ended already.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!(%error, "watching the ledger did not end well");
        }
    }
}

/// Notices what other processes do, for as long as it runs.
pub(super) struct Watch {
    pub platform: AnyPool,
    pub vault: Arc<Vault>,
    pub grown: watch::Sender<u64>,
    pub hears: AtomicBool,
}

impl Watch {
    pub(super) fn begin(self, at: Location) -> Watching {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mut listener = match at {
                Location::File(_) => None,
                Location::Schema(url, _) => Some(Listener::new(url)),
            };
            tokio::select! {
                () = self.look_often() => {}
                () = self.hear(listener.as_mut()) => {}
                _ = stopped => {}
            }
            if let Some(listener) = listener {
                listener.close().await;
            }
        });
        Watching { stop, task }
    }

    /// Never ends.
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

    /// Never ends.
    async fn hear(&self, listener: Option<&mut Listener>) {
        let Some(listener) = listener else {
            return std::future::pending().await;
        };
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
