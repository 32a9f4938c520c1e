//! Real logs through the reader: what they are known to hold must come out of it, and nothing may
//! be dropped. The formats themselves are tested in the crate, with lines of its own.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

mod audit_logger;
mod body;
mod cloudtrail;
mod log;
mod openssh;
mod seed;
mod web;
mod winston;

use vigia_domain::{Event, EventId};
use vigia_intake::{Draft, Format, Hints, Line, Reader};

/// Everything that a body became, read in one piece.
fn read(body: &[u8], hints: &Hints) -> Vec<Line> {
    let mut reader = Reader::new(hints.clone());
    let mut lines = reader.push(body);
    lines.extend(reader.finish());
    lines
}

/// The hints of a body that came in on the day the project began.
fn hints(format: Format) -> Hints {
    let received_at = "2026-11-20T12:00:00Z".parse().expect("a time");
    Hints {
        format,
        ..Hints::new(received_at)
    }
}

/// The events of lines that must all have been taken.
fn events(lines: Vec<Line>) -> Vec<Event> {
    lines
        .into_iter()
        .flat_map(|line| match line {
            Line::Events { events, .. } => events,
            Line::Rejected { line, code, reason } => panic!("line {line} was refused: {code}, {reason}"),
        })
        .map(event)
        .collect()
}

fn event(draft: Draft) -> Event {
    let id = EventId::new(draft.event().time, [0; 10]);
    draft.into_event(id)
}
