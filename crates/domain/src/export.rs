//! An export: that events were taken out of a console or of the platform as a file.
//!
//! It happens once; its id is made where it is taken, so that telling the platform twice records it
//! once. What was searched for may name people and is sealed beside the entry; here stands only how
//! much was taken, by whom, in which form.

use crate::access::Principal;
use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Comma-separated values (RFC 4180), chosen columns.
    Csv,
    /// One JSON object a line, whole events.
    Ndjson,
    /// One JSON array, whole events.
    Json,
}

impl ExportFormat {
    /// The word for it; also the ending of the file's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
        }
    }
}

/// What an export is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Who told of it: the one who was signed in.
    pub by: Principal,
    /// The form of the file.
    pub format: ExportFormat,
    /// How many events.
    pub events: u64,
    /// When the ledger took it.
    pub at: Timestamp,
}

/// What can happen to an export: it is taken, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ExportEvent {
    /// Events were taken out.
    Taken {
        /// Who told of it.
        by: Principal,
        /// The form of the file.
        format: ExportFormat,
        /// How many events.
        events: u64,
    },
}

/// The export after the event; `None` where it already happened.
#[must_use]
pub fn evolve(state: Option<Export>, event: ExportEvent, recorded: Recorded<'_>) -> Option<Export> {
    match (state, event) {
        (None, ExportEvent::Taken { by, format, events }) => Some(Export {
            by,
            format,
            events,
            at: recorded.recorded_at,
        }),
        (Some(_), ExportEvent::Taken { .. }) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_taken_once() {
        let taken = ExportEvent::Taken {
            by: Principal::Operator,
            format: ExportFormat::Csv,
            events: 7,
        };
        let recorded = Recorded {
            seq: 3,
            recorded_at: Timestamp::UNIX_EPOCH,
            holders: &[],
        };
        let export = evolve(None, taken.clone(), recorded);
        assert!(export.as_ref().is_some_and(|export| export.events == 7));
        assert_eq!(evolve(export, taken, recorded), None);
    }
}
