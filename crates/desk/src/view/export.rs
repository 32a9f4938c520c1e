//! Events taken out as a file: what is asked for.

use super::event::{Range, Sort};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vigia_domain::export;

/// Exactly what is on the screen: the query, its range, its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExportRequest {
    /// The query (docs/query.md); empty for everything.
    pub query: String,
    /// Event time.
    pub range: Range,
    /// The order.
    pub sort: Sort,
    /// The form of the file.
    pub format: ExportFormat,
    /// The columns of a sheet, by name; not used for whole events.
    pub columns: Vec<String>,
    /// IANA name of the zone in which a sheet writes times.
    pub zone: String,
    /// Whether a sheet begins with a byte order mark, by which Excel knows UTF-8.
    pub mark: bool,
}

/// The form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Comma-separated values (RFC 4180), chosen columns.
    Csv,
    /// One JSON object a line, whole events.
    Ndjson,
    /// One JSON array, whole events.
    Json,
}

impl From<ExportFormat> for export::ExportFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Ndjson => Self::Ndjson,
            ExportFormat::Json => Self::Json,
        }
    }
}

/// Where files go that the console saves. The window cannot choose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExportPlace {
    /// The folder.
    pub folder: String,
}
