//! Events taken out of a console: told to the platform, at once or at the next connection, once.

use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use vigia_desk::edge::SystemClock;
use vigia_desk::secret::{Memory, Secret, SecretError, Secrets};
use vigia_desk::view::event::{Range, Sort};
use vigia_desk::view::export::{ExportFormat, ExportRequest};
use vigia_desk::view::job::{Job, JobState};
use vigia_desk::view::saved::RecentNote;
use vigia_desk::view::setup::SignIn;
use vigia_desk::view::status::KeyringTrouble;
use vigia_desk::{Console, Home};
use vigia_domain::Clock;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, VIEWER_EMAIL, VIEWER_PASSWORD};
use vigia_wire::{Code, Problem};

/// A keyring that several consoles share, one after the other.
#[derive(Clone, Default)]
pub struct Ring(Arc<Memory>);

impl Secrets for Ring {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.0.get(name)
    }
    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        self.0.set(name, secret)
    }
    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.0.delete(name)
    }
}

/// No keyring at all.
struct NoRing;

impl Secrets for NoRing {
    fn get(&self, _: &str) -> Result<Option<Secret>, SecretError> {
        Err(SecretError {
            attempt: "reading",
            reason: "there is none".to_owned(),
            trouble: KeyringTrouble::Missing,
        })
    }
    fn set(&self, _: &str, _: &[u8]) -> Result<(), SecretError> {
        Err(SecretError {
            attempt: "writing",
            reason: "there is none".to_owned(),
            trouble: KeyringTrouble::Missing,
        })
    }
    fn delete(&self, _: &str) -> Result<(), SecretError> {
        Ok(())
    }
}

/// The wire between console and platform; it can be cut.
struct Wire {
    url: String,
    mode: watch::Sender<Mode>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Whole,
    Cut,
    /// Requests arrive; answers are lost.
    Deaf,
}

impl Wire {
    async fn to(house: &House) -> Self {
        let target: SocketAddr = house
            .url()
            .trim_start_matches("http://")
            .parse()
            .expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (mode, modes) = watch::channel(Mode::Whole);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let mut modes = modes.clone();
                let mode = *modes.borrow_and_update();
                // Every change cuts what was connected before.
                tokio::spawn(async move {
                    tokio::select! {
                        _ = modes.changed() => {}
                        () = carry(near, target, mode) => {}
                    }
                });
            }
        });
        Self { url, mode }
    }

    fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn carry(mut near: TcpStream, target: SocketAddr, mode: Mode) {
    if mode == Mode::Cut {
        return;
    }
    let Ok(mut far) = TcpStream::connect(target).await else {
        return;
    };
    if mode == Mode::Whole {
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        return;
    }
    let (mut ask, _) = near.split();
    let (mut answer, mut told) = far.split();
    let mut first = [0; 1];
    tokio::select! {
        _ = tokio::io::copy(&mut ask, &mut told) => {}
        // The platform has begun to answer, so it has committed.
        _ = answer.read_exact(&mut first) => {}
    }
}

/// A console of this home for a few operations.
pub async fn console(home: &TempDir, secrets: Box<dyn Secrets>) -> Console {
    console_at(home, secrets, Arc::new(SystemClock)).await
}

/// The same, by another clock.
pub async fn console_at(home: &TempDir, secrets: Box<dyn Secrets>, clock: Arc<dyn Clock>) -> Console {
    let home = Home::open(home.path()).expect("a home");
    Console::open_once(home, secrets, clock, None)
        .await
        .expect("a console")
}

/// Signs in at first contact, and syncs.
pub async fn sign_in(console: &Console, url: &str, email: &str, password: &str) {
    let (_, key) = console.ask(url, None).await.expect("a key");
    let request = SignIn {
        url: Some(url.to_owned()),
        email: email.to_owned(),
        password: password.to_owned(),
        fingerprint: Some(key.fingerprint),
        how: None,
        tls: None,
    };
    console.sign_in(request).await.expect("signed in");
    console.sync_now().await.expect("synced");
}

fn everything() -> ExportRequest {
    ExportRequest {
        query: "service:vigia".to_owned(),
        range: Range::default(),
        sort: Sort::NewestFirst,
        format: ExportFormat::Ndjson,
        columns: Vec::new(),
        zone: "UTC".to_owned(),
        mark: false,
    }
}

async fn exported(console: &Console) -> Job {
    let mut changes = console.changes();
    let job = console.events_export(everything()).await.expect("begun");
    loop {
        let jobs = console.jobs().await.expect("jobs");
        let job = jobs.into_iter().find(|one| one.id == job.id).expect("the job");
        if job.state != JobState::Running {
            return job;
        }
        let _ = changes.recv().await;
    }
}

