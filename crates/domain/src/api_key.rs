//! An API key: what an application signs its events in with.
//!
//! The key is shown once and kept as a hash in the table of credentials; its name is a machine's
//! name, narrow enough that no person's address fits in, because it stays clear in the ledger.

use crate::access::Permission;
use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// What an API key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// What the administrator calls it.
    pub name: KeyName,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key still opens anything.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// What can happen to an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ApiKeyEvent {
    /// It was made.
    Created {
        /// What the administrator calls it.
        name: KeyName,
        /// What it may do.
        permissions: Vec<Permission>,
        /// When it ends by itself.
        expires_at: Option<Timestamp>,
    },
    /// It opens nothing any more.
    Revoked,
}

/// The key after the event; `None` where the event cannot follow the state.
#[must_use]
pub fn evolve(state: Option<ApiKey>, event: ApiKeyEvent, recorded: Recorded<'_>) -> Option<ApiKey> {
    match (state, event) {
        (
            None,
            ApiKeyEvent::Created {
                name,
                permissions,
                expires_at,
            },
        ) => Some(ApiKey {
            name,
            permissions,
            created_at: recorded.recorded_at,
            expires_at,
            revoked_at: None,
        }),
        (Some(key), ApiKeyEvent::Revoked) if key.revoked_at.is_none() => Some(ApiKey {
            revoked_at: Some(recorded.recorded_at),
            ..key
        }),
        _ => None,
    }
}

/// 1 to 64 of `a–z A–Z 0–9 . _ -`: a machine's name, never a person's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(String);

/// The text is not a key's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key's name is 1 to 64 letters, digits, dots, dashes or underscores")]
pub struct MalformedKeyName;

impl KeyName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyName {
    type Error = MalformedKeyName;
    fn try_from(text: String) -> Result<Self, MalformedKeyName> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text))
        } else {
            Err(MalformedKeyName)
        }
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}
