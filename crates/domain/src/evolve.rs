//! State after an event: the one door to every noun's `evolve`.
//!
//! Total: a payload that it does not understand is an error, never a guess. Pure: the same events
//! give the same state, on the platform and on every desk.

use crate::aggregate::{AggregateKind, Recorded};
use crate::{
    account, api_key, backup, erasure, export, hold, log_key, pruning, retention, session, settings,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
        AggregateKind::Retention => step(kind.name(), state, payload, recorded, retention::evolve),
        AggregateKind::Hold => step(kind.name(), state, payload, recorded, hold::evolve),
        AggregateKind::Pruning => step(kind.name(), state, payload, recorded, pruning::evolve),
        AggregateKind::LogKey => step(kind.name(), state, payload, recorded, log_key::evolve),
        AggregateKind::Settings => step(kind.name(), state, payload, recorded, settings::evolve),
        AggregateKind::Backup => step(kind.name(), state, payload, recorded, backup::evolve),
        AggregateKind::Export => step(kind.name(), state, payload, recorded, export::evolve),
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
