//! Searching events, the histogram above the table, one event with its proof.

use super::status::CheckpointView;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vigia_domain::event::Severity;

/// A range of event time; open where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Range {
    /// First moment.
    pub from: Option<DateTime<Utc>>,
    /// First moment that is not in it any more.
    pub to: Option<DateTime<Utc>>,
}

/// A search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchRequest {
    /// The query (docs/query.md); empty for everything.
    pub query: String,
    /// Event time.
    pub range: Range,
    /// The order.
    pub sort: Sort,
    /// Rows to pass over.
    #[ts(type = "number")]
    pub offset: u64,
    /// Rows wanted, at most 500.
    pub limit: u32,
    /// Fields wanted in `cells` of each row, by name (docs/query.md), `details.…` too.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Newest event time first.
    #[default]
    NewestFirst,
    /// Oldest event time first.
    OldestFirst,
}

/// Some rows of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SearchReply {
    /// The rows.
    pub rows: Vec<EventRow>,
    /// How many events match in all.
    #[ts(type = "number")]
    pub total: u64,
    /// The size of the copy that was searched.
    #[ts(type = "number")]
    pub copy_size: u64,
    /// How long the search took on this computer, in milliseconds.
    pub took_ms: f64,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EventRow {
    /// Place in the ledger.
    #[ts(type = "number")]
    pub seq: u64,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// What happened.
    pub kind: String,
    /// How much it matters.
    pub severity: SeverityName,
    /// `success` or `failure`.
    pub status: Option<String>,
    /// The application.
    pub service: String,
    /// E-mail, else name, else id; a pseudonym where the reader may not see it.
    pub actor: Option<Who>,
    /// Source address.
    pub source_ip: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// To whom or what.
    pub target: Option<Who>,
    /// One line.
    pub message: Option<String>,
    /// How many happenings.
    pub count: u32,
    /// The fields that were asked for, in their order; `null` where the event has none.
    pub cells: Vec<Option<Cell>>,
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Cell {
    /// Its text; a moment as RFC 3339 in UTC.
    pub text: String,
    /// The query that finds the same value; `None` where it is not searchable.
    pub query: Option<String>,
}

/// A person or thing, as the reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Who {
    /// What to print.
    pub text: String,
    /// Whether `text` is a pseudonym.
    pub masked: bool,
    /// The query that finds everything about them: `actor.email:joao@example.com`.
    pub query: Option<String>,
}

/// Severity as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of vigia_domain::event::Severity")]
pub enum SeverityName {
    Unknown,
    Info,
    Low,
    Medium,
    High,
    Critical,
    Fatal,
}

impl From<Severity> for SeverityName {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Unknown => Self::Unknown,
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
            Severity::Fatal => Self::Fatal,
        }
    }
}

/// The histogram above the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HistogramRequest {
    /// The query.
    pub query: String,
    /// Event time; open ends are set to the data's.
    pub range: Range,
    /// Buckets wanted, at most 500; the reply takes the next round width.
    pub buckets: u32,
    /// IANA name of the zone in which buckets begin on round hours and days.
    pub zone: String,
}

/// Counts in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Histogram {
    /// The width of a bucket, in seconds.
    #[ts(type = "number")]
    pub width_seconds: u64,
    /// The buckets in order, empty ones included.
    pub buckets: Vec<HistogramBucket>,
    /// The range that the buckets cover.
    pub range: Range,
}

/// One bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HistogramBucket {
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// Events by severity, in the order of [`SeverityName`].
    #[ts(type = "number[]")]
    pub by_severity: [u64; 7],
    /// Whether time in it is still to come.
    pub partial: bool,
}

/// One event asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DetailRequest {
    /// Place in the ledger.
    #[ts(type = "number")]
    pub seq: u64,
}

/// One event, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EventDetail {
    /// The table's row.
    pub row: EventRow,
    /// When the ledger took it.
    pub recorded_at: DateTime<Utc>,
    /// The whole event as nested JSON, as `vigiactl events --json` prints it.
    #[ts(type = "unknown")]
    pub event: serde_json::Value,
    /// Each field with the query that pivots on it, in reading order.
    pub fields: Vec<FieldView>,
    /// The bytes as they came in; `None` where there are none or the reader may not see them.
    pub raw: Option<String>,
    /// Why some of it cannot be shown.
    pub hidden: Vec<HiddenGroup>,
    /// That it lies in the log.
    pub proof: ProofView,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldView {
    /// Its name in queries: `source.ip`.
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// The query that finds the same value; `None` where it is not searchable.
    pub query: Option<String>,
}

/// A sealed group that the reader does not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HiddenGroup {
    /// The people, as pseudonyms; empty for a period.
    pub people: Vec<String>,
    /// Why.
    pub reason: HiddenReason,
}

/// Why a sealed group is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HiddenReason {
    /// The reader lacks `pii:read`.
    Masked,
    /// The person was erased.
    Erased,
}

/// That an event lies in the log, checked on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofView {
    /// Whether the path below leads from the leaf to the checkpoint's root.
    pub verified: bool,
    /// Place in the log.
    #[ts(type = "number")]
    pub index: u64,
    /// Leaf hash, hexadecimal.
    pub leaf: String,
    /// Hashes from leaf to root, hexadecimal.
    pub path: Vec<String>,
    /// The signed tree head it leads to.
    pub checkpoint: Option<CheckpointView>,
    /// When this computer last checked the log.
    pub checked_at: Option<DateTime<Utc>>,
    /// Commitments of the entry that this computer opened and found right.
    pub commitments_checked: u32,
    /// Commitments in all.
    pub commitments: u32,
}

/// Checks a query while it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueryCheck {
    /// The query.
    pub query: String,
}

/// What may be searched, for completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueryField {
    /// Its name: `source.ip`.
    pub name: String,
    /// `text`, `word`, `ip`, `number`, `time`, `severity`.
    pub kind: String,
    /// The most frequent values in the copy, for fields with few.
    pub values: Vec<String>,
}
