//! Everything that the Overview draws, counted over the encrypted cache: of a day, of a week (what the
//! page opens with), and of the whole log.

use crate::ask::draw;
use crate::fixture::Fixture;
use crate::output::{Figure, Outcome, median_and_p95, millis};
use crate::sync;
use std::time::Instant;

/// Times that make a warm figure.
const TIMES: usize = 5;

/// Measures.
pub async fn measure(fixture: &Fixture) -> Outcome {
    let desk = fixture.desk().await?;
    for days in [1, 7, 90] {
        let cache = sync::cache(&desk).await?;
        let mut took = Vec::with_capacity(TIMES + 1);
        for _ in 0..=TIMES {
            let began = Instant::now();
            draw(&cache, days).await?;
            took.push(millis(began.elapsed()));
        }
        cache.close().await;
        let first = took.remove(0);
        let (warm, _) = median_and_p95(took);
        Figure::new(format!("overview.{days}d.warm"), warm, "ms", fixture.events).print()?;
        Figure::new(format!("overview.{days}d.first"), first, "ms", fixture.events).print()?;
    }
    Ok(())
}
