//! From lines to appended events: many lines, one append.
//!
//! A batch that the store is too busy for, or fails on, is tried again until it is in; meanwhile nobody
//! reads. Only what could never be appended is let go, and counted.

use super::connection::Received;
use super::{Shared, add};
use crate::api::ingest::fits;
use crate::{Error, event};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use vigia_domain::Event;
use vigia_intake::{Hints, Line, Reader};
use vigia_store::Batch;

/// The most lines of one append.
const MAX_LINES: usize = 1_000;
/// The most bytes of their text.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// The longest that a line waits for others, in milliseconds.
const WAIT_MILLIS: u64 = 200;
/// The first pause before trying again, in milliseconds; each next one is twice as long.
const FIRST_PAUSE_MILLIS: u64 = 100;
/// The longest pause, in milliseconds.
const LONGEST_PAUSE_MILLIS: u64 = 5_000;

/// Appends what arrives until every connection is over.
pub(super) async fn append_all(shared: Arc<Shared>, mut waiting: mpsc::Receiver<Received>) {
    while let Some(first) = waiting.recv().await {
        let until = Instant::now() + Duration::from_millis(WAIT_MILLIS);
        let mut bytes = first.line.len();
        let mut lines = vec![first];
        while lines.len() < MAX_LINES && bytes < MAX_BYTES {
            let Ok(Some(more)) = timeout_at(until, waiting.recv()).await else {
                break;
            };
            bytes += more.line.len();
            lines.push(more);
        }
        append(&shared, &lines).await;
    }
}

async fn append(shared: &Shared, lines: &[Received]) {
    let events = match events(shared, lines) {
        Ok(events) => events,
        Err(error) => {
            tracing::error!(%error, lines = lines.len(), "syslog lines could not be read");
            return add(&shared.counters.rejected, lines.len());
        }
    };
    let mut pause = FIRST_PAUSE_MILLIS;
    while !events.is_empty() {
        match store(shared, &events).await {
            Ok(()) => return add(&shared.counters.events, events.len()),
            Err(error) if is_final(&error) => {
                tracing::error!(%error, lines = lines.len(), "syslog lines are refused");
                return add(&shared.counters.rejected, lines.len());
            }
            Err(error) => tracing::warn!(%error, "syslog waits for the store"),
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE_MILLIS);
    }
}

/// What trying again would not change.
fn is_final(error: &Error) -> bool {
    use vigia_store::Error as Store;
    matches!(
        error,
        Error::Field { .. }
            | Error::Denied(_)
            | Error::BadToken(_)
            | Error::Store(Store::OutOfScope(_) | Store::Reserved | Store::TooLarge { .. } | Store::Closed)
    )
}

async fn store(shared: &Shared, events: &[Event]) -> Result<(), Error> {
    let (api_key, permit) = shared.identity.permit(&shared.platform).await?;
    let batch = Batch {
        api_key,
        idempotency: None,
        events: events.to_vec(),
        reply: Vec::new(),
    };
    shared.platform.store().ingest(&permit, batch).await?;
    Ok(())
}

fn events(shared: &Shared, lines: &[Received]) -> Result<Vec<Event>, Error> {
    let now = shared.platform.now();
    // Some senders leave the header out and send JSON or an access log as it is.
    let mut reader = Reader::new(Hints {
        zone: shared.settings.zone,
        service: shared.settings.service.clone(),
        ..Hints::new(now)
    });
    let mut events = Vec::with_capacity(lines.len());
    for received in lines {
        for line in reader.message(&received.line) {
            let Line::Events { events: drafts, .. } = line else {
                add(&shared.counters.rejected, 1);
                continue;
            };
            for mut draft in drafts {
                let sender = &received.sender;
                draft.note_sender(&sender.address, sender.certificate.as_deref());
                if fits(&draft) {
                    events.push(draft.into_event(event::new_id(now)?));
                } else {
                    add(&shared.counters.rejected, 1);
                }
            }
        }
    }
    Ok(events)
}
