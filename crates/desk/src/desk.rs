//! One platform as this computer works with it: client, session, copy, trust.
//!
//! Everything that changes the copy or the trust goes through here, one at a time: within this
//! process by a mutex, between consoles on the same profile by a lock file.

mod place;

use crate::Error;
use crate::cache::{self, Cache};
use crate::home::{self, Home, Lock, ProfileFile, make_folder};
use crate::secret::Keeper;
use crate::session::{Session, is_over};
use crate::sync::verify::{Extent, OwnCopy, own_copy};
use crate::sync::{Pulled, Stop, Sync};
use crate::trust::{Broken, Trust};
use crate::view::status::{Connection, CopyState, Profile};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vigia_client::Client;
use vigia_domain::access::Permission;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_domain::{Clock, Timestamp};
use vigia_wire::auth::Tokens;
use vigia_wire::{Code, Problem};

/// When the copy was last level with the platform, in microseconds.
const SYNCED_AT: &str = "synced_at";
/// Whose eyes the copy was fetched with.
const VISIBILITY: &str = "visibility";
/// Where the rolling audit goes on.
const AUDIT: &str = "audit";

/// One platform, opened.
pub struct Desk {
    home: Home,
    profile: Mutex<ProfileFile>,
    folder: PathBuf,
    pub(crate) client: Client,
    pub(crate) session: Session,
    pub(crate) cache: Cache,
    pub(crate) trust: Trust,
    clock: Arc<dyn Clock>,
    connection: Mutex<Connection>,
    syncing: AtomicBool,
    platform_size: AtomicU64,
    /// One sync or check at a time in this process.
    turn: tokio::sync::Mutex<()>,
    /// The copy of a console without a keyring, to be removed at the end.
    fleeting: Option<(PathBuf, Option<Lock>)>,
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
        let client = Client::new(&profile.url)?;
        let folder = home.profile_folder(&profile.id);
        make_folder(&folder)?;
        let opening = folder.join("opening.lock");
        let held = tokio::task::spawn_blocking(move || home::lock(&opening)).await;
        let _held = held.map_err(|_| Error::not_signed_in())??;
        let place = place::place(home, &profile.id, &folder, keeper).await?;
        let cache = Cache::open(&place.path, &place.key).await?;
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
            home: home.clone(),
            trust: Trust::new(&folder),
            profile: Mutex::new(profile),
            platform_size: AtomicU64::new(cache.range().await?.size()),
            folder,
            client,
            session,
            cache,
            clock,
            connection: Mutex::new(connection),
            syncing: AtomicBool::new(false),
            turn: tokio::sync::Mutex::new(()),
            fleeting: place.fleeting,
        })
    }

    /// Closes the copy; without a keyring it is removed.
    pub async fn close(&self) {
        self.cache.close().await;
        if let Some((path, _)) = &self.fleeting
            && let Err(error) = cache::remove(path)
        {
            tracing::warn!(%error, "the copy of a console without a keyring could not be removed");
        }
    }

    /// The profile as it is now.
    pub fn profile(&self) -> ProfileFile {
        self.profile
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn update_profile(&self, change: impl FnOnce(&mut ProfileFile)) -> Result<(), Error> {
        let mut profile = self.profile.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = profile.clone();
        change(&mut changed);
        if changed != *profile {
            self.home.save(&changed)?;
            *profile = changed;
        }
        Ok(())
    }

    /// The profile as the window shows it.
    pub fn profile_view(&self) -> Profile {
        let profile = self.profile();
        Profile {
            id: profile.id,
            url: profile.url,
            embedded: profile.embedded,
            email: profile.email.filter(|_| profile.signed_in),
            permissions: profile.permissions,
        }
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
            .and_then(|bytes| bytes.try_into().ok());
        Ok(CopyState {
            entries,
            platform_size: self.platform_size.load(Ordering::Relaxed).max(entries),
            synced_at: synced_at.and_then(|bytes| from_micros(i64::from_be_bytes(bytes))),
            syncing: self.syncing.load(Ordering::Relaxed),
            disk_bytes: self.cache.disk_bytes(),
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

    /// Keeps a new sign-in and what it may see.
    ///
    /// # Errors
    /// Where the keyring, a file or the platform fails.
    pub async fn signed_in(&self, tokens: Tokens, email: &str) -> Result<(), Error> {
        self.session.begin(tokens).await?;
        self.update_profile(|profile| {
            profile.email = Some(email.to_owned());
            profile.signed_in = true;
        })?;
        self.look(&self.session.access().await?).await?;
        self.set_connection(Connection::Idle);
        Ok(())
    }

    /// The session is over; the copy stays readable.
    ///
    /// # Errors
    /// Where a file fails.
    pub fn signed_out(&self) -> Result<(), Error> {
        self.update_profile(|profile| profile.signed_in = false)?;
        self.set_connection(Connection::SignedOut);
        Ok(())
    }

    /// Asks what the session may see. Where that has changed, the copy is emptied and fetched
    /// anew, so that what may not be seen any more is gone and what may be seen now comes.
    async fn look(&self, access: &str) -> Result<(), Error> {
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
        self.update_profile(|profile| {
            profile.permissions = session.permissions;
            profile.email = session.email.or(profile.email.take());
        })
    }

    /// Takes the copy for itself among all consoles on this profile.
    fn take(&self) -> Result<Lock, Error> {
        home::try_lock(&self.folder.join("sync.lock"))?.ok_or_else(|| {
            let detail = "another console on this computer is working on this copy; try again in a moment";
            Error::Request(Problem::new(Code::Conflict, detail).retry_after(2))
        })
    }

    fn sync<'a>(&'a self) -> Sync<'a> {
        Sync {
            client: &self.client,
            cache: &self.cache,
            trust: &self.trust,
            now: self.now(),
        }
    }

    /// Turns a finding into kept evidence, and the end of a session into being signed out.
    fn judge(&self, stop: Stop) -> Error {
        match stop {
            Stop::Failed(error) => {
                if let Error::Platform(problem) = &error
                    && is_over(problem)
                    && let Err(error) = self.signed_out()
                {
                    tracing::warn!(error = %error.with_causes(), "the end of the session was not noted");
                }
                error
            }
            Stop::Finding(finding) => match self.trust.report(*finding, self.now()) {
                Ok(broken) => Error::Broken(Box::new(broken)),
                Err(error) => error,
            },
        }
    }

    fn standing(&self) -> Result<Option<Broken>, Error> {
        self.trust.broken()
    }

    /// Brings the copy level with the platform. While a finding stands, nothing is pulled.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed.
    pub async fn pull(&self, progress: impl FnMut(Pulled)) -> Result<Pulled, Error> {
        let _turn = self.turn.lock().await;
        let _lock = self.take()?;
        if let Some(broken) = self.standing()? {
            return Err(Error::Broken(Box::new(broken)));
        }
        self.syncing.store(true, Ordering::Relaxed);
        let pulled = self.pull_now(progress).await;
        self.syncing.store(false, Ordering::Relaxed);
        pulled.map_err(|stop| self.judge(stop))
    }

    async fn pull_now(&self, mut progress: impl FnMut(Pulled)) -> Result<Pulled, Stop> {
        let sync = self.sync();
        sync.checkpoint().await?;
        let access = self.session.access().await?;
        self.look(&access).await?;
        let noted = |pulled: Pulled| {
            self.platform_size.store(pulled.platform_size, Ordering::Relaxed);
            progress(pulled);
        };
        let pulled = sync.pull(&access, noted).await?;
        self.platform_size.store(pulled.platform_size, Ordering::Relaxed);
        self.level().await?;
        Ok(pulled)
    }

    /// Checks the own copy; then, where the platform answers, every entry of it anew. A finding
    /// that stood is lifted when everything fits again.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed, after the own copy was checked.
    pub async fn verify(&self, mut told: impl FnMut(Step)) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let _lock = self.take()?;
        self.syncing.store(true, Ordering::Relaxed);
        let verified = self.verify_now(&mut told).await;
        self.syncing.store(false, Ordering::Relaxed);
        verified.map_err(|stop| self.judge(stop))
    }

    async fn verify_now(&self, told: &mut impl FnMut(Step)) -> Result<(), Stop> {
        told(Step::OwnCopy(own_copy(&self.cache, &self.trust).await?));
        let sync = self.sync();
        sync.checkpoint().await?;
        let access = self.session.access().await?;
        let total = self.cache.range().await?.size();
        let fetched = sync
            .refetch(&access, Extent::Whole, |done| told(Step::Fetched { done, total }))
            .await?;
        // What is new since the copy was last level: proven as in every sync.
        let pulled = sync.pull(&access, |_| {}).await?;
        self.platform_size.store(pulled.platform_size, Ordering::Relaxed);
        self.level().await?;
        if let Some((kept, _)) = self.trust.last()? {
            self.trust.keep(&kept.note, self.now(), true)?;
        }
        self.trust.resolve()?;
        told(Step::Whole {
            entries: fetched + pulled.entries,
        });
        Ok(())
    }

    /// One step of the rolling audit: some old entries fetched anew and compared.
    ///
    /// # Errors
    /// `ledger_broken` with the finding; otherwise what failed.
    pub async fn audit(&self, entries: u64) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let _lock = self.take()?;
        if self.standing()?.is_some() {
            return Ok(());
        }
        let kept = self
            .cache
            .state(AUDIT)
            .await?
            .and_then(|bytes| bytes.try_into().ok());
        let size = self.cache.range().await?.size();
        let from = kept.map_or(0, u64::from_be_bytes);
        let from = if from >= size { 0 } else { from };
        let access = self.session.access().await?;
        let step = self
            .sync()
            .refetch(&access, Extent::Part { from, entries }, |_| {})
            .await;
        let done = step.map_err(|stop| self.judge(stop))?;
        Ok(self.cache.set_state(AUDIT, &(from + done).to_be_bytes()).await?)
    }
}

/// How far a verification has come.
#[derive(Debug, Clone)]
pub enum Step {
    /// The own copy is what was verified.
    OwnCopy(OwnCopy),
    /// Entries fetched anew so far.
    Fetched {
        /// So many.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// Everything fits.
    Whole {
        /// So many entries.
        entries: u64,
    },
}