#[track_caller]
fn lines(job: &Job) -> usize {
    match &job.state {
        JobState::Done { path: Some(path) } => std::fs::read_to_string(path).expect("a file").lines().count(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn problem(job: &Job) -> &Problem {
    match &job.state {
        JobState::Failed { problem } => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_an_event_on_the_platform_with_query_format_and_count() {
    let house = House::start().await;
    let home = tempfile::tempdir().expect("a folder");
    let console = console(&home, Box::new(Ring::default())).await;
    sign_in(&console, house.url(), ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let job = exported(&console).await;
    let told = house.events_of("events.exported").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].actor.email.as_deref(), Some(ADMIN_EMAIL));
    assert_eq!(told[0].details["query"], "service:vigia");
    assert_eq!(told[0].details["format"], "ndjson");
    assert_eq!(told[0].details["events"], lines(&job));
    assert!(!told[0].details.contains_key("taken_by"));
    console.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_without_a_network_is_told_at_the_next_connection_once_also_by_another_process() {
    let house = House::start().await;
    let wire = Wire::to(&house).await;
    let (home, ring) = (tempfile::tempdir().expect("a folder"), Ring::default());
    let first = console(&home, Box::new(ring.clone())).await;
    sign_in(&first, &wire.url, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    wire.set(Mode::Cut);
    assert!(lines(&exported(&first).await) > 0);
    first.close().await;
    assert!(house.events_of("events.exported").await.is_empty());

    let second = console(&home, Box::new(ring)).await;
    second.sync_now().await.expect_err("still cut");
    wire.set(Mode::Whole);
    second.sync_now().await.expect("synced");
    second.sync_now().await.expect("synced again");
    assert_eq!(house.events_of("events.exported").await.len(), 1);
    second.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_record_arrived_but_whose_answer_was_lost_is_recorded_once() {
    let house = House::start().await;
    let wire = Wire::to(&house).await;
    let home = tempfile::tempdir().expect("a folder");
    let console = console(&home, Box::new(Ring::default())).await;
    sign_in(&console, &wire.url, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    wire.set(Mode::Deaf);
    assert!(lines(&exported(&console).await) > 0);
    wire.set(Mode::Whole);
    console.sync_now().await.expect("synced");
    assert_eq!(house.events_of("events.exported").await.len(), 1);
    console.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_the_permission_exports_nothing() {
    let house = House::start().await;
    house.viewer().await;
    let home = tempfile::tempdir().expect("a folder");
    let console = console(&home, Box::new(Ring::default())).await;
    sign_in(&console, house.url(), VIEWER_EMAIL, VIEWER_PASSWORD).await;
    let refused = console.events_export(everything()).await.expect_err("refused");
    assert_eq!(refused.code, Code::Denied);
    assert!(refused.detail.contains("events:export"), "{refused:?}");
    console.sign_out().await.expect("signed out");
    let refused = console.events_export(everything()).await.expect_err("refused");
    assert_eq!(refused.code, Code::NotSignedIn);
    console.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_would_last_to_tell_of_it_later_there_is_no_export_without_the_platform() {
    let house = House::start().await;
    let wire = Wire::to(&house).await;
    let home = tempfile::tempdir().expect("a folder");
    let console = console(&home, Box::new(NoRing)).await;
    sign_in(&console, &wire.url, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    assert!(lines(&exported(&console).await) > 0, "online it works");
    wire.set(Mode::Cut);
    let refused = exported(&console).await;
    assert_eq!(problem(&refused).code, Code::Unreachable);
    let downloads = std::fs::read_dir(home.path().join("downloads")).expect("the folder");
    assert_eq!(downloads.count(), 1, "only the first");
    console.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_searches_outlive_the_copy() {
    let house = House::start().await;
    let (home, ring) = (tempfile::tempdir().expect("a folder"), Ring::default());
    let first = console(&home, Box::new(ring.clone())).await;
    sign_in(&first, house.url(), ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let draft = vigia_desk::view::saved::SavedDraft {
        id: None,
        name: "João".to_owned(),
        query: "actor.email:joao@example.com".to_owned(),
        range: Default::default(),
        sort: Sort::NewestFirst,
        columns: None,
    };
    first.saved_put(draft).await.expect("saved");
    let profile = first
        .status()
        .await
        .expect("status")
        .profile
        .expect("a profile")
        .id;
    first.close().await;
    let folder = home.path().join("profiles").join(profile);
    std::fs::write(folder.join("cache.db"), b"damaged").expect("written");

    let second = console(&home, Box::new(ring)).await;
    let saved = second.saved().await.expect("saved searches");
    assert!(saved.searches.iter().any(|search| search.name == "João"));
    second.close().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recent_searches_go_when_somebody_is_erased() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let line = "{\"service\":\"shop\",\"kind\":\"shop.order.placed\",\"email\":\"joao@example.com\"}";
    house.ingest(&key, "?format=ndjson", line).await;
    let home = tempfile::tempdir().expect("a folder");
    let console = console(&home, Box::new(Ring::default())).await;
    sign_in(&console, house.url(), ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let query = "actor.email:joao@example.com".to_owned();
    console.recent_note(RecentNote { query }).await.expect("noted");
    console.sync_now().await.expect("synced");
    assert_eq!(console.saved().await.expect("saved").recent.len(), 1);
    let permit = vigia_server::operator_may(house.platform.now()).expect("a permit");
    let store = house.platform.store();
    store
        .subject_erase(&permit, "joao@example.com")
        .await
        .expect("erased");
    console.sync_now().await.expect("synced");
    assert!(console.saved().await.expect("saved").recent.is_empty());
    console.close().await;
    house.stop().await;
}
