//! The console: every operation behind one type, cheap to clone.
//!
//! The methods named in `commands.rs` are what the window and the test host call; `vigiactl` calls
//! the same ones where it does the same. Deliberately absent: how anything is drawn.

mod access;
mod chart;
mod command;
mod desktop;
mod export;
mod job;
mod ledger;
mod older;
mod open;
mod platform;
mod profile;
mod saved;
mod sign_in;

use crate::desk::{Desk, Step};
use crate::edge::SystemClock;
use crate::home::Home;
use crate::job::Jobs;
use crate::older::Older;
use crate::secret::{Keeper, Secrets, SystemKeyring};
use crate::sync::Pulled;
use crate::view::event::{Range, SearchRequest};
use crate::view::status::{Connection, CopyState, Integrity, Phase, Status};
use crate::{Error, query, search};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{RwLock, broadcast};
use vigia_domain::Clock;
use vigia_wire::Problem;

/// The platforms that are open, by their profiles' ids.
#[derive(Default)]
struct Desks {
    /// The one that the window shows.
    in_use: Option<String>,
    open: BTreeMap<String, Arc<Desk>>,
}

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
    /// The search of the platform.
    Older,
    /// The platforms of this console.
    Profiles,
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
        Self::Older,
        Self::Desktop,
        Self::Profiles,
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
            Self::Older => "older",
            Self::Profiles => "profiles",
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
    desks: RwLock<Desks>,
    /// One platform is opened or closed at a time.
    entering: tokio::sync::Mutex<()>,
    changes: broadcast::Sender<Topic>,
    jobs: Jobs,
    older: Older,
    desktop: crate::desktop::Desktop,
    /// Whether this console keeps itself up to date.
    background: bool,
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
        let home = Home::from_environment()?;
        Self::open_with(home, Arc::new(SystemKeyring), Arc::new(SystemClock), true, None).await
    }

    /// Opens the console; it keeps its copy up to date until it is closed.
    ///
    /// # Errors
    /// Where its folder or the profile in use cannot be opened.
    pub async fn open(home: Home, secrets: Box<dyn Secrets>, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        Self::open_with(home, Arc::from(secrets), clock, true, None)
            .await
            .map_err(|error| error.problem())
    }

    /// Opens the console for a few operations; nothing happens by itself. `profile` names the
    /// platform that is meant, where it is not the one in use.
    ///
    /// # Errors
    /// Where its folder or the profile cannot be opened; `not_found` where there is no such profile.
    pub async fn open_once(
        home: Home,
        secrets: Box<dyn Secrets>,
        clock: Arc<dyn Clock>,
        profile: Option<&str>,
    ) -> Result<Self, Error> {
        Self::open_with(home, Arc::from(secrets), clock, false, profile).await
    }

    async fn open_with(
        home: Home,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        background: bool,
        wanted: Option<&str>,
    ) -> Result<Self, Error> {
        let keeper = Keeper::new(secrets).await;
        let (changes, _) = broadcast::channel(CHANGES_AHEAD);
        let console = Self(Arc::new(Inner {
            home,
            keeper,
            clock,
            desks: RwLock::new(Desks::default()),
            entering: tokio::sync::Mutex::new(()),
            jobs: Jobs::new(changes.clone()),
            older: Older::new(changes.clone()),
            desktop: crate::desktop::Desktop::default(),
            changes,
            background,
            #[cfg(feature = "embedded")]
            platform: tokio::sync::Mutex::new(None),
        }));
        let profile = match wanted {
            Some(wanted) => Some(console.profile_named(wanted)?),
            None => console.0.home.profile()?,
        };
        if let Some(profile) = profile {
            console.enter(profile).await?;
        }
        if background {
            console.enter_others();
            console.clear_downloads();
        }
        Ok(console)
    }

    /// Stops everything: the background, the embedded platform, the copies.
    pub async fn close(&self) {
        self.0.jobs.close().await;
        let desks = std::mem::take(&mut *self.0.desks.write().await);
        for desk in desks.open.values() {
            desk.end_live();
        }
        for desk in desks.open.into_values() {
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
        self.0.keeper.state()
    }

    /// News of one platform: of its events the window hears only while it shows them.
    pub(crate) fn tell_of(&self, desk: &Desk, topics: &[Topic]) {
        let shown = match self.0.desks.try_read() {
            Ok(desks) => desks.in_use.as_deref() == Some(desk.profile_id()),
            // It is being changed: better one word too many.
            Err(_) => true,
        };
        for topic in topics {
            match topic {
                Topic::Status => self.tell(&[Topic::Status, Topic::Profiles]),
                topic if shown => self.tell(&[*topic]),
                _ => {}
            }
        }
    }

    pub(crate) async fn status_now(&self) -> Result<Status, Error> {
        let keyring = self.keyring();
        let Some(desk) = self.shown().await else {
            let copy = CopyState::default();
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
        let (desk, copy) = match desk.copy().await {
            // Whoever looks first begins it anew; a search would have come upon it, too.
            Err(error) if error.is_damage() => {
                let fresh = Box::pin(self.mend(&desk)).await.ok_or(error)?;
                let copy = fresh.copy().await?;
                (fresh, copy)
            }
            copy => (desk, copy?),
        };
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
        let mut progress = progress;
        let mut pulled = desk.pull(&mut progress).await;
        if pulled.is_ok() && !self.0.background {
            // Nobody looks after this console's copy by and by.
            pulled = match desk.look_through().await {
                Ok(()) => pulled,
                Err(error) => Err(error),
            };
        }
        if let Err(error) = &pulled
            && error.is_damage()
            && let Some(fresh) = self.mend(&desk).await
        {
            pulled = fresh.pull(progress).await;
        }
        self.tell(&[Topic::Status, Topic::Events]);
        pulled
    }

    /// How many events pass.
    ///
    /// # Errors
    /// Where the query is none, or the copy fails.
    pub async fn count(&self, query: &str, range: Range) -> Result<u64, Error> {
        let desk = self.desk().await?;
        let counted = search::count(&desk.cache, &query::parse(query)?, range).await;
        counted.inspect_err(|error| self.mend_later(&desk, error))
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
    pub async fn verify(&self, mut told: impl FnMut(Step)) -> Result<(), Error> {
        let desk = self.desk().await?;
        let mut verified = desk.verify(&mut told).await;
        if let Err(error) = &verified
            && error.is_damage()
            && let Some(fresh) = self.mend(&desk).await
        {
            verified = match fresh.pull(|_| {}).await {
                // A finding that stands is what verifying judges anew.
                Ok(_) | Err(Error::Broken(_)) => fresh.verify(told).await,
                Err(error) => Err(error),
            };
        }
        self.tell(&[Topic::Status, Topic::Events]);
        verified
    }
}
