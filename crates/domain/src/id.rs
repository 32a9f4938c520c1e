//! Ids as types, so that one can never be passed for another.
//!
//! Event, account, session and key ids are UUIDv7 (RFC 9562 § 5.7): time-ordered, made at the edge
//! from a given time and given random bytes. A subject's id is sixteen random bytes and says
//! nothing about the person or the moment: it outlives them in the ledger.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A UUIDv7 of this moment and these ten random bytes.
            #[must_use]
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// One event of the ledger.
    EventId,
    /// Somebody who may sign in to this platform.
    AccountId,
    /// One sign-in, from its first token to its end.
    SessionId,
    /// A key that an application sends its events with.
    ApiKeyId,
}

/// A person as the ledger knows them: random, the same for the life of their key, gone with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub [u8; 16]);

impl SubjectId {
    /// Which of the 256 vault buckets holds this subject's key.
    #[must_use]
    pub fn bucket(self) -> u8 {
        let [first, ..] = self.0;
        first
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectId({self})")
    }
}

/// The text was not thirty-two hexadecimal digits.
#[derive(Debug, thiserror::Error)]
#[error("a subject id is 32 hexadecimal digits")]
pub struct MalformedSubjectId;

impl std::str::FromStr for SubjectId {
    type Err = MalformedSubjectId;
    fn from_str(text: &str) -> Result<Self, MalformedSubjectId> {
        let value = Uuid::try_parse(text).map_err(|_| MalformedSubjectId)?;
        Ok(Self(value.into_bytes()))
    }
}

impl Serialize for SubjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
