//! A pruning: the event that says which entries' bytes, or which periods' keys, are gone because
//! their days are over. It explains to every verifier and every desk what they will not find any
//! more; what is missing without one is broken.

use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// The most ranges of one event, so that its entry stays well under 64 KiB.
pub const MAX_RANGES: usize = 1_000;

/// What a pruning is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruning {
    /// When the ledger took the event.
    pub at: Timestamp,
    /// Entries whose bytes are gone.
    pub entries: u64,
    /// Periods whose keys are gone.
    pub periods: u64,
}

/// A period: a day and a class, as its key is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// Days since 1970-01-01 UTC.
    pub day: i32,
    /// The retention class's number.
    pub class: u8,
}

/// What can happen to a pruning: it happens, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PruningEvent {
    /// The bytes and sealed groups of these entries are gone.
    Pruned {
        /// First and last sequence number of each range, ascending.
        ranges: Vec<(u64, u64)>,
    },
    /// The keys of these periods are gone.
    Dropped {
        /// Which.
        periods: Vec<Period>,
        /// What is under legal hold was sealed anew first: entries that are still there keep their
        /// groups.
        held: bool,
    },
}

/// The pruning after the event; `None` where it already happened.
#[must_use]
pub fn evolve(state: Option<Pruning>, event: PruningEvent, recorded: Recorded<'_>) -> Option<Pruning> {
    if state.is_some() {
        return None;
    }
    let (entries, periods) = match event {
        PruningEvent::Pruned { ranges } => {
            let count = |(first, last): &(u64, u64)| last.saturating_sub(*first).saturating_add(1);
            (ranges.iter().map(count).sum(), 0)
        }
        PruningEvent::Dropped { periods, .. } => (0, periods.len() as u64),
    };
    Some(Pruning {
        at: recorded.recorded_at,
        entries,
        periods,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pruning_happens_once_and_says_how_much_is_gone() {
        let recorded = Recorded {
            seq: 3,
            recorded_at: Timestamp::UNIX_EPOCH,
            holders: &[],
        };
        let event = PruningEvent::Pruned {
            ranges: vec![(0, 9), (20, 20)],
        };
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"event":"pruned","ranges":[[0,9],[20,20]]}"#
        );
        let pruning = evolve(None, event.clone(), recorded).unwrap();
        assert_eq!((pruning.entries, pruning.periods), (11, 0));
        assert_eq!(evolve(Some(pruning), event, recorded), None);
    }
}
