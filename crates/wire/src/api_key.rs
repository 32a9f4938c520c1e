//! API keys: `POST /v1/api-keys`, `DELETE /v1/api-keys/{id}`, `GET /v1/api-keys`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vigia_domain::ApiKeyId;

/// What a new key may do, and until when.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CreateApiKey {
    /// 1 to 64 letters, digits, dots, dashes or underscores.
    #[schema(example = "api-production")]
    pub name: String,
    /// `resource:action` each; at least one.
    #[schema(example = json!(["events:write"]))]
    pub permissions: Vec<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A new key. The only time that `key` is shown.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CreatedApiKey {
    /// The key's id.
    #[schema(value_type = uuid::Uuid)]
    pub id: ApiKeyId,
    /// `vgk_…`: to be sent as `Authorization: Bearer`.
    pub key: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key as it is known afterwards.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ApiKeyReply {
    /// The key's id.
    #[schema(value_type = uuid::Uuid)]
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}
