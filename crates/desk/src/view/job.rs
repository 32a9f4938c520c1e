//! Long work of this console, as the window's tray shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vigia_wire::Problem;

/// One piece of long work. The list lives as long as the console's process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Job {
    /// Its number, from 1, in the order of their beginnings.
    #[ts(type = "number")]
    pub id: u64,
    /// What kind of work.
    pub kind: JobKind,
    /// What it works on: the name of the file that it writes, where it writes one.
    pub name: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How much is done.
    #[ts(type = "number")]
    pub done: u64,
    /// How much there is, where that is known.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
    /// What it is doing now, as a word that the window translates, where there are several steps.
    pub phase: Option<String>,
    /// How it stands.
    pub state: JobState,
}

/// What kind of work it is; says what `done` and `total` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Events written to a file.
    Export,
    /// A chart, or its numbers, written to a file.
    Chart,
    /// An event's proof written to a file.
    Proof,
    /// Entries fetched anew and compared.
    Verify,
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    /// Under way.
    Running,
    /// It came to its end.
    Done {
        /// The file that it wrote.
        path: Option<String>,
    },
    /// It could not come to its end; nothing of it is left.
    Failed {
        /// Why.
        problem: Problem,
    },
    /// Somebody stopped it; nothing of it is left.
    Cancelled,
}

/// One job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JobRef {
    /// Its number.
    #[ts(type = "number")]
    pub id: u64,
}
