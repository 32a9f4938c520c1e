//! The Overview: everything it draws, in one answer, ready to draw.

use super::event::{Histogram, Range, SeverityName};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the Overview is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OverviewRequest {
    /// Event time. Where the copy has nothing in it, the reply moves to the newest data of the
    /// same length and says so.
    pub range: Range,
    /// IANA name of the zone for hours and days.
    pub zone: String,
}

/// Everything that the Overview draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Overview {
    /// The range that was used.
    pub range: Range,
    /// Whether it differs from the one asked for, because that one is empty.
    pub moved: bool,
    /// Events in the range.
    #[ts(type = "number")]
    pub events: u64,
    /// Events in the range of the same length before it, where the copy reaches that far back.
    #[ts(type = "number | null")]
    pub events_before: Option<u64>,
    /// Events by severity, severest first, each with its query.
    pub severities: Vec<SeverityCount>,
    /// Events in time, by severity.
    pub histogram: Histogram,
    /// Sign-ins in time.
    pub logins: LoginSeries,
    /// Failed sign-ins by hour and weekday.
    pub heat: Heat,
    /// Accounts with the most failed sign-ins.
    pub accounts: Vec<TopRow>,
    /// Addresses with the most failed sign-ins.
    pub addresses: Vec<TopRow>,
    /// Services with the most events.
    pub services: Vec<TopRow>,
    /// The newest event of the copy.
    pub newest: Option<DateTime<Utc>>,
}

/// How many events of a severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SeverityCount {
    /// Which.
    pub severity: SeverityName,
    /// How many.
    #[ts(type = "number")]
    pub count: u64,
    /// The query that finds them.
    pub query: String,
}

/// Sign-ins in time; both lists have the histogram's buckets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LoginSeries {
    /// `auth.login.failed`.
    #[ts(type = "number[]")]
    pub failed: Vec<u64>,
    /// `auth.login.succeeded`.
    #[ts(type = "number[]")]
    pub succeeded: Vec<u64>,
    /// Failures in all.
    #[ts(type = "number")]
    pub failed_total: u64,
    /// Successes in all.
    #[ts(type = "number")]
    pub succeeded_total: u64,
}

/// Counts by weekday and hour in the zone asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Heat {
    /// Seven rows, Monday first, of 24 hours.
    #[ts(type = "number[][]")]
    pub cells: Vec<Vec<u64>>,
    /// The query that the cells count; a cell narrows it by hour and day in the window.
    pub query: String,
}

/// One bar of a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TopRow {
    /// What to print.
    pub text: String,
    /// Whether `text` is a pseudonym.
    pub masked: bool,
    /// How many.
    #[ts(type = "number")]
    pub count: u64,
    /// Country code, for addresses.
    pub country: Option<String>,
    /// The query that finds these events.
    pub query: Option<String>,
}
