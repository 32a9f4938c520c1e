//! State is what its events say: one mechanism for every noun that lives.
//!
//! An aggregate event names its aggregate, its version and a payload about nobody; that part stays
//! clear in the ledger, so state can be rebuilt without opening a single sealed group. Values about
//! people (an account's e-mail) stay sealed; state holds a reference to them (`SealedRef`).
//!
//! [`evolve`] is total: a payload that it does not understand is an error, never a guess.

use crate::clock::Timestamp;
use crate::entry::Holder;
use crate::{account, api_key, erasure, session};
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
}

impl AggregateKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Account, Self::Session, Self::ApiKey, Self::Erasure];

    /// The word stored beside each state row and in each entry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Session => "session",
            Self::ApiKey => "api_key",
            Self::Erasure => "erasure",
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

/// A payload does not fit the state it is applied to.
#[derive(Debug, thiserror::Error)]
pub enum EvolveError {
    /// The payload is not an event of this noun.
    #[error("reading the payload of a {kind} event")]
    Payload {
        /// The noun.
        kind: &'static str,
        /// What was wrong with it.
        source: serde_json::Error,
    },
    /// The event cannot follow the state: the first event twice, or a later one first.
    #[error("a {kind} event does not follow the state before it")]
    Order {
        /// The noun.
        kind: &'static str,
    },
}

/// The state after this event. Pure: the same events give the same state, on the platform and on
/// every desk.
///
/// # Errors
/// Where the payload is not one of this noun's events, or does not fit the state before it.
pub fn evolve(
    kind: AggregateKind,
    state: Option<&Value>,
    payload: &Value,
    recorded: Recorded<'_>,
) -> Result<Value, EvolveError> {
    match kind {
        AggregateKind::Account => step(kind.name(), state, payload, recorded, account::evolve),
        AggregateKind::Session => step(kind.name(), state, payload, recorded, session::evolve),
        AggregateKind::ApiKey => step(kind.name(), state, payload, recorded, api_key::evolve),
        AggregateKind::Erasure => step(kind.name(), state, payload, recorded, erasure::evolve),
    }
}

fn step<S, E>(
    kind: &'static str,
    state: Option<&Value>,
    payload: &Value,
    recorded: Recorded<'_>,
    evolve: fn(Option<S>, E, Recorded<'_>) -> Option<S>,
) -> Result<Value, EvolveError>
where
    S: Serialize + for<'a> Deserialize<'a>,
    E: for<'a> Deserialize<'a>,
{
    let read = |source| EvolveError::Payload { kind, source };
    let state = state.map(S::deserialize).transpose().map_err(read)?;
    let event = E::deserialize(payload).map_err(read)?;
    let next = evolve(state, event, recorded).ok_or(EvolveError::Order { kind })?;
    serde_json::to_value(next).map_err(read)
}
