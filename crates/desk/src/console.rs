//! The console: every operation behind one type, cheap to clone.
//!
//! The methods named in `commands.rs` are what the window and the test host call; `vigiactl` calls
//! the same ones where it does the same. Deliberately absent: how anything is drawn.

mod command;
mod export;
mod desktop;
mod job;
mod ledger;
mod platform;
mod saved;
mod sign_in;

use crate::desk::{Desk, Step};
use crate::edge::SystemClock;
use crate::home::Home;
use crate::job::Jobs;
use crate::secret::{Keeper, Secrets, SystemKeyring};
use crate::sync::Pulled;
use crate::view::event::{Range, SearchRequest};
use crate::view::status::{Connection, CopyState, Integrity, Phase, Status};
use crate::{Error, live, query, search};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::{RwLock, broadcast};
use tokio_util::sync::CancellationToken;
use vigia_domain::Clock;
use vigia_wire::Problem;

/// News that wait for a slow listener.
const CHANGES_AHEAD: usize = 64;

/// What may have changed; the window asks again for what it shows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Where the console stands.
    Status,
    /// The copy.
    Events,
    /// The settings.
    Settings,
    /// Long work.
    Jobs,
    /// Saved and recent searches, and columns.
    Saved,
    /// What the desktop offers, or a link that waits.
    Desktop,
}

impl Topic {
    /// Every topic: what a listener is told that fell behind.
    pub const ALL: &[Self] = &[
        Self::Status,
        Self::Events,
        Self::Settings,
        Self::Jobs,
        Self::Saved,
        Self::Desktop,
    ];

    /// The word that the window knows it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Events => "events",
            Self::Settings => "settings",
            Self::Jobs => "jobs",
            Self::Saved => "saved",
            Self::Desktop => "desktop",
        }
    }
}

/// The console.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    home: Home,
    keeper: Keeper,
    clock: Arc<dyn Clock>,
    desk: RwLock<Option<Arc<Desk>>>,
    changes: broadcast::Sender<Topic>,
    jobs: Jobs,
    desktop: crate::desktop::Desktop,
    /// Whether this console keeps itself up to date, and what stops it.
    background: Option<std::sync::Mutex<CancellationToken>>,
    #[cfg(feature = "embedded")]
    platform: tokio::sync::Mutex<Option<crate::embedded::Running>>,
}

impl Console {
    /// Opens the console of this computer's user: the folder that `VIGIA_HOME` names or the
    /// system's, the system's keyring, the computer's clock.
    ///
    /// # Errors
    /// Where the folder or the profile in use cannot be opened.
    pub async fn open_on_this_computer() -> Result<Self, Error> {
        let background = Some(std::sync::Mutex::new(CancellationToken::new()));
        Self::open_with(
            Home::from_environment()?,
            Arc::new(SystemKeyring),
            Arc::new(SystemClock),
            background,
        )
        .await
    }

    /// Opens the console; it keeps its copy up to date until it is closed.
    ///
    /// # Errors
    /// Where its folder or the profile in use cannot be opened.
    pub async fn open(home: Home, secrets: Box<dyn Secrets>, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        let background = Some(std::sync::Mutex::new(CancellationToken::new()));
        Self::open_with(home, Arc::from(secrets), clock, background)
            .await
            .map_err(|error| error.problem())
    }

    /// Opens the console for a few operations; nothing happens by itself.
    ///
    /// # Errors
    /// Where its folder or the profile in use cannot be opened.
    pub async fn open_once(
        home: Home,
        secrets: Box<dyn Secrets>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        Self::open_with(home, Arc::from(secrets), clock, None).await
    }

    async fn open_with(
        home: Home,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        background: Option<std::sync::Mutex<CancellationToken>>,
    ) -> Result<Self, Error> {
        let keeper = Keeper::new(secrets).await;
        let (changes, _) = broadcast::channel(CHANGES_AHEAD);
        let console = Self(Arc::new(Inner {
            home,
            keeper,
            clock,
            desk: RwLock::new(None),
            jobs: Jobs::new(changes.clone()),
            desktop: crate::desktop::Desktop::default(),
            changes,
            background,
            #[cfg(feature = "embedded")]
            platform: tokio::sync::Mutex::new(None),
        }));
        if let Some(profile) = console.0.home.profile()? {
            #[cfg(feature = "embedded")]
            let profile = console.start_embedded(profile).await?;
            let desk = Desk::open(
                &console.0.home,
                profile,
                &console.0.keeper,
                Arc::clone(&console.0.clock),
            )
            .await?;
            *console.0.desk.write().await = Some(Arc::new(desk));
            console.go_live().await;
        }
        Ok(console)
    }

