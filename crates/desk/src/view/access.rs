//! API keys and sessions of the platform in use, as it lists them now. None of it is kept here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The API keys, and what a new one may be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiKeysView {
    /// Every key, oldest first, revoked ones too.
    pub keys: Vec<ApiKeyRow>,
    /// The permissions that the person may hand on.
    pub permissions: Vec<String>,
}

/// An API key. The key itself is never shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiKeyRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// Whether it still opens anything.
    pub state: ApiKeyState,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Whether a key still opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyState {
    /// It does.
    Live,
    /// Its time is over.
    Over,
    /// Somebody revoked it.
    Revoked,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewApiKey {
    /// 1 to 64 letters, digits, dots, dashes or underscores.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// Days until it ends by itself; `None`: never.
    pub days: Option<u32>,
}

/// A key that was made: the only time that it is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MadeApiKey {
    /// Its name.
    pub name: String,
    /// The key.
    pub key: String,
}

/// Which API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiKeyRef {
    /// Its id.
    pub id: String,
}

/// Whose sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionsRequest {
    /// Everybody's, not only one's own.
    pub all: bool,
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// Whose it is; `None` where that may not be seen.
    pub email: Option<String>,
    /// Whether it is this console's own.
    pub current: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: DateTime<Utc>,
    /// From which address it was begun.
    pub address: Option<String>,
    /// What the program that began it called itself.
    pub agent: Option<String>,
}

/// Which session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionRef {
    /// Its id.
    pub id: String,
}

/// How many sessions were ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndedSessions {
    /// So many.
    #[ts(type = "number")]
    pub ended: u64,
}
