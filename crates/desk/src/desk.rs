//! One platform as this computer works with it: client, session, copy, trust.
//!
//! Everything that changes the copy or the trust goes through here, one at a time: within this
//! process by a mutex, between consoles on the same profile by a lock file.

mod keep;
mod place;
mod profile;
mod turn;

pub use profile::name_of;
pub use turn::Step;

use crate::Error;
use crate::cache::{self, Cache};
use crate::home::{self, Home, Lock, ProfileFile, make_folder};
use crate::saved::Saved;
use crate::secret::Keeper;
use crate::session::Session;
use crate::trust::Trust;
use crate::view::status::{Connection, CopyState};
use chrono::TimeDelta;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use vigia_client::Client;
use vigia_domain::access::Permission;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_domain::{Clock, Timestamp};
use vigia_wire::{Code, Problem};

/// When the copy was last level with the platform, in microseconds.
const SYNCED_AT: &str = "synced_at";
/// Whose eyes the copy was fetched with.
const VISIBILITY: &str = "visibility";
/// Who signed in. In the copy because it is about a person, and the copy is encrypted.
const EMAIL: &str = "email";
/// Where the rolling audit goes on.
const AUDIT: &str = "audit";
/// A copy that was last level longer ago than this is called stale, in seconds.
const STALE_SECONDS: i64 = 600;

/// One platform, opened.
pub struct Desk {
    home: Home,
    id: String,
    profile: Mutex<ProfileFile>,
    folder: PathBuf,
    /// The copy's file.
    copy: PathBuf,
    pub(crate) client: Client,
    pub(crate) session: Session,
    pub(crate) cache: Cache,
    pub(crate) saved: Saved,
    pub(crate) trust: Trust,
    clock: Arc<dyn Clock>,
    connection: Mutex<Connection>,
    syncing: AtomicBool,
    platform_size: AtomicU64,
    /// One sync or check at a time in this process.
    turn: tokio::sync::Mutex<()>,
    /// Long work on this platform stops when it is put away.
    closing: CancellationToken,
    /// The copy of a console without a keyring, to be removed at the end.
    fleeting: Option<(PathBuf, Option<Lock>)>,
    /// Says to other consoles that the copy is in use, so that none begins it anew.
    in_use: Mutex<Option<Lock>>,
    /// When the copy was found damaged and begun anew.
    rebuilt_at: Mutex<Option<Timestamp>>,
    /// Why the copy cannot be brought level although the platform answers.
    trouble: Mutex<Option<Problem>>,
    /// Stops what keeps it up to date.
    live: Mutex<CancellationToken>,
    /// Somebody wants it level now.
    wanted: Notify,
}

impl Desk {
    /// Opens a profile: its copy, its trust, its session.
    ///
    /// # Errors
    /// Where a file or the keyring fails.
    pub async fn open(
        home: &Home,
        profile: ProfileFile,
        keeper: &Keeper,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let client = Client::new(&profile.url, &profile.tls.trust()?)?;
        let folder = home.profile_folder(&profile.id);
        make_folder(&folder)?;
        let opening = folder.join("opening.lock");
        let held = tokio::task::spawn_blocking(move || home::lock(&opening)).await;
        let _held = held.map_err(|_| Error::not_signed_in())??;
        let place = place::place(home, &profile.id, &folder, keeper).await?;
        let (damaged, in_use) = place.enter(&folder).await?;
        let cache = Cache::open(&place.path, &place.key).await?;
        let saved = Saved::open(&folder, &format!("{}/{}/saved", home.id(), profile.id), keeper).await?;
        let rebuilt_at = damaged.then(|| clock.now());
        let secret = format!("{}/{}/session", home.id(), profile.id);
        let session = Session::new(
            client.clone(),
            keeper.clone(),
            Arc::clone(&clock),
            secret,
            folder.join("session.lock"),
        );
        let connection = if profile.signed_in {
            Connection::Idle
        } else {
            Connection::SignedOut
        };
        Ok(Self {
            id: profile.id.clone(),
            home: home.clone(),
            trust: Trust::new(&folder),
            profile: Mutex::new(profile),
            platform_size: AtomicU64::new(cache.range().await?.size()),
            folder,
            client,
            session,
            cache,
            saved,
            clock,
            connection: Mutex::new(connection),
            syncing: AtomicBool::new(false),
            turn: tokio::sync::Mutex::new(()),
            closing: CancellationToken::new(),
            fleeting: place.fleeting,
            in_use: Mutex::new(in_use),
            rebuilt_at: Mutex::new(rebuilt_at),
            copy: place.path,
            trouble: Mutex::new(None),
            live: Mutex::new(CancellationToken::new()),
            wanted: Notify::new(),
        })
    }

    /// Closes the copy; without a keyring it is removed.
    pub async fn close(&self) {
        self.closing.cancel();
        self.cache.close().await;
        self.saved.close().await;
        *self.in_use.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some((path, _)) = &self.fleeting
            && let Err(error) = cache::remove(path)
        {
            tracing::warn!(%error, "the copy of a console without a keyring could not be removed");
        }
    }

