//! `GET /healthz` (alive) and `GET /readyz` (able to work), both public.

use serde::{Deserialize, Serialize};

/// Whether the platform can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok` or `failing`.
    pub status: HealthStatus,
    /// The platform's version.
    pub version: String,
    /// Each part that was asked, and its state.
    pub checks: std::collections::BTreeMap<String, HealthStatus>,
}

/// The state of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It works.
    Ok,
    /// It does not; the platform's log says why.
    Failing,
}
