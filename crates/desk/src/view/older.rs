//! What the platform found of a time that the copy does not cover.

use super::event::{EventRow, Range};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vigia_wire::Problem;

/// What is looked for before the copy's first entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OlderRequest {
    /// The query; empty for everything.
    pub query: String,
    /// Event time.
    pub range: Range,
    /// Fields wanted in `cells` of each row.
    pub columns: Vec<String>,
    /// Goes on where the last answer to the same question ended.
    pub more: bool,
}

/// The search of the platform, as far as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OlderView {
    /// How it stands.
    pub state: OlderState,
    /// What was looked for; `None` before the first search.
    pub request: Option<OlderRequest>,
    /// What was found, the newest entry first.
    pub rows: Vec<OlderRow>,
    /// Entries that the platform has looked at.
    #[ts(type = "number")]
    pub scanned: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// How a search of the platform stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OlderState {
    /// Nothing was looked for.
    Idle,
    /// The platform is looking.
    Running,
    /// Everything was found; entries are still being checked.
    Checking,
    /// Everything was found and checked.
    Done,
    /// Somebody stopped it; what was found stays.
    Stopped,
    /// It broke off; what was found stays.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// An event that the platform reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OlderRow {
    /// The row.
    pub row: EventRow,
    /// Whether its entry was hashed here and lies in a tree that this computer trusts.
    pub verified: bool,
}