    /// Removes the copy of a platform that was closed.
    ///
    /// # Errors
    /// Where another console uses it, or the file cannot be removed.
    pub fn discard(&self) -> Result<(), Error> {
        let Some(_alone) = home::try_lock(&self.folder.join("copy.lock"))? else {
            let detail = "removing the copy: another console on this computer uses it; close that one first";
            return Err(Error::Request(Problem::new(Code::Conflict, detail)));
        };
        Ok(cache::remove(&self.copy)?)
    }

    /// The copy did not read back and was begun anew.
    pub fn note_rebuilt(&self) {
        *self.rebuilt_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.now());
    }

    /// Cancelled when this platform is put away.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Its id on this computer.
    pub fn profile_id(&self) -> &str {
        &self.id
    }

    /// The profile as it is now.
    pub fn profile(&self) -> ProfileFile {
        self.profile
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether secrets and copy end with this process.
    pub fn is_fleeting(&self) -> bool {
        self.fleeting.is_some()
    }

    /// Begins to keep it up to date: gives what stops that, and stops whatever did before.
    pub fn begin_live(&self) -> CancellationToken {
        let stop = self.closing.child_token();
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.cancel();
        live.clone_from(&stop);
        stop
    }

    /// Stops keeping it up to date.
    pub fn end_live(&self) {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    /// Wakes whatever keeps it up to date.
    pub fn want(&self) {
        self.wanted.notify_one();
    }

    /// Waits until somebody wants it level.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Why it cannot be brought level although the platform answers.
    pub fn trouble(&self) -> Option<Problem> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes why, or that nothing stands in the way any more; says whether that is news.
    pub fn set_trouble(&self, problem: Option<Problem>) -> bool {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let news = *trouble != problem;
        *trouble = problem;
        news
    }

    /// The size of the platform's log at last word.
    pub fn platform_size(&self) -> u64 {
        self.platform_size.load(Ordering::Relaxed)
    }

    /// How the platform answers.
    pub fn connection(&self) -> Connection {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes how the platform answers; says whether that is news.
    pub fn set_connection(&self, connection: Connection) -> bool {
        let mut current = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let news = *current != connection;
        *current = connection;
        news
    }

    /// How fresh and how large the copy is.
    ///
    /// # Errors
    /// Where the copy fails.
    pub async fn copy(&self) -> Result<CopyState, Error> {
        let entries = self.cache.range().await?.size();
        let synced_at = self
            .cache
            .state(SYNCED_AT)
            .await?
            .and_then(|bytes| bytes.try_into().ok())
            .and_then(|bytes| from_micros(i64::from_be_bytes(bytes)));
        let limit = TimeDelta::seconds(STALE_SECONDS);
        Ok(CopyState {
            entries,
            platform_size: self.platform_size().max(entries),
            synced_at,
            syncing: self.syncing.load(Ordering::Relaxed),
            disk_bytes: self.cache.disk_bytes(),
            first: self.cache.base().await?.size(),
            covers_from: self.cache.covers_from().await?,
            stale: synced_at.is_some_and(|at| self.now() - at > limit),
            rebuilt_at: *self.rebuilt_at.lock().unwrap_or_else(PoisonError::into_inner),
            problem: self.trouble(),
        })
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The copy is level with the platform now.
    ///
    /// # Errors
    /// Where the copy fails.
    pub async fn level(&self) -> Result<(), Error> {
        let now = to_micros(self.now()).to_be_bytes();
        Ok(self.cache.set_state(SYNCED_AT, &now).await?)
    }

    /// Asks what the session may see, with another access token where the platform does not take
    /// this one any more.
    pub(super) async fn see(&self) -> Result<(), Error> {
        let access = self.session.access().await?;
        match self.look(&access).await {
            Err(Error::Platform(problem)) if problem.code == Code::NotSignedIn => {
                let access = self.session.renew(&access).await?;
                self.look(&access).await
            }
            looked => looked,
        }
    }

    /// Asks what the session may see. Where that has changed, the copy is emptied and fetched
    /// anew, so that what may not be seen any more is gone and what may be seen now comes.
    pub(super) async fn look(&self, access: &str) -> Result<(), Error> {
        let session = self.client.session(access).await?;
        let may = |wanted: &str| {
            let wanted: Option<Permission> = wanted.parse().ok();
            let has = session
                .permissions
                .iter()
                .filter_map(|text| text.parse::<Permission>().ok());
            wanted.is_some_and(|wanted| has.into_iter().any(|has| has.covers(&wanted)))
        };
        let visibility = format!("events:{} pii:{}", may("events:read"), may("pii:read"));
        match self.cache.state(VISIBILITY).await? {
            Some(before) if before != visibility.as_bytes() => {
                tracing::info!("what may be seen has changed; the copy is fetched anew");
                self.cache.clear().await?;
                self.cache.set_state(VISIBILITY, visibility.as_bytes()).await?;
            }
            Some(_) => {}
            None => self.cache.set_state(VISIBILITY, visibility.as_bytes()).await?,
        }
        if let Some(email) = session.email {
            self.cache.set_state(EMAIL, email.as_bytes()).await?;
        }
        self.update_profile(|profile| profile.permissions = session.permissions)
    }
}
