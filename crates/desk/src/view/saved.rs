//! What a person keeps of their work on this computer: searches, recent ones, columns.

use super::event::Sort;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Searches and columns of the platform in use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct SavedView {
    /// In the order that the person gave them.
    pub searches: Vec<SavedSearch>,
    /// The newest first.
    pub recent: Vec<RecentSearch>,
    /// The columns of the events table; `None` for the standard ones.
    pub columns: Option<Vec<ColumnView>>,
}

/// A search with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedSearch {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
    /// Its name; empty where it came with the console and was not renamed.
    pub name: String,
    /// The word by which the window names a search that came with the console.
    pub shipped: Option<String>,
    /// The query.
    pub query: String,
    /// When.
    pub range: SavedRange,
    /// The order.
    pub sort: Sort,
    /// The columns, by name; `None` leaves them as they are.
    pub columns: Option<Vec<String>>,
}

/// A search to be kept: a new one, or in place of the one with this number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedDraft {
    /// Which one it replaces.
    #[ts(type = "number | null")]
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// The query.
    pub query: String,
    /// When.
    pub range: SavedRange,
    /// The order.
    pub sort: Sort,
    /// The columns, by name; `None` leaves them as they are when it is opened.
    pub columns: Option<Vec<String>>,
}

/// A range that ends now, or one between two moments, or all time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct SavedRange {
    /// The last hours or days; `None` where moments are given, or for all time.
    pub last: Option<Last>,
    /// First moment.
    pub from: Option<DateTime<Utc>>,
    /// First moment that is not in it any more.
    pub to: Option<DateTime<Utc>>,
}

/// A length of time that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Last {
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "6h")]
    SixHours,
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
    #[serde(rename = "30d")]
    Month,
    #[serde(rename = "90d")]
    Quarter,
    #[serde(rename = "all")]
    All,
}

/// A saved search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedRef {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
}

/// The order that the person wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedOrder {
    /// The numbers of all saved searches.
    #[ts(type = "number[]")]
    pub ids: Vec<i64>,
}

/// A search that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecentSearch {
    /// The query.
    pub query: String,
    /// When it was made last.
    pub at: DateTime<Utc>,
}

/// A search that was made, to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecentNote {
    /// The query.
    pub query: String,
}

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ColumnView {
    /// Its name: `actor`, `target`, or a field's.
    pub name: String,
    /// Its width in pixels, where the person set one.
    pub width: Option<u32>,
}

/// The columns that the person wants; `None` for the standard ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ColumnsChoice {
    /// In order.
    pub columns: Option<Vec<ColumnView>>,
}
