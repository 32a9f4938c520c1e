//! How large an event is on disk, on the platform and on the desk, held against its line as NDJSON.

use crate::fixture::{Fixture, bytes_below};
use crate::output::{Figure, Outcome, number};
use std::path::Path;

/// Measures.
pub async fn measure(fixture: &Fixture) -> Outcome {
    let platform = fixture.platform().await?;
    let desk = fixture.desk().await?;
    let raw = number(std::fs::metadata(fixture.log()?)?.len()) / number(fixture.events);
    figure("disk.platform", &platform, raw, fixture.events)?;
    figure("disk.desk", &desk, raw, fixture.events)
}

fn figure(name: &str, folder: &Path, raw: f64, events: u64) -> Outcome {
    let each = number(bytes_below(folder)?) / number(events);
    Figure::new(name, each, "bytes/event", events)
        .against("the same event as NDJSON", raw)
        .print()
}