    /// Stops everything: the background, the embedded platform, the copy.
    pub async fn close(&self) {
        self.stop_background();
        self.0.jobs.close().await;
        if let Some(desk) = self.0.desk.write().await.take() {
            desk.close().await;
        }
        #[cfg(feature = "embedded")]
        self.stop_platform().await;
    }

    /// News of what may have changed.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Topic> {
        self.0.changes.subscribe()
    }

    pub(crate) fn tell(&self, topics: &[Topic]) {
        for topic in topics {
            // Nobody listening is no failure.
            let _ = self.0.changes.send(*topic);
        }
    }

    /// Long work of this console.
    #[must_use]
    pub fn long_work(&self) -> &Jobs {
        &self.0.jobs
    }

    /// Where secrets are kept.
    #[must_use]
    pub fn keyring(&self) -> crate::view::status::Keyring {
        self.0.keeper.state().clone()
    }

    async fn go_live(&self) {
        let Some(background) = &self.0.background else {
            return;
        };
        self.stop_background();
        let stop = CancellationToken::new();
        *background
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = stop.clone();
        if let Some(desk) = self
            .0
            .desk
            .read()
            .await
            .clone()
            .filter(|desk| desk.profile().signed_in)
        {
            tokio::spawn(live::run(self.clone(), desk, stop));
        }
    }

    fn stop_background(&self) {
        if let Some(background) = &self.0.background {
            background
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .cancel();
        }
    }

    pub(crate) async fn desk(&self) -> Result<Arc<Desk>, Error> {
        self.0.desk.read().await.clone().ok_or_else(Error::not_signed_in)
    }

    pub(crate) async fn status_now(&self) -> Result<Status, Error> {
        let keyring = self.keyring();
        let Some(desk) = self.0.desk.read().await.clone() else {
            let copy = CopyState {
                entries: 0,
                platform_size: 0,
                synced_at: None,
                syncing: false,
                disk_bytes: 0,
            };
            let (phase, connection, integrity) = (Phase::Setup, Connection::Idle, Integrity::Unchecked);
            return Ok(Status {
                phase,
                profile: None,
                connection,
                copy,
                integrity,
                keyring,
            });
        };
        let copy = desk.copy().await?;
        let signed_in = desk.profile().signed_in;
        let phase = if signed_in || copy.entries > 0 {
            Phase::Ready
        } else {
            Phase::SignedOut
        };
        Ok(Status {
            phase,
            profile: Some(desk.profile_view().await?),
            connection: desk.connection(),
            copy,
            integrity: desk.trust.integrity()?,
            keyring,
        })
    }

    /// Brings the copy level; `progress` hears of each page.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed.
    pub async fn pull(&self, progress: impl FnMut(Pulled)) -> Result<Pulled, Error> {
        let desk = self.desk().await?;
        let pulled = desk.pull(progress).await;
        self.tell(&[Topic::Status, Topic::Events]);
        pulled
    }

    /// How many events pass.
    ///
    /// # Errors
    /// Where the query is none, or the copy fails.
    pub async fn count(&self, query: &str, range: Range) -> Result<u64, Error> {
        let desk = self.desk().await?;
        search::count(&desk.cache, &query::parse(query)?, range).await
    }

    /// Some events of a search as nested JSON.
    ///
    /// # Errors
    /// Where the query is none, or the copy fails.
    pub async fn events_json(&self, request: &SearchRequest) -> Result<Vec<Value>, Error> {
        let desk = self.desk().await?;
        search::json(&desk.cache, request).await
    }

    /// Verifies everything; `told` hears of each step.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed.
    pub async fn verify(&self, told: impl FnMut(Step)) -> Result<(), Error> {
        let desk = self.desk().await?;
        let verified = desk.verify(told).await;
        self.tell(&[Topic::Status, Topic::Events]);
        verified
    }
}
