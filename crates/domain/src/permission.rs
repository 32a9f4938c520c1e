//! Permissions as text and as sets: `resource:action`, and the roles every platform has.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `resource:action`, with `*` for "any": `*`, `generations:*`, `pii:read`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Permission {
    resource: String,
    action: String,
}

/// The text is not a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a permission is resource:action, like events:read, with * for any")]
pub struct MalformedPermission;

impl Permission {
    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            resource: "*".to_owned(),
            action: "*".to_owned(),
        }
    }

    /// Whether having this one is having `wanted`.
    #[must_use]
    pub fn covers(&self, wanted: &Self) -> bool {
        (self.resource == "*" || self.resource == wanted.resource)
            && (self.action == "*" || self.action == wanted.action)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resource == "*" && self.action == "*" {
            f.write_str("*")
        } else {
            write!(f, "{}:{}", self.resource, self.action)
        }
    }
}

impl std::str::FromStr for Permission {
    type Err = MalformedPermission;
    fn from_str(text: &str) -> Result<Self, MalformedPermission> {
        if text == "*" {
            return Ok(Self::everything());
        }
        let word = |word: &str| {
            word == "*"
                || (1..=64).contains(&word.len())
                    && word
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        match text.split_once(':') {
            Some((resource, action)) if word(resource) && word(action) => Ok(Self {
                resource: resource.to_owned(),
                action: action.to_owned(),
            }),
            _ => Err(MalformedPermission),
        }
    }
}

impl TryFrom<String> for Permission {
    type Error = MalformedPermission;
    fn try_from(text: String) -> Result<Self, MalformedPermission> {
        text.parse()
    }
}

impl From<Permission> for String {
    fn from(permission: Permission) -> Self {
        permission.to_string()
    }
}

/// The roles that every platform has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuiltInRole {
    /// Everything.
    Admin,
    /// Reads events, with people masked.
    Viewer,
}

impl BuiltInRole {
    /// Every built-in role.
    pub const ALL: [Self; 2] = [Self::Admin, Self::Viewer];

    /// What the role may do.
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        let list = |names: &[&str]| names.iter().filter_map(|name| name.parse().ok()).collect();
        match self {
            Self::Admin => list(&["*"]),
            Self::Viewer => list(&["events:read", "session:read"]),
        }
    }
}
