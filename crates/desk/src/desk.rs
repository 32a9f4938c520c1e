//! One platform as this computer works with it: client, session, copy, trust.
//!
//! Everything that changes the copy or the trust goes through here, one at a time: within this
//! process by a mutex, between consoles on the same profile by a lock file.

mod place;
mod turn;

pub use turn::Step;

use crate::Error;
use crate::cache::{self, Cache};
use crate::home::{self, Home, Lock, ProfileFile, make_folder};
use crate::saved::Saved;
use crate::secret::Keeper;
use crate::session::Session;
use crate::trust::Trust;
use crate::view::status::{Connection, CopyState, Profile};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use vigia_client::Client;
use vigia_domain::access::Permission;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_domain::{Clock, Timestamp};
use vigia_wire::auth::Tokens;

/// When the copy was last level with the platform, in microseconds.
const SYNCED_AT: &str = "synced_at";
/// Whose eyes the copy was fetched with.
const VISIBILITY: &str = "visibility";
/// Who signed in. In the copy because it is about a person, and the copy is encrypted.
const EMAIL: &str = "email";
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
        let client = Client::new(&profile.url, &vigia_client::Trust::System)?;
        let folder = home.profile_folder(&profile.id);
        make_folder(&folder)?;
        let opening = folder.join("opening.lock");
        let held = tokio::task::spawn_blocking(move || home::lock(&opening)).await;
        let _held = held.map_err(|_| Error::not_signed_in())??;
        let place = place::place(home, &profile.id, &folder, keeper).await?;
        let cache = Cache::open(&place.path, &place.key).await?;
        let saved = Saved::open(&folder, &format!("{}/{}/saved", home.id(), profile.id), keeper).await?;
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
            saved,
            clock,
            connection: Mutex::new(connection),
            syncing: AtomicBool::new(false),
            turn: tokio::sync::Mutex::new(()),
            closing: CancellationToken::new(),
            fleeting: place.fleeting,
        })
    }

    /// Closes the copy; without a keyring it is removed.
    pub async fn close(&self) {
        self.closing.cancel();
        self.cache.close().await;
        self.saved.close().await;
        if let Some((path, _)) = &self.fleeting
            && let Err(error) = cache::remove(path)
        {
            tracing::warn!(%error, "the copy of a console without a keyring could not be removed");
        }
    }

    /// Cancelled when this platform is put away.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
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
    ///
    /// # Errors
    /// Where the copy fails.
    pub async fn profile_view(&self) -> Result<Profile, Error> {
        let profile = self.profile();
        let email = self
            .cache
            .state(EMAIL)
            .await?
            .and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(Profile {
            id: profile.id,
            url: profile.url,
            embedded: profile.embedded,
            email: email.filter(|email| profile.signed_in && !email.is_empty()),
            permissions: profile.permissions,
        })
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
        self.update_profile(|profile| profile.signed_in = true)?;
        self.look(&self.session.access().await?).await?;
        self.cache.set_state(EMAIL, email.as_bytes()).await?;
        self.set_connection(Connection::Idle);
        Ok(())
    }

    /// Forgets who signed in.
    ///
    /// # Errors
    /// Where the copy fails.
    pub async fn forget_email(&self) -> Result<(), Error> {
        Ok(self.cache.set_state(EMAIL, b"").await?)
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
