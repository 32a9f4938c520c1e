//! The log's key over time: each change is an event that names both keys.
//!
//! The first checkpoint that covers the event is signed by both and kept for ever, so that whoever
//! trusts the old key can follow to the new one (docs/ledger.md).

use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The log has one chain of keys.
pub const CHAIN: Uuid = Uuid::nil();

/// The chain so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogKeys {
    /// Each change, oldest first.
    pub changes: Vec<KeyChange>,
}

/// One change of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// C2SP verifier key before.
    pub before: String,
    /// C2SP verifier key from this entry on.
    pub after: String,
    /// The entry that tells it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
}

/// What can happen to the log's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LogKeyEvent {
    /// Another key signs from here on.
    Rotated {
        /// C2SP verifier key before.
        before: String,
        /// C2SP verifier key after.
        after: String,
    },
}

/// The chain after the event; `None` where it does not continue the chain.
#[must_use]
pub fn evolve(state: Option<LogKeys>, event: LogKeyEvent, recorded: Recorded<'_>) -> Option<LogKeys> {
    let LogKeyEvent::Rotated { before, after } = event;
    let mut changes = state.map(|state| state.changes).unwrap_or_default();
    if changes.last().is_some_and(|last| last.after != before) {
        return None;
    }
    changes.push(KeyChange {
        before,
        after,
        seq: recorded.seq,
        at: recorded.recorded_at,
    });
    Some(LogKeys { changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_has_no_gap() {
        let recorded = Recorded {
            seq: 3,
            recorded_at: Timestamp::UNIX_EPOCH,
            holders: &[],
        };
        let rotated = |before: &str, after: &str| LogKeyEvent::Rotated {
            before: before.to_owned(),
            after: after.to_owned(),
        };
        let one = evolve(None, rotated("a", "b"), recorded);
        assert!(evolve(one.clone(), rotated("a", "c"), recorded).is_none());
        let two = evolve(one, rotated("b", "c"), recorded).unwrap();
        assert_eq!(two.changes.len(), 2);
    }
}
