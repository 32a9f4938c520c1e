//! A platform: a data folder, opened, and everything that serves it. The binary and the desktop
//! console start the same one.

use crate::account::NewAccount;
use crate::auth::limiter::LoginLimiter;
use crate::auth::password::Passwords;
use crate::auth::refresh::RefreshTokens;
use crate::auth::refusal::{Coalesced, Refusals, Who};
use crate::auth::token::Tokens;
use crate::event::{self, Origin};
use crate::http::body::Budget;
use crate::reading::Readings;
use crate::search::{Cursors, Searches};
use crate::{Error, account, edge, router, sample};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use vigia_domain::access::{Action, BuiltInRole, Context, Permit, Requester, authorize};
use vigia_domain::{Clock, Kind, Timestamp};
use vigia_store::{Authority, Options, Store};

/// How often coalesced refusals are looked through, in seconds.
const REFUSALS_SECONDS: u64 = 1;
/// How long a stop waits for requests under way, in seconds.
const STOP_SECONDS: u64 = 10;

/// An open platform. Cheap to clone; all clones are the same platform.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    tokens: Tokens,
    refresh_tokens: RefreshTokens,
    passwords: Passwords,
    limiter: LoginLimiter,
    refusals: Refusals,
    readings: Readings,
    cursors: Cursors,
    searches: Searches,
    budget: Budget,
    sample: Mutex<sample::Known>,
    stopping: CancellationToken,
}

impl Platform {
    /// Makes a platform in an empty folder, with its first administrator.
    ///
    /// # Errors
    /// An e-mail or password that is not taken; a folder that holds a platform already.
    pub async fn init(options: Options, email: &str, password: &str) -> Result<Self, Error> {
        account::judge(email, password)?;
        let clock = Arc::clone(&options.clock);
        let origin = format!("vigia.local/{}", hex::encode(edge::random::<8>()?));
        let platform = Self::around(Store::init(options, &origin).await?, clock)?;
        let origin = platform.operator();
        let begun = origin.event(Kind::PLATFORM_INITIALIZED, "Platform initialised")?;
        let role = BuiltInRole::Admin;
        let administrator = NewAccount {
            email,
            password,
            role,
        };
        let (permit, store, passwords) = (operator_may(origin.now)?, platform.store(), platform.passwords());
        account::create(store, &permit, passwords, &origin, administrator, vec![begun]).await?;
        Ok(platform)
    }

