//! The eight questions to the desk's encrypted cache, beside DuckDB and plain SQLite.
//!
//! *First* is the first time after the cache was opened, *warm* the median of the next five; every
//! question begins with a cache that was just opened. The page cache of the system stays as it is,
//! for everybody alike.

use crate::ask::ask;
use crate::baseline::{self, Answer, Engine};
use crate::fixture::Fixture;
use crate::output::{Figure, Outcome, median_and_p95, millis, say};
use crate::question::{self, Question};
use crate::sync;
use std::path::Path;
use std::time::Instant;
use vigia_desk::cache::Cache;

/// Times that make a warm figure.
const TIMES: usize = 5;

/// Asks once; how long it took in milliseconds, and the size of the answer.
pub async fn once(cache: &Cache, question: Question) -> Outcome<(f64, u64)> {
    let began = Instant::now();
    let rows = ask(cache, question).await?;
    Ok((millis(began.elapsed()), rows))
}

/// The median of several times, in milliseconds.
pub async fn warm(cache: &Cache, question: Question, times: usize) -> Outcome<f64> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        took.push(once(cache, question).await?.0);
    }
    Ok(median_and_p95(took).0)
}

/// First and warm, with a cache that was just opened.
async fn fresh(folder: &Path, question: Question) -> Outcome<Answer> {
    let cache = sync::cache(folder).await?;
    let (first, rows) = once(&cache, question).await?;
    let warm = warm(&cache, question, TIMES).await?;
    cache.close().await;
    Ok(Answer { first, warm, rows })
}

/// Measures.
pub async fn measure(fixture: &Fixture) -> Outcome {
    let desk = fixture.desk().await?;
    let values = question::values();
    let duck = baseline::ask(fixture, Engine::Duck, &values).await?;
    let lite = baseline::ask(fixture, Engine::Lite, &values).await?;
    for question in Question::ALL {
        let name = question.name();
        let vigia = fresh(&desk, question).await?;
        let others = [(Engine::Duck, duck.get(&name)), (Engine::Lite, lite.get(&name))];
        for (engine, other) in &others {
            if other.is_some_and(|other| other.rows != vigia.rows) {
                let rows = other.map_or(0, |other| other.rows);
                say(&format!(
                    "{name}: {} answers {rows}, the desk {}",
                    engine.name(),
                    vigia.rows
                ));
            }
        }
        let times = |time: fn(&Answer) -> f64| {
            let times = others
                .iter()
                .filter_map(|(engine, other)| Some((engine.name(), time((*other)?))));
            let better = times.min_by(|one, other| one.1.total_cmp(&other.1));
            (time(&vigia), better)
        };
        print(
            format!("{name}.warm"),
            times(|answer| answer.warm),
            fixture.events,
        )?;
        print(
            format!("{name}.first"),
            times(|answer| answer.first),
            fixture.events,
        )?;
    }
    Ok(())
}

/// Prints a time beside that of the faster baseline.
fn print(name: String, (value, better): (f64, Option<(&str, f64)>), events: u64) -> Outcome {
    let figure = Figure::new(name, value, "ms", events);
    match better {
        Some((engine, baseline)) => figure.against(engine, baseline).print(),
        None => figure.print(),
    }
}
