//! The eight questions while events arrive: an application sends so many a second to a platform, a
//! desk pulls them into its cache, and the same cache is searched. Platform, desk and application
//! share this computer, so the figure holds their work too.
//!
//! Works on copies: the kept platform and desk stay as they are.

use crate::fixture::Fixture;
use crate::house::House;
use crate::ingest::send_one;
use crate::log::Log;
use crate::output::{Figure, Outcome, number, say};
use crate::queries::warm;
use crate::question::Question;
use crate::sync::{self, Desk};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::time::MissedTickBehavior;

/// How often the application sends.
const SENDS_PER_SECOND: u64 = 10;
/// How long the desk waits before it pulls again.
const PULL: Duration = Duration::from_millis(200);
/// How long events arrive before anything is asked.
const SETTLE: Duration = Duration::from_secs(3);
/// Times that make a figure.
const TIMES: usize = 9;

/// Measures with so many events a second.
pub async fn measure(fixture: &Fixture, rate: u64) -> Outcome {
    let platform = fixture.platform().await?;
    let desk = fixture.desk().await?;
    say("copying the platform and the desk");
    let platform = copied(fixture, &platform, "arriving-platform")?;
    let folder = copied(fixture, &desk, "arriving-desk")?;
    let house = House::open(&platform).await?;
    let cache = Arc::new(sync::cache(&folder).await?);
    let desk = Desk::sign_in(&house, &folder).await?;
    let mut rest = Vec::new();
    for question in Question::ALL {
        warm(&cache, question, 1).await?;
        rest.push(warm(&cache, question, TIMES).await?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let sending = tokio::spawn(send(
        house.client()?,
        house.key().await?,
        fixture.events,
        rate,
        Arc::clone(&stop),
    ));
    let pulling = {
        let (cache, stop) = (Arc::clone(&cache), Arc::clone(&stop));
        tokio::spawn(async move {
            let (began, mut pulled) = (Instant::now(), 0);
            while !stop.load(Ordering::Relaxed) {
                pulled += desk.pull(&cache).await?.entries;
                tokio::time::sleep(PULL).await;
            }
            Outcome::Ok(number(pulled) / began.elapsed().as_secs_f64())
        })
    };
    tokio::time::sleep(SETTLE).await;
    for (question, rest) in Question::ALL.into_iter().zip(rest) {
        let value = warm(&cache, question, TIMES).await?;
        Figure::new(
            format!("{}.arriving", question.name()),
            value,
            "ms",
            fixture.events,
        )
        .against("the same at rest", rest)
        .print()?;
    }
    stop.store(true, Ordering::Relaxed);
    sending.await??;
    let pulled = pulling.await??;
    Figure::new("arriving.pulled", pulled, "events/s", fixture.events)
        .against("events meant to arrive", number(rate))
        .print()?;
    cache.close().await;
    house.stop().await?;
    std::fs::remove_dir_all(platform)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn copied(fixture: &Fixture, from: &Path, part: &str) -> Outcome<std::path::PathBuf> {
    let to = fixture.fresh(part)?;
    copy(from, &to)?;
    Ok(to)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.metadata()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            std::fs::set_permissions(&target, entry.metadata()?.permissions())?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

async fn send(
    client: vigia_client::Client,
    key: String,
    first: u64,
    rate: u64,
    stop: Arc<AtomicBool>,
) -> Outcome {
    let log = Log::new(first);
    let batch = rate / SENDS_PER_SECOND;
    let mut next = first;
    let mut beat = tokio::time::interval(Duration::from_secs(1) / u32::try_from(SENDS_PER_SECOND)?);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !stop.load(Ordering::Relaxed) {
        beat.tick().await;
        let mut body = String::new();
        for number in next..next + batch {
            log.line(number, &mut body);
        }
        next += batch;
        send_one(&client, &key, body.into_bytes(), batch).await?;
    }
    Ok(())
}
