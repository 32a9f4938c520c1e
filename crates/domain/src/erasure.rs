//! An erasure: the tombstone that says whose keys are gone.
//!
//! It names random ids and nothing else, so it may stay clear in the ledger for ever. A sealed
//! group that is missing is explained by a later erasure that names one of its holders, and by
//! nothing else but a dropped period.

use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use crate::id::SubjectId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an erasure is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Whose keys are gone.
    pub subjects: BTreeSet<SubjectId>,
    /// When the ledger took the tombstone.
    pub at: Timestamp,
}

/// What can happen to an erasure: it happens, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ErasureEvent {
    /// The keys of these subjects are gone.
    Erased {
        /// Whose.
        subjects: BTreeSet<SubjectId>,
    },
}

/// The erasure after the event; `None` where it already happened.
#[must_use]
pub fn evolve(state: Option<Erasure>, event: ErasureEvent, recorded: Recorded<'_>) -> Option<Erasure> {
    match (state, event) {
        (None, ErasureEvent::Erased { subjects }) => Some(Erasure {
            subjects,
            at: recorded.recorded_at,
        }),
        (Some(_), ErasureEvent::Erased { .. }) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_happens_once() {
        let erased = ErasureEvent::Erased {
            subjects: [SubjectId([7; 16])].into(),
        };
        let recorded = Recorded {
            seq: 3,
            recorded_at: Timestamp::UNIX_EPOCH,
            holders: &[],
        };
        let erasure = evolve(None, erased.clone(), recorded);
        assert!(
            erasure
                .as_ref()
                .is_some_and(|erasure| erasure.subjects.len() == 1)
        );
        assert_eq!(evolve(erasure, erased, recorded), None);
    }
}
