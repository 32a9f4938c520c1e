//! `POST /v1/sample`: the platform's own example, a quiet week with three attacks in it.

use serde::{Deserialize, Serialize};

/// What the sample brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SampleLoaded {
    /// Events stored.
    pub events: u64,
}
