//! A platform: a data folder, opened, and everything that serves it. The binary and the desktop
//! console start the same one.

use crate::account::NewAccount;
use crate::auth::limiter::LoginLimiter;
use crate::auth::password::Passwords;
use crate::auth::refresh::RefreshTokens;
use crate::auth::refusal::{Coalesced, Refusals, Who};
use crate::auth::token::Tokens;
use crate::door::{Door, listen};
use crate::event::{self, Origin};
use crate::http::body::Budget;
use crate::metrics::Metrics;
use crate::reading::Readings;
use crate::search::{Cursors, Searches};
use crate::syslog::{Counters, Counts};
use crate::tls::Tls;
use crate::usage::Uses;
use crate::{Error, account, edge, retention, router, sample};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vigia_domain::access::{Action, BuiltInRole, Context, Permit, Requester, authorize};
use vigia_domain::{Clock, Kind, Timestamp};
use vigia_intake::Formats;
use vigia_store::{Authority, Options, Store};
use vigia_wire::certificate::Certificate;

/// How often it is written what was last used, in seconds.
const USES_SECONDS: u64 = 30;
/// How often coalesced refusals are looked through, in seconds.
const REFUSALS_SECONDS: u64 = 1;

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
    uses: Uses,
    metrics: Metrics,
    budget: Budget,
    formats: OnceLock<Formats>,
    syslog: Arc<Counters>,
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
            uses: Uses::default(),
            metrics: Metrics::default(),
            budget: Budget::default(),
            formats: OnceLock::new(),
            syslog: Arc::default(),
            sample: Mutex::default(),
            stopping: CancellationToken::new(),
        })))
    }

    /// Answers this machine alone, by plain HTTP, until `stop` is ready; see [`Platform::serve_at`].
    ///
    /// # Errors
    /// A listener that others can reach; a store that fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), Error> {
        self.serve_at(listener, Door::default(), stop).await
    }

    /// Answers on this listener as its door says until `stop` is ready, then finishes what is under
    /// way and closes the sockets.
    ///
    /// # Errors
    /// A listener that the door may not stand at; a store that fails.
    pub async fn serve_at(
        &self,
        listener: TcpListener,
        door: Door,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), Error> {
        let address = listener.local_addr().map_err(|source| Error::Io {
            attempt: "asking the address of",
            path: PathBuf::from("a socket"),
            source,
        })?;
        door.may_stand_at(address)?;
        self.tell(
            Kind::PLATFORM_STARTED,
            "Platform started",
            door.tls.as_ref().map(Tls::certificate),
        )
        .await?;
        tracing::info!(%address, tls = door.tls.is_some(), "listening");

        let stopping = self.0.stopping.clone();
        let mut beside = JoinSet::new();
        beside.spawn(self.clone().write_refusals(stopping.clone()));
        beside.spawn(retention::daily(self.clone()));
        beside.spawn(self.clone().write_uses(stopping.clone()));
        if let Some(tls) = door.tls.clone() {
            beside.spawn(self.clone().watch_certificate(tls));
        }
        let router = router::router(self.clone());
        let answering = tokio::spawn(listen::answer(listener, Arc::new(door), router, stopping.clone()));
        stop.await;
        stopping.cancel();
        if !answering.await.unwrap_or_default() {
            tracing::warn!("requests under way were cut off");
        }
        while beside.join_next().await.is_some() {}
        self.tell(Kind::PLATFORM_STOPPED, "Platform stopped", None)
            .await?;
        tracing::info!("stopped");
        Ok(())
    }

    /// Tells the ledger of the platform itself.
    async fn tell(&self, kind: Kind, message: &str, certificate: Option<Certificate>) -> Result<(), Error> {
        let mut event = self.operator().event(kind, message)?;
        if let Some(certificate) = certificate {
            let details = [
                ("certificate", certificate.fingerprint),
                ("names", certificate.names.join(", ")),
                ("until", certificate.not_after.to_rfc3339()),
            ];
            event
                .details
                .extend(details.map(|(name, value)| (name.to_owned(), value.into())));
        }
        self.store().record(Authority::Own, vec![event]).await?;
        Ok(())
    }

    async fn watch_certificate(self, tls: Tls) {
        loop {
            let certificate = tokio::select! {
                certificate = tls.next(self.0.clock.as_ref()) => certificate,
                () = self.stopping() => return,
            };
            tracing::info!(fingerprint = %certificate.fingerprint, until = %certificate.not_after, "another certificate is shown");
            let message = "Another certificate is shown";
            if let Err(error) = self
                .tell(Kind::CERTIFICATE_CHANGED, message, Some(certificate))
                .await
            {
                tracing::error!(%error, cause = crate::http::problem::cause(&error), "a new certificate is not in the log");
            }
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

    async fn write_uses(self, stopping: CancellationToken) {
        let mut turn = tokio::time::interval(Duration::from_secs(USES_SECONDS));
        loop {
            tokio::select! {
                _ = turn.tick() => self.note_uses().await,
                () = stopping.cancelled() => return self.note_uses().await,
            }
        }
    }

    /// Writes when sessions and keys were last used.
    pub async fn note_uses(&self) {
        let due = self.0.uses.take();
        if let Err(error) = self.store().note_uses(&due).await {
            tracing::warn!(%error, cause = crate::http::problem::cause(&error), "last uses were not written");
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

    pub(crate) fn operator(&self) -> Origin {
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

    pub(crate) fn uses(&self) -> &Uses {
        &self.0.uses
    }

    /// What is counted as it happens.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
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

    /// The same platform, reading an operator's own formats besides Vigia's. The first ones given stay.
    #[must_use]
    pub fn with_formats(self, formats: Formats) -> Self {
        let _ = self.0.formats.set(formats);
        self
    }

    pub(crate) fn formats(&self) -> &Formats {
        self.0.formats.get_or_init(Formats::default)
    }

    /// What went through syslog since the platform was opened.
    pub fn syslog_counts(&self) -> Counts {
        self.0.syslog.counts()
    }

    pub(crate) fn syslog_counters(&self) -> &Arc<Counters> {
        &self.0.syslog
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
