//! Loading the platform's own example, through the same readers as real logs.

use crate::event::{self, Origin};
use crate::{Error, Platform, SERVICE, operator_may, walk};
use std::ops::ControlFlow;
use vigia_domain::access::Permit;
use vigia_domain::access::action::RunPlatform;
use vigia_domain::{Event, Kind};
use vigia_intake::{Hints, Line, Reader, sample};
use vigia_store::Authority;

/// What is known of whether the log has the example already.
#[derive(Debug, Default)]
pub struct Known {
    /// It has.
    there: bool,
    /// The log was looked through up to here.
    looked: u64,
}

/// Loads the example and the event that says so, as one transaction. Answers how many events the
/// example has.
///
/// # Errors
/// `SampleThere` where the log has it already; where the store fails.
pub async fn load(platform: &Platform, permit: &Permit<RunPlatform>, origin: &Origin) -> Result<u64, Error> {
    // Held until it is loaded: the second of two clicks waits, and then sees it.
    let mut known = platform.sample().lock().await;
    if !known.there {
        let permit = operator_may(origin.now)?;
        let mut there = false;
        let looked = walk::entries(platform.store(), &permit, known.looked, |entry| {
            there = entry.service == SERVICE && entry.kind == Kind::SAMPLE_LOADED;
            if there {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        known.looked = looked.await?;
        known.there = there;
    }
    if known.there {
        return Err(Error::SampleThere);
    }
    let mut events = Vec::new();
    for file in sample::generate(origin.now) {
        let mut reader = Reader::new(Hints {
            format: file.format,
            service: Some(file.service.to_owned()),
            ..Hints::new(origin.now)
        });
        let mut lines = reader.push(file.lines.as_bytes());
        lines.extend(reader.finish());
        for line in lines {
            events.extend(read(line, origin)?);
        }
    }
    let count = u64::try_from(events.len()).unwrap_or(0);
    let mut told = origin.event(Kind::SAMPLE_LOADED, "The example was loaded")?;
    told.details.insert("events".to_owned(), count.into());
    events.push(told);
    platform
        .store()
        .record(Authority::Platform(permit), events)
        .await?;
    known.there = true;
    Ok(count)
}

fn read(line: Line, origin: &Origin) -> Result<Vec<Event>, Error> {
    match line {
        Line::Events { events, .. } => events
            .into_iter()
            .map(|draft| Ok(draft.into_event(event::new_id(origin.now)?)))
            .collect(),
        Line::Rejected { .. } => Err(Error::Broken {
            what: "an example that its own reader refuses",
        }),
    }
}
