//! State is what its events say: one mechanism for every noun that lives.
//!
//! An aggregate event names its aggregate, its version and a payload about nobody; that part stays
//! clear in the ledger, so state can be rebuilt without opening a single sealed group. Values about
//! people (an account's e-mail) stay sealed; state holds a reference to them (`SealedRef`).
//!
//! What an event does to a state is `evolve`.

use crate::clock::Timestamp;
use crate::holder::Holder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The nouns that have state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AggregateKind {
    /// Somebody who may sign in.
    Account,
    /// One sign-in.
    Session,
    /// A key of an application.
    ApiKey,
    /// The erasure of people.
    Erasure,
    /// How long things are kept.
    Retention,
    /// What is kept all the same.
    Hold,
    /// The pruning of what is over.
    Pruning,
    /// The log's key over time.
    LogKey,
    /// What holds for everybody on the platform.
    Settings,
    /// The last backup.
    Backup,
    /// Events taken out as a file.
    Export,
}

impl AggregateKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Account,
        Self::Session,
        Self::ApiKey,
        Self::Erasure,
        Self::Retention,
        Self::Hold,
        Self::Pruning,
        Self::LogKey,
        Self::Settings,
        Self::Backup,
        Self::Export,
    ];

    /// The word stored beside each state row and in each entry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Session => "session",
            Self::ApiKey => "api_key",
            Self::Erasure => "erasure",
            Self::Retention => "retention",
            Self::Hold => "hold",
            Self::Pruning => "pruning",
            Self::LogKey => "log_key",
            Self::Settings => "settings",
            Self::Backup => "backup",
            Self::Export => "export",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What one event does to one aggregate. Versions count from 1, without gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Which noun.
    pub kind: AggregateKind,
    /// Which one.
    pub id: Uuid,
    /// Its version after this event.
    pub version: u64,
    /// What happened to it: the noun's own event, as JSON, about nobody.
    pub payload: Value,
}

/// Where a sealed value lies: the entry, the group within it, the path within the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRef {
    /// The entry's sequence number.
    pub seq: u64,
    /// The group's place among the entry's commitments.
    pub group: u32,
    /// The field: `target.email`.
    pub path: String,
}

/// What `evolve` may know beyond the payload: the clear fields of the entry that carries it.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The entry's sequence number.
    pub seq: u64,
    /// When the ledger took it.
    pub recorded_at: Timestamp,
    /// Whom each of its sealed groups is about, in order.
    pub holders: &'a [Holder],
}