    /// Opens a platform.
    ///
    /// # Errors
    /// A folder that holds none, or whose files do not belong together.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let clock = Arc::clone(&options.clock);
        Self::around(Store::open(options).await?, clock)
    }

    fn around(store: Store, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let seed = store.token_seed()?;
        let tokens = Tokens::new(&seed, store.verifier().origin())?;
        let refresh_tokens = RefreshTokens::new(&seed);
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            tokens,
            refresh_tokens,
            passwords: Passwords::new()?,
            limiter: LoginLimiter::default(),
            refusals: Refusals::default(),
            readings: Readings::default(),
            cursors: Cursors::new(&seed),
            searches: Searches::default(),
            budget: Budget::default(),
            sample: Mutex::default(),
            stopping: CancellationToken::new(),
        })))
    }

    /// Answers on this listener until `stop` is ready, then finishes what is under way. Plain HTTP,
    /// so loopback only.
    ///
    /// # Errors
    /// A listener that others can reach; a store that fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), Error> {
        let failed = |attempt: &'static str| {
            move |source| Error::Io {
                attempt,
                path: PathBuf::from("a socket"),
                source,
            }
        };
        let address = listener.local_addr().map_err(failed("asking the address of"))?;
        if !address.ip().is_loopback() {
            let reason = "plain HTTP is served on this machine only (127.0.0.1 or ::1)".to_owned();
            return Err(Error::Field {
                name: "listen",
                reason,
            });
        }
        let started = self
            .operator()
            .event(Kind::PLATFORM_STARTED, "Platform started")?;
        self.store().record(Authority::Own, vec![started]).await?;
        tracing::info!(%address, "listening");

        let stopping = self.0.stopping.clone();
        let writer = tokio::spawn(self.clone().write_refusals(stopping.clone()));
        let service = router::router(self.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let served =
            axum::serve(listener, service).with_graceful_shutdown(stopping.clone().cancelled_owned());
        let mut served = tokio::spawn(served.into_future());
        let ended = tokio::select! {
            ended = &mut served => Some(ended),
            () = stop => None,
        };
        stopping.cancel();
        if ended.is_none()
            && tokio::time::timeout(Duration::from_secs(STOP_SECONDS), &mut served)
                .await
                .is_err()
        {
            tracing::warn!("requests under way were cut off");
            served.abort();
        }
        let _ = writer.await;
        let stopped = self
            .operator()
            .event(Kind::PLATFORM_STOPPED, "Platform stopped")?;
        self.store().record(Authority::Own, vec![stopped]).await?;
        tracing::info!("stopped");
        match ended {
            Some(Ok(Err(source))) => Err(failed("answering on")(source)),
            _ => Ok(()),
        }
    }

    /// Loads the example; answers how many events it has.
    ///
    /// # Errors
    /// `SampleThere` where the log has it already; where the store fails.
    pub async fn load_sample(&self) -> Result<u64, Error> {
        let origin = self.operator();
        sample::load(self, &operator_may(origin.now)?, &origin).await
    }

    /// Writes what waits and lets go of the files.
    pub async fn close(&self) {
        self.0.stopping.cancel();
        self.note_refusals(true).await;
        self.store().close().await;
    }

    async fn write_refusals(self, stopping: CancellationToken) {
        let mut turn = tokio::time::interval(Duration::from_secs(REFUSALS_SECONDS));
        loop {
            tokio::select! {
                _ = turn.tick() => self.note_refusals(false).await,
                () = stopping.cancelled() => return self.note_refusals(true).await,
            }
        }
    }

    /// Writes the refusals that are due; with `everything`, those of the running minute too.
    pub async fn note_refusals(&self, everything: bool) {
        let due = self.0.refusals.take(self.now(), everything);
        if due.is_empty() {
            return;
        }
        if let Err(error) = self.record_refusals(&due).await {
            tracing::error!(%error, cause = crate::http::problem::cause(&error), "refusals wait for the next turn");
            self.0.refusals.put_back(due);
        }
    }

    async fn record_refusals(&self, due: &[Coalesced]) -> Result<(), Error> {
        let mut events = Vec::with_capacity(due.len());
        for refusal in due {
            let email = match refusal.who {
                Who::Account(id) => match self.store().account(id).await? {
                    Some(account) => self.store().email_of(&account.state).await?,
                    None => None,
                },
                Who::ApiKey(_) | Who::Stranger => None,
            };
            events.push(refusal.event(event::new_id(self.now())?, email));
        }
        self.store().record(Authority::Own, events).await?;
        Ok(())
    }

    fn operator(&self) -> Origin {
        Origin {
            now: self.now(),
            actor: event::operator(),
            address: None,
        }
    }

    /// The data.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Whether the platform is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.is_cancelled()
    }

    /// Ready when the platform stops.
    pub async fn stopping(&self) {
        self.0.stopping.cancelled().await;
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    pub(crate) fn refresh_tokens(&self) -> &RefreshTokens {
        &self.0.refresh_tokens
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn limiter(&self) -> &LoginLimiter {
        &self.0.limiter
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.0.refusals
    }

    /// The searches that run now.
    #[must_use]
    pub fn searches(&self) -> &Searches {
        &self.0.searches
    }

    pub(crate) fn cursors(&self) -> &Cursors {
        &self.0.cursors
    }

    pub(crate) fn readings(&self) -> &Readings {
        &self.0.readings
    }

    pub(crate) fn sample(&self) -> &Mutex<sample::Known> {
        &self.0.sample
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }
}

/// What somebody may do who holds the data folder: everything.
///
/// # Errors
/// None in practice; the operator has every permission.
pub fn operator_may<A: Action>(now: Timestamp) -> Result<Permit<A>, Error> {
    let context = Context {
        now,
        address: None,
        mfa_at: None,
    };
    authorize(&Requester::operator(), &context).map_err(Error::Denied)
}
