//! The console: every operation behind one type, cheap to clone.
//!
//! The methods named in `commands.rs` are what the window and the test host call; `vigiactl` calls
//! the same ones where it does the same. Deliberately absent: how anything is drawn.

use crate::desk::{Desk, Step};
use crate::edge::SystemClock;
use crate::home::Home;
use crate::secret::{Keeper, Secrets, SystemKeyring};
use crate::sync::Pulled;
use crate::trust::read_key;
use crate::view::event::{
    DetailRequest, EventDetail, Histogram, HistogramRequest, QueryCheck, QueryField, Range, SearchReply,
    SearchRequest,
};
use crate::view::overview::{Overview, OverviewRequest};
use crate::view::settings::Settings;
use crate::view::setup::{ProbeReply, ProbeRequest, SampleReply, SetupLocal, SignIn};
use crate::view::status::{Connection, CopyState, Integrity, Phase, Status};
use crate::{Error, live, query, search};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::{RwLock, broadcast};
use tokio_util::sync::CancellationToken;
use vigia_client::Client;
use vigia_domain::Clock;
use vigia_wire::auth::LoginRequest;
use vigia_wire::ledger::LedgerKey;
use vigia_wire::{Code, Problem};

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
}

impl Topic {
    /// The word that the window knows it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Events => "events",
            Self::Settings => "settings",
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

