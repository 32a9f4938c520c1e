//! A platform as its callers know it: real HTTP on a free port, a real data folder, a real database
//! (SQLite, or PostgreSQL under `scripts/with-postgres`), and personas as types. Only the clock is ours, so that minutes and days pass without waiting.
#![expect(
    clippy::expect_used,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

pub use crate::persona::{Admin, HandClock, IngestKey, Persona, Reply, Stranger, Viewer, client};

use crate::database;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vigia_domain::access::{BuiltInRole, Conditions, Grant, Granted, Requester};
use vigia_domain::account::AccountEvent;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::{AccountId, Clock, Kind};
use vigia_server::account::{self, NewAccount};
use vigia_server::auth::password::Passwords;
use vigia_server::door::Door;
use vigia_server::event::{self, Origin};
use vigia_server::{Database, Master, Options, Platform, api_key, edge, operator_may};
use vigia_store::{Authority, Credential};
use vigia_wire::api_key::CreateApiKey;
use vigia_wire::auth::Tokens;

/// The administrator of every test platform.
pub const ADMIN_EMAIL: &str = "admin@vigia.example";
/// Their password.
pub const ADMIN_PASSWORD: &str = "uma senha longa e boa";
/// The viewer's e-mail.
pub const VIEWER_EMAIL: &str = "viewer@vigia.example";
/// Their password.
pub const VIEWER_PASSWORD: &str = "outra senha longa e boa";

/// A running platform and its folder.
pub struct House {
    /// The platform itself, for what has no route.
    pub platform: Platform,
    /// Its clock.
    pub clock: Arc<HandClock>,
    url: String,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<Result<(), vigia_server::Error>>>,
}

