//! `POST /v1/exports`: a console tells that it took events out as a file.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vigia_domain::export::ExportFormat;

/// The longest query, in bytes.
pub const MAX_QUERY_BYTES: usize = 4096;
/// The most columns of a sheet.
pub const MAX_COLUMNS: usize = 64;
/// The longest name of a column, in bytes.
pub const MAX_COLUMN_BYTES: usize = 256;

/// What was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExportRecord {
    /// Made by the console, once for each export: telling it again changes nothing.
    #[schema(example = "01981f6a-0000-7000-8000-000000000001")]
    pub id: Uuid,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// The query whose events were taken; empty for all.
    #[serde(default)]
    #[schema(example = "kind:auth.login.failed service:sshd")]
    pub query: String,
    /// First event time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// First event time that was not taken any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
    /// `csv`, `ndjson` or `json`.
    #[schema(value_type = String, example = "csv")]
    pub format: ExportFormat,
    /// The columns of a sheet; empty where whole events were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// How many events.
    #[schema(example = 528)]
    pub events: u64,
    /// Who was signed in when it was taken, by the console's word: somebody else may be when the
    /// platform is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "ana@example.com")]
    pub by: Option<String>,
}
