//! Durable ingest over HTTP: batches sent by several connections of one application, each answered
//! when what it sent is sealed, hashed, indexed and on disk.
//!
//! The baselines store the very rows that came of it into an empty copy of the same tables, without
//! knowing what they mean: `plain` on SQLite, `copy` on PostgreSQL.

mod copy;
mod plain;

use crate::fixture::Fixture;
use crate::house::House;
use crate::output::{Figure, Outcome, per_second, say};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use vigia_client::{Client, Ingest};
use vigia_server::Database;
use vigia_wire::Code;

/// Events of one request.
const BATCH_EVENTS: usize = 2_000;
/// Requests at the same time.
const CONNECTIONS: usize = 8;
/// How long to wait where the platform is busy.
const BUSY: Duration = Duration::from_millis(20);

/// What sending took.
pub struct Sent {
    /// From the first byte to the last answer.
    pub took: Duration,
    /// In how many commits the platform stored them.
    pub commits: u64,
}

/// Where batches come from: the log's lines in order.
struct Batches {
    file: BufReader<File>,
    left: u64,
}

impl Batches {
    fn next(&mut self) -> Outcome<Option<(Vec<u8>, u64)>> {
        let mut body = Vec::with_capacity(BATCH_EVENTS * 400);
        let mut count = 0;
        while count < (BATCH_EVENTS as u64).min(self.left) {
            if self.file.read_until(b'\n', &mut body)? == 0 {
                break;
            }
            count += 1;
        }
        self.left -= count;
        Ok((count > 0).then_some((body, count)))
    }
}

/// Sends the first `events` lines of a file.
pub async fn send(house: &House, log: &Path, events: u64) -> Outcome<Sent> {
    let key = house.key().await?;
    let before = house.commits().await?;
    let batches = Arc::new(Mutex::new(Batches {
        file: BufReader::with_capacity(1 << 20, File::open(log)?),
        left: events,
    }));
    let began = Instant::now();
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, key, batches) = (house.client()?, key.clone(), Arc::clone(&batches));
        connections.spawn(async move {
            loop {
                let next = batches.lock().unwrap_or_else(PoisonError::into_inner).next();
                match next? {
                    Some((body, count)) => send_one(&client, &key, body, count).await?,
                    None => return Outcome::Ok(()),
                }
            }
        });
    }
    while let Some(done) = connections.join_next().await {
        done??;
    }
    Ok(Sent {
        took: began.elapsed(),
        commits: house.commits().await? - before,
    })
}

/// Sends one batch, again where the platform is busy.
pub async fn send_one(client: &Client, key: &str, body: Vec<u8>, count: u64) -> Outcome {
    let how = Ingest {
        format: Some("ndjson".to_owned()),
        ..Ingest::default()
    };
    loop {
        match client.ingest(key, &how, body.clone()).await {
            Ok(reply) if (reply.events, reply.rejected) == (count, 0) => return Ok(()),
            Ok(reply) => return Err(format!("sending events: {reply:?} for {count} lines").into()),
            Err(problem) if problem.code == Code::Busy => tokio::time::sleep(BUSY).await,
            Err(problem) => return Err(problem.into()),
        }
    }
}

fn figure(name: &str, events: u64, sent: &Sent) -> Figure {
    say(&format!("{name}: {:?} in {} commits", sent.took, sent.commits));
    Figure::new(name, per_second(events, sent.took), "events/s", events)
}

/// Measures on SQLite.
pub async fn sqlite(fixture: &Fixture) -> Outcome {
    let log = fixture.log()?;
    let folder = fixture.fresh("ingest")?;
    let house = House::begin(&folder, Database::Folder).await?;
    let sent = send(&house, &log, fixture.events).await?;
    house.stop().await?;
    let copy = fixture.fresh("ingest-plain")?;
    let took = plain::store(&folder, &copy, sent.commits).await?;
    figure("ingest.sqlite", fixture.events, &sent)
        .against("plain inserts of the same rows", per_second(fixture.events, took))
        .print()?;
    std::fs::remove_dir_all(copy)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Measures on PostgreSQL, in databases of its own on this server.
pub async fn postgres(fixture: &Fixture, server: &str) -> Outcome {
    let log = fixture.log()?;
    let folder = fixture.fresh("ingest")?;
    let name = format!("vigia_bench_{}", std::process::id());
    let mut admin = PgConnection::connect(server).await?;
    sqlx::query(AssertSqlSafe(format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
    )))
    .execute(&mut admin)
    .await?;
    let url = copy::of_database(server, &name)?;
    let house = House::begin(&folder, Database::Postgres(url.parse()?)).await?;
    let sent = send(&house, &log, fixture.events).await?;
    house.stop().await?;
    let took = copy::store(&mut admin, server, &name, &fixture.path("copy")).await?;
    figure("ingest.postgres", fixture.events, &sent)
        .against("COPY of the same rows", per_second(fixture.events, took))
        .print()?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