impl House {
    /// A new platform, answering.
    ///
    /// # Panics
    /// Where it cannot be made: the test has failed.
    pub async fn start() -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary folder")).await
    }

    /// A new platform in this folder, answering.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn start_in(folder: TempDir) -> Self {
        let clock = HandClock::new();
        let options = Self::options(folder.path(), &clock);
        let platform = Platform::init(options, ADMIN_EMAIL, ADMIN_PASSWORD)
            .await
            .expect("init");
        Self::serve(folder, clock, platform, Door::default()).await
    }

    /// A new platform, answering behind this door.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn start_behind(door: Door) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = HandClock::new();
        let options = Self::options(folder.path(), &clock);
        let platform = Platform::init(options, ADMIN_EMAIL, ADMIN_PASSWORD)
            .await
            .expect("init");
        Self::serve(folder, clock, platform, door).await
    }

    /// The same folder, opened and answering again.
    ///
    /// # Panics
    /// Where it cannot be opened.
    pub async fn open(folder: TempDir, clock: Arc<HandClock>) -> Self {
        let options = Self::options(folder.path(), &clock);
        let platform = Platform::open(options).await.expect("open");
        Self::serve(folder, clock, platform, Door::default()).await
    }

    /// How a test platform is opened.
    #[must_use]
    pub fn options(folder: &Path, clock: &Arc<HandClock>) -> Options {
        let clock: Arc<dyn Clock> = Arc::<HandClock>::clone(clock);
        Options {
            folder: folder.to_owned(),
            database: Self::database(folder),
            master: Master::File,
            clock,
        }
    }

    /// Where a test platform with this folder keeps its data.
    ///
    /// # Panics
    /// Where the test server cannot be asked.
    #[must_use]
    pub fn database(folder: &Path) -> Database {
        match database::of(folder) {
            Some(url) => Database::Postgres(url.parse().expect("a database's address")),
            None => Database::Folder,
        }
    }

    async fn serve(folder: TempDir, clock: Arc<HandClock>, platform: Platform, door: Door) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let scheme = if door.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().expect("its address"));
        let (stop, stopped) = oneshot::channel();
        let serving = platform.clone();
        let served = tokio::spawn(async move {
            let wait = async {
                let _ = stopped.await;
            };
            serving.serve_at(listener, door, wait).await
        });
        let house = Self {
            platform,
            clock,
            url,
            folder,
            stop: Some(stop),
            served: Some(served),
        };
        // It answers only after it has told the ledger that it started.
        Reply::of(crate::tls::unjudging().get(format!("{}/healthz", house.url))).await;
        house
    }

    /// Its data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops answering, writes what waits, closes the files; gives the folder.
    ///
    /// # Panics
    /// Where it does not stop cleanly.
    pub async fn stop(mut self) -> (TempDir, Arc<HandClock>) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(served) = self.served.take() {
            served.await.expect("no panic").expect("a clean stop");
        }
        self.platform.close().await;
        (self.folder, self.clock)
    }

    /// A request as this persona, from 127.0.0.1.
    pub fn ask<P: Persona>(&self, persona: &P, method: Method, path: &str) -> RequestBuilder {
        self.ask_from(persona, method, path, IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// A request as this persona from another address of the loopback network.
    ///
    /// # Panics
    /// Where no client can be made.
    pub fn ask_from<P: Persona>(
        &self,
        persona: &P,
        method: Method,
        path: &str,
        from: IpAddr,
    ) -> RequestBuilder {
        let request = client(from).request(method, format!("{}{path}", self.url));
        match persona.token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Tries to sign in from an address.
    ///
    /// # Panics
    /// Where nothing answers.
    pub async fn try_login(&self, email: &str, password: &str, from: IpAddr) -> Reply {
        let request = self.ask_from(&Stranger(()), Method::POST, "/v1/auth/login", from);
        Reply::of(request.json(&json!({"email": email, "password": password}))).await
    }

    /// Signs in.
    ///
    /// # Panics
    /// Where that is refused.
    pub async fn login(&self, email: &str, password: &str) -> Tokens {
        let reply = self.try_login(email, password, Ipv4Addr::LOCALHOST.into()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        serde_json::from_slice(&reply.body).expect("tokens")
    }

    /// The administrator, signed in.
    pub async fn admin(&self) -> Admin {
        Admin(self.login(ADMIN_EMAIL, ADMIN_PASSWORD).await)
    }

    /// A viewer, made and signed in.
    ///
    /// # Panics
    /// Where the account cannot be made.
    pub async fn viewer(&self) -> Viewer {
        let origin = self.operator();
        let new = NewAccount {
            email: VIEWER_EMAIL,
            password: VIEWER_PASSWORD,
            role: BuiltInRole::Viewer,
        };
        let permit = operator_may(origin.now).expect("the operator's permit");
        let passwords = Passwords::new().expect("randomness");
        let store = self.platform.store();
        account::create(store, &permit, &passwords, &origin, new, Vec::new())
            .await
            .expect("a viewer");
        Viewer(self.login(VIEWER_EMAIL, VIEWER_PASSWORD).await)
    }

    /// Makes an account that may do just these things.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn person(&self, email: &str, password: &str, permissions: &[&str]) {
        let origin = self.operator();
        let permit = operator_may(origin.now).expect("the operator's permit");
        let id = AccountId::new(origin.now, edge::random().expect("randomness"));
        let grants = grants(permissions);
        let created = AccountEvent::Created { grants };
        let mut made = origin
            .event(Kind::ACCOUNT_CREATED, "Account created")
            .expect("an event");
        made.target.kind = Some("user".to_owned());
        made.target.id = Some(id.to_string());
        made.target.email = Some(email.to_owned());
        made.aggregate = event::aggregate(AggregateKind::Account, id.0, 1, &created).ok();
        let passwords = Passwords::new().expect("randomness");
        let hash = passwords.hash(password).await.expect("a hash");
        let mut change = self.platform.store().transact(Authority::Accounts(&permit));
        change.set_credential(Credential::Password(id), hash.into_bytes());
        change.commit(vec![made]).await.expect("an account");
    }

    /// From now on this account may do just these things.
    ///
    /// # Panics
    /// Where there is no such account.
    pub async fn regrant(&self, email: &str, permissions: &[&str]) {
        let (origin, store) = (self.operator(), self.platform.store());
        let permit = operator_may(origin.now).expect("the operator's permit");
        let known = store.account_by_email(email).await.expect("a look");
        let known = known.expect("the account");
        let mut changed = origin
            .event(Kind::ACCOUNT_CREATED, "Grants changed")
            .expect("an event");
        changed.target.kind = Some("user".to_owned());
        changed.target.id = Some(AccountId(known.id).to_string());
        let grants = grants(permissions);
        let change = AccountEvent::GrantsChanged { grants };
        let version = known.version.saturating_add(1);
        changed.aggregate = event::aggregate(AggregateKind::Account, known.id, version, &change).ok();
        let change = store.transact(Authority::Accounts(&permit));
        change.commit(vec![changed]).await.expect("a change");
    }

    /// An application's key that may send events.
    pub async fn ingest_key(&self) -> IngestKey {
        IngestKey(self.key(&["events:write"]).await)
    }

    /// A key that may do these things.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn key(&self, permissions: &[&str]) -> String {
        let origin = self.operator();
        let request = CreateApiKey {
            name: "test".to_owned(),
            permissions: permissions.iter().map(ToString::to_string).collect(),
            expires_at: None,
        };
        let permit = operator_may(origin.now).expect("the operator's permit");
        let maker = Requester::operator();
        let key = api_key::create(self.platform.store(), &permit, &maker, &origin, request).await;
        key.expect("a key").key
    }

    /// What a command of the operator begins with.
    #[must_use]
    pub fn operator(&self) -> Origin {
        Origin {
            now: self.platform.now(),
            actor: event::operator(),
            address: None,
        }
    }

    /// Sends a body of events.
    pub async fn ingest(&self, key: &IngestKey, query: &str, body: impl Into<reqwest::Body>) -> Reply {
        let path = format!("/v1/ingest/events{query}");
        Reply::of(self.ask(key, Method::POST, &path).body(body)).await
    }

    /// The ledger's size, after what was refused is written, too.
    ///
    /// # Panics
    /// Where the ledger cannot be read.
    pub async fn size(&self) -> u64 {
        self.platform.note_refusals(true).await;
        self.platform.store().head().await.expect("the head").size
    }

    /// Every event from this sequence number on, opened.
    ///
    /// # Panics
    /// Where the ledger cannot be read.
    pub async fn events(&self, from: u64) -> Vec<vigia_domain::Event> {
        self.platform.note_refusals(true).await;
        let permit = operator_may(self.platform.now()).expect("the operator's permit");
        let mut export = self
            .platform
            .store()
            .export(&permit, None, None)
            .await
            .expect("an export");
        let mut events = Vec::new();
        loop {
            let page = export.next_page().await.expect("a page");
            if page.is_empty() {
                events.sort_by_key(|(seq, _)| *seq);
                return events.into_iter().map(|(_, event)| event).collect();
            }
            let wanted = page.into_iter().filter(|one| one.seq >= from);
            events.extend(wanted.map(|one| (one.seq, one.event)));
        }
    }

    /// Events of a kind, opened.
    pub async fn events_of(&self, kind: &str) -> Vec<vigia_domain::Event> {
        let all = self.events(0).await;
        all.into_iter()
            .filter(|event| event.kind.as_str() == kind)
            .collect()
    }
}

fn grants(permissions: &[&str]) -> Vec<Grant> {
    let permissions = permissions.iter().filter_map(|name| name.parse().ok());
    let what = Granted::Permissions(permissions.collect());
    let conditions = Conditions::default();
    vec![Grant { what, conditions }]
}