    async fn status_now(&self) -> Result<Status, Error> {
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
            profile: Some(desk.profile_view()),
            connection: desk.connection(),
            copy,
            integrity: desk.trust.integrity()?,
            keyring,
        })
    }

    /// Asks a platform for its key, without trusting anything.
    ///
    /// # Errors
    /// The transport's, or a key that is none.
    pub async fn ask(&self, url: &str) -> Result<(Client, LedgerKey), Error> {
        let client = Client::new(url).map_err(Error::Request)?;
        let key = client.ledger_key().await?;
        read_key(&key)?;
        Ok((client, key))
    }

    async fn sign_in_to(&self, request: SignIn, embedded: bool) -> Result<(), Error> {
        let url = match (request.url, self.0.home.profile()?) {
            (Some(url), _) => url,
            (None, Some(profile)) => profile.url,
            (None, None) => {
                let problem = Problem::new(Code::InvalidRequest, "signing in: which platform?");
                return Err(Error::Request(problem.field("url", "is needed at first contact")));
            }
        };
        let (client, key) = self.ask(&url).await?;
        let profile = self.0.home.profile_for(client.address(), embedded)?;
        let desk = self.desk_of(profile).await?;
        let login = LoginRequest {
            email: request.email,
            password: request.password,
        };
        let entered = async {
            self.meet(&desk, &key, request.fingerprint.as_deref())?;
            let tokens = client.login(&login).await?;
            desk.signed_in(tokens, &login.email).await?;
            self.0.home.use_profile(&desk.profile())
        };
        let entered = entered.await;
        let before = match &entered {
            Ok(()) => self.0.desk.write().await.replace(Arc::clone(&desk)),
            // The platform that was in use stays in use; the new one is put away again.
            Err(_) => Some(Arc::clone(&desk)),
        };
        let current = self.0.desk.read().await.clone();
        if let Some(before) =
            before.filter(|before| !current.is_some_and(|current| Arc::ptr_eq(&current, before)))
        {
            before.close().await;
        }
        if entered.is_ok() {
            self.go_live().await;
        }
        entered
    }

    /// The open desk where it is this profile's, else another one.
    async fn desk_of(&self, profile: crate::home::ProfileFile) -> Result<Arc<Desk>, Error> {
        let open = self.0.desk.read().await.clone();
        if let Some(desk) =
            open.filter(|desk| desk.profile().id == profile.id && desk.profile().url == profile.url)
        {
            return Ok(desk);
        }
        let desk = Desk::open(&self.0.home, profile, &self.0.keeper, Arc::clone(&self.0.clock)).await?;
        Ok(Arc::new(desk))
    }

    /// Compares the platform's key with the trusted one; trusts it at first contact, if the
    /// fingerprint that was accepted is its.
    fn meet(&self, desk: &Desk, key: &LedgerKey, accepted: Option<&str>) -> Result<(), Error> {
        let now = self.0.clock.now();
        match desk.trust.key()? {
            Some(trusted) if trusted.verifier == key.verifier => Ok(()),
            Some(trusted) => {
                let detail = format!(
                    "the platform's log key has the fingerprint {}, the trusted one {}",
                    key.fingerprint, trusted.fingerprint
                );
                let finding = crate::trust::Finding {
                    kind: crate::trust::FindingKind::KeyChanged,
                    detail: detail.clone(),
                    seq: None,
                    evidence: serde_json::json!({"presented_key": key}),
                };
                desk.trust.report(finding, now)?;
                Err(Error::Request(Problem::new(Code::KeyChanged, detail)))
            }
            None => {
                let given: Option<String> = accepted.map(|text| {
                    text.chars()
                        .filter(char::is_ascii_hexdigit)
                        .collect::<String>()
                        .to_lowercase()
                });
                if given.as_deref() == Some(key.fingerprint.as_str()) {
                    return desk.trust.pin(key, now);
                }
                let reason = if given.is_some() {
                    "is not the platform's"
                } else {
                    "is needed at first contact"
                };
                let detail = format!(
                    "trusting the platform's log key {}: the fingerprint {reason}",
                    key.fingerprint
                );
                let code = if given.is_some() {
                    Code::KeyChanged
                } else {
                    Code::InvalidRequest
                };
                Err(Error::Request(
                    Problem::new(code, detail).field("fingerprint", reason),
                ))
            }
        }
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

#[cfg(feature = "embedded")]
impl Console {
    /// Starts the embedded platform of a profile that has one.
    async fn start_embedded(
        &self,
        mut profile: crate::home::ProfileFile,
    ) -> Result<crate::home::ProfileFile, Error> {
        if !profile.embedded {
            return Ok(profile);
        }
        let running = crate::embedded::open(&self.0.home, &self.0.keeper, &self.0.clock).await?;
        if let Some(running) = running {
            running.url().clone_into(&mut profile.url);
            self.0.home.save(&profile)?;
            *self.0.platform.lock().await = Some(running);
        }
        Ok(profile)
    }

    /// Stops the embedded platform; the console goes on with its copy.
    pub async fn stop_platform(&self) {
        if let Some(running) = self.0.platform.lock().await.take() {
            running.stop().await;
        }
    }

    /// Starts the embedded platform again, at the address it had.
    ///
    /// # Errors
    /// Where there is none, or it cannot be opened.
    pub async fn start_platform(&self) -> Result<(), Problem> {
        let mut platform = self.0.platform.lock().await;
        if platform.is_none() {
            let running = crate::embedded::open(&self.0.home, &self.0.keeper, &self.0.clock).await;
            *platform = running.map_err(|error| error.problem())?;
        }
        drop(platform);
        self.go_live().await;
        Ok(())
    }

    async fn begin_embedded(&self, request: &SetupLocal) -> Result<String, Error> {
        let running = crate::embedded::begin(&self.0.home, &self.0.keeper, &self.0.clock, request).await?;
        let url = running.url().to_owned();
        *self.0.platform.lock().await = Some(running);
        Ok(url)
    }
}

#[cfg(not(feature = "embedded"))]
impl Console {
    async fn begin_embedded(&self, _: &SetupLocal) -> Result<String, Error> {
        let detail = "starting the platform: this build has none inside; connect to one instead";
        Err(Error::Request(Problem::new(Code::NoEmbeddedPlatform, detail)))
    }
}

/// The commands: one method each, in the order of `commands.rs`.
///
/// # Errors
/// Each gives a [`Problem`]; its code says what kind.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl Console {
    /// Where the console stands.
    pub async fn status(&self) -> Result<Status, Problem> {
        self.status_now().await.map_err(|error| error.problem())
    }

    /// Starts the platform inside this console, with its administrator, and signs in.
    pub async fn setup_local(&self, request: SetupLocal) -> Result<Status, Problem> {
        let told = |error: Error| error.problem();
        let url = self.begin_embedded(&request).await.map_err(told)?;
        // This process made the key a moment ago, so there is nobody to ask whether it is right.
        let (_, key) = self.ask(&url).await.map_err(told)?;
        let sign_in = SignIn {
            url: Some(url),
            email: request.email,
            password: request.password,
            fingerprint: Some(key.fingerprint),
        };
        self.sign_in_to(sign_in, true).await.map_err(told)?;
        if request.sample {
            self.load_sample().await?;
        }
        self.sync_now().await
    }

    /// Asks a platform for its name and fingerprint.
    pub async fn probe(&self, request: ProbeRequest) -> Result<ProbeReply, Problem> {
        let (client, key) = self.ask(&request.url).await.map_err(|error| error.problem())?;
        let health = client.health().await?;
        let url = client.address().to_owned();
        Ok(ProbeReply {
            url,
            origin: key.origin,
            fingerprint: key.fingerprint,
            version: health.version,
        })
    }

    /// Signs in.
    pub async fn sign_in(&self, request: SignIn) -> Result<Status, Problem> {
        let embedded = self
            .0
            .home
            .profile()
            .map_err(|error| error.problem())?
            .is_some_and(|profile| {
                profile.embedded
                    && request
                        .url
                        .as_ref()
                        .is_none_or(|url| url.trim_end_matches('/') == profile.url)
            });
        let outcome = self.sign_in_to(request, embedded).await;
        self.tell(&[Topic::Status, Topic::Events]);
        outcome.map_err(|error| error.problem())?;
        self.status().await
    }

    /// Signs out; the copy stays.
    pub async fn sign_out(&self) -> Result<Status, Problem> {
        let told = |error: Error| error.problem();
        self.stop_background();
        let desk = self.desk().await.map_err(told)?;
        desk.session.end().await.map_err(told)?;
        desk.signed_out().map_err(told)?;
        self.tell(&[Topic::Status]);
        self.status().await
    }

    /// Loads the sample into the platform.
    pub async fn load_sample(&self) -> Result<SampleReply, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        let access = desk.session.access().await.map_err(|error| error.problem())?;
        let loaded = desk.client.load_sample(&access).await?;
        Ok(SampleReply {
            events: loaded.events,
        })
    }

    /// Brings the copy level with the platform.
    pub async fn sync_now(&self) -> Result<Status, Problem> {
        self.pull(|_| {}).await.map_err(|error| error.problem())?;
        self.status().await
    }

    /// Checks the copy and every entry of the platform again. A finding is an answer, not a failure:
    /// it stands in the status.
    pub async fn verify_now(&self) -> Result<Status, Problem> {
        match self.verify(|_| {}).await {
            Ok(()) | Err(Error::Broken(_)) => self.status().await,
            Err(error) => Err(error.problem()),
        }
    }

    /// Everything that the Overview draws.
    pub async fn overview(&self, request: OverviewRequest) -> Result<Overview, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        let drawn = search::overview::overview(&desk.cache, &request, desk.now()).await;
        drawn.map_err(|error| error.problem())
    }

    /// Some rows of a search.
    pub async fn events_search(&self, request: SearchRequest) -> Result<SearchReply, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        search::search(&desk.cache, &request)
            .await
            .map_err(|error| error.problem())
    }

    /// The histogram above the table.
    pub async fn events_histogram(&self, request: HistogramRequest) -> Result<Histogram, Problem> {
        let counted = async {
            let desk = self.desk().await?;
            let query = query::parse(&request.query)?;
            let zone = search::histogram::zone(&request.zone)?;
            let (range, now) = (request.range, desk.now());
            search::histogram::histogram(&desk.cache, &query, range, request.buckets, zone, now).await
        };
        counted.await.map_err(|error: Error| error.problem())
    }

    /// One event with its proof.
    pub async fn event_detail(&self, request: DetailRequest) -> Result<EventDetail, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        let detail = search::detail::detail(&desk.cache, &desk.trust, request.seq).await;
        detail.map_err(|error| error.problem())
    }

    /// Whether a query is valid.
    pub async fn query_check(&self, request: QueryCheck) -> Result<(), Problem> {
        query::parse(&request.query)
            .map(|_| ())
            .map_err(|error| Error::Query(error).problem())
    }

    /// What may be searched, with the most frequent values of fields that have few.
    pub async fn query_fields(&self) -> Result<Vec<QueryField>, Problem> {
        let desk = self.0.desk.read().await.clone();
        let cache = desk.as_ref().map(|desk| &desk.cache);
        search::fields(cache).await.map_err(|error| error.problem())
    }

    /// The settings.
    pub async fn settings_get(&self) -> Result<Settings, Problem> {
        self.0.home.settings().map_err(|error| error.problem())
    }

    /// Saves the settings.
    pub async fn settings_set(&self, request: Settings) -> Result<Settings, Problem> {
        if request.zone != "local" {
            search::histogram::zone(&request.zone).map_err(|error| error.problem())?;
        }
        self.0
            .home
            .save_settings(&request)
            .map_err(|error| error.problem())?;
        self.tell(&[Topic::Settings]);
        Ok(request)
    }
}
