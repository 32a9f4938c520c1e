//! A desk that copies a platform's log: every entry hashed, every page proven, into the encrypted
//! cache, where it can be searched at once.

use crate::baseline::{self, Engine};
use crate::fixture::Fixture;
use crate::house::House;
use crate::output::{Figure, Outcome, per_second, say};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vigia_client::Client;
use vigia_desk::cache::{Cache, CacheKey};
use vigia_desk::secret::Keeper;
use vigia_desk::session::Session;
use vigia_desk::sync::{Pulled, Stop, Sync};
use vigia_desk::trust::{How, Trust};
use vigia_domain::Clock as _;
use vigia_server::edge::SystemClock;
use zeroize::Zeroizing;

/// The key of every cache here: what lies in it was generated.
const KEY: [u8; 32] = [0x42; 32];

/// What a sync took.
pub struct Synced {
    /// From the first question to the last page.
    pub took: Duration,
    /// How many entries it brought.
    pub entries: u64,
}

/// Opens the cache of a desk's folder.
pub async fn cache(folder: &Path) -> Outcome<Cache> {
    let key: CacheKey = Zeroizing::new(KEY);
    Ok(Cache::open(&folder.join("cache.db"), &key).await?)
}

/// What a sync needs besides the cache.
pub struct Desk {
    client: Client,
    trust: Trust,
    session: Session,
}

impl Desk {
    /// Signs in to a platform, whose key is trusted as it is; what a desk remembers lies in its folder.
    pub async fn sign_in(house: &House, folder: &Path) -> Outcome<Self> {
        let client = house.client()?;
        let keeper = Keeper::in_memory("a desk that measures".to_owned());
        let lock = folder.join("session.lock");
        let session = Session::new(
            client.clone(),
            keeper,
            Arc::new(SystemClock),
            "session".to_owned(),
            lock,
        );
        session.begin(house.login().await?).await?;
        let trust = Trust::new(folder);
        if trust.key()?.is_none() {
            trust.pin(&client.ledger_key().await?, How::Compared, SystemClock.now())?;
        }
        Ok(Self {
            client,
            trust,
            session,
        })
    }

    /// Pulls what is new.
    pub async fn pull(&self, cache: &Cache) -> Outcome<Pulled> {
        let sync = Sync {
            client: &self.client,
            cache,
            trust: &self.trust,
            session: &self.session,
            since: None,
            limit_bytes: None,
            now: SystemClock.now(),
            strict: false,
        };
        sync.pull(|_| {}).await.map_err(|stop| match stop {
            Stop::Failed(error) => error.into(),
            Stop::Finding(finding) => format!("syncing: the log does not fit: {finding:?}").into(),
        })
    }
}

/// The first sync of a desk in an empty folder.
pub async fn first(house: &House, folder: &Path) -> Outcome<Synced> {
    let desk = Desk::sign_in(house, folder).await?;
    let cache = cache(folder).await?;
    let began = Instant::now();
    let pulled = desk.pull(&cache).await?;
    let took = began.elapsed();
    say(&format!("synced {} entries in {took:?}", pulled.entries));
    cache.close().await;
    Ok(Synced {
        took,
        entries: pulled.entries,
    })
}

/// Measures, beside DuckDB that loads the same file.
pub async fn measure(fixture: &Fixture) -> Outcome {
    let platform = fixture.platform().await?;
    let folder = fixture.fresh("desk")?;
    let house = House::open(&platform).await?;
    let synced = first(&house, &folder).await?;
    house.stop().await?;
    fixture.done("desk")?;
    let loaded = baseline::load(fixture, Engine::Duck).await?;
    Figure::new(
        "sync",
        per_second(synced.entries, synced.took),
        "events/s",
        fixture.events,
    )
    .against(
        "DuckDB loading the same NDJSON",
        per_second(fixture.events, loaded),
    )
    .print()
}
