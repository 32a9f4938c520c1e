//! The platform's settings: `GET /v1/settings`, `PATCH /v1/settings`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The settings. `ETag` has the version, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct PlatformSettings {
    /// What people call this platform.
    #[schema(example = "Vigia Produção")]
    pub platform_name: String,
    /// The organisation's time zone (IANA).
    #[schema(example = "America/Sao_Paulo")]
    pub time_zone: String,
    /// Counts up with every change; 0 where there was none.
    #[ts(type = "number")]
    #[schema(example = 3)]
    pub version: u64,
    /// When they changed last.
    #[ts(type = "string | null")]
    pub changed_at: Option<DateTime<Utc>>,
}

/// A change. What is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSettings {
    /// 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Vigia Produção")]
    pub platform_name: Option<String>,
    /// The name of a time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "America/Sao_Paulo")]
    pub time_zone: Option<String>,
    /// The version that the change is based on; or the header `If-Match` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null")]
    #[schema(example = 3)]
    pub version: Option<u64>,
}
