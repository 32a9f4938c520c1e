//! A chart, or its numbers, to be saved as a file.

use super::event::Range;
use super::settings::Language;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is to be drawn. The numbers are counted anew, from the copy: the window names them, it does
/// not give them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChartRequest {
    /// Which chart.
    pub chart: ChartKind,
    /// The query, for the chart of matching events.
    pub query: String,
    /// Event time.
    pub range: Range,
    /// IANA name of the zone for hours and days.
    pub zone: String,
    /// The language of its words; never `system`.
    pub language: Language,
    /// The form of the file.
    pub form: ChartForm,
}

/// The charts that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Events that match the query, in time, by severity.
    Matching,
    /// All events per minute, by severity.
    Events,
    /// Failed and successful sign-ins in time.
    Logins,
    /// Failed sign-ins by weekday and hour.
    Heat,
    /// Accounts with the most failed sign-ins.
    Accounts,
    /// Addresses with the most failed sign-ins.
    Addresses,
    /// Services with the most events.
    Services,
}

/// The form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChartForm {
    /// A drawing for paper, light.
    Svg,
    /// Its numbers.
    Csv,
}

/// The file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChartSaved {
    /// Where it lies.
    pub path: String,
}
