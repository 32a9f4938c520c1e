//! A console without a window, in this process: its folder and its keyring outlive it, so that it can
//! be closed and opened again, and both can be tampered with.

use chrono::TimeDelta;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use vigia_desk::secret::Secrets as _;
use vigia_desk::view::event::{Range, SearchRequest, Sort};
use vigia_desk::view::profile::Tls;
use vigia_desk::view::setup::{ProbeRequest, SignIn};
use vigia_desk::view::status::{Connection, Status};
use vigia_desk::{Console, Home};
use vigia_domain::Clock;
use vigia_tests::keyring::Keyring;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, HandClock, House, IngestKey};
use vigia_wire::Problem;

/// The longest wait for something that must come.
const PATIENCE: Duration = Duration::from_secs(40);

/// A person's computer.
pub struct Computer {
    folder: TempDir,
    pub keyring: Arc<Keyring>,
    pub clock: Arc<HandClock>,
}

impl Computer {
    pub fn new() -> Self {
        Self::with_clock(HandClock::new())
    }

    pub fn with_clock(clock: Arc<HandClock>) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            keyring: Arc::default(),
            clock,
        }
    }

    pub fn home(&self) -> Home {
        Home::open(self.folder.path()).unwrap()
    }

    pub fn profile_folder(&self, id: &str) -> PathBuf {
        self.home().profile_folder(id)
    }

    pub fn copy_of(&self, id: &str) -> PathBuf {
        self.profile_folder(id).join("cache.db")
    }

    /// Starts the console; it keeps its copies up to date.
    pub async fn start(&self) -> Console {
        let clock: Arc<dyn Clock> = Arc::<HandClock>::clone(&self.clock);
        let secrets = self.keyring.shared();
        Console::open(self.home(), secrets, clock).await.unwrap()
    }

    /// Opens it for a few operations, as on a terminal.
    pub async fn once(&self) -> Console {
        let clock: Arc<dyn Clock> = Arc::<HandClock>::clone(&self.clock);
        let secrets = self.keyring.shared();
        Console::open_once(self.home(), secrets, clock, None)
            .await
            .unwrap()
    }

    /// Takes a secret out of the keyring.
    pub fn forget(&self, ending: &str, profile: &str) {
        let name = format!("{}/{profile}/{ending}", self.home().id());
        self.keyring.within().delete(&name).unwrap();
    }

    /// Whether the keyring holds a secret.
    pub fn holds(&self, ending: &str, profile: &str) -> bool {
        let name = format!("{}/{profile}/{ending}", self.home().id());
        self.keyring.within().get(&name).unwrap().is_some()
    }

    pub fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }
}

/// Signs in as the administrator, trusting the key that is there.
pub async fn sign_in(console: &Console, url: &str, tls: Option<Tls>) -> Result<Status, Problem> {
    sign_in_as(console, url, tls, ADMIN_EMAIL, ADMIN_PASSWORD).await
}

pub async fn sign_in_as(
    console: &Console,
    url: &str,
    tls: Option<Tls>,
    email: &str,
    password: &str,
) -> Result<Status, Problem> {
    let probe = ProbeRequest {
        url: url.to_owned(),
        tls: tls.clone(),
    };
    let found = console.probe(probe).await?;
    console
        .sign_in(SignIn {
            url: Some(found.url),
            email: email.to_owned(),
            password: password.to_owned(),
            fingerprint: Some(found.fingerprint),
            how: None,
            tls,
        })
        .await
}

/// Waits until the console stands so.
pub async fn until(console: &Console, what: &str, holds: impl Fn(&Status) -> bool) -> Status {
    let mut changes = console.changes();
    let wait = async {
        loop {
            match console.status().await {
                Ok(status) if holds(&status) => return status,
                _ => {}
            }
            // Whatever is announced, or a moment: a clock that was moved announces nothing.
            let _ = tokio::time::timeout(Duration::from_millis(100), changes.recv()).await;
        }
    };
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(status) => status,
        Err(_) => panic!("{what}: {:#?}", console.status().await),
    }
}

pub fn is_online(status: &Status) -> bool {
    matches!(status.connection, Connection::Online { .. })
}

/// How many events a query finds in the copy.
pub async fn count(console: &Console, query: &str) -> u64 {
    let request = SearchRequest {
        query: query.to_owned(),
        range: Range::default(),
        sort: Sort::NewestFirst,
        offset: 0,
        limit: 1,
        columns: Vec::new(),
    };
    console.events_search(request).await.unwrap().total
}

/// Sends made-up failures of one service.
pub async fn ingest(house: &House, service: &str, lines: std::ops::Range<u32>) {
    let key = IngestKey(house.key(&["events:write"]).await);
    let body: String = lines
        .map(|n| {
            format!(
                "{{\"kind\":\"auth.login.failed\",\"service\":\"{service}\",\"email\":\"p{}@example.com\",\
                 \"message\":\"line {n}\"}}\n",
                n % 5
            )
        })
        .collect();
    let reply = house.ingest(&key, "?format=ndjson", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}
