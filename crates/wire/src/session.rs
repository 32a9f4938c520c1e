//! Sessions: `GET /v1/sessions`, `DELETE /v1/sessions`, `DELETE /v1/sessions/{id}`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vigia_domain::{AccountId, SessionId};

/// A session that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "019c6b0a-6d50-7cc2-9d1c-6f5a1de0a002", "account_id": "019c6b0a-6d50-7cc2-9d1c-6f5a1de0a001",
    "email": "ana@example.com", "current": true, "started_at": "2026-02-17T09:00:00Z",
    "last_used_at": "2026-02-17T10:30:00Z", "expires_at": "2026-02-24T10:15:00Z",
    "address": "192.0.2.7", "user_agent": "vigia/0.1.0"
}))]
pub struct OpenSession {
    /// The session.
    #[schema(value_type = uuid::Uuid)]
    pub id: SessionId,
    /// Whose it is.
    #[schema(value_type = uuid::Uuid)]
    pub account_id: AccountId,
    /// The account's e-mail. Of others only with `pii:read`.
    pub email: Option<String>,
    /// Whether it is the session of this very request.
    pub current: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// From which address it was begun. Of others only with `pii:read`.
    pub address: Option<String>,
    /// What the program that began it called itself. Of others only with `pii:read`.
    pub user_agent: Option<String>,
}

/// How many sessions were ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionsEnded {
    /// So many.
    #[schema(example = 2)]
    pub ended: u64,
}
