//! What an entry tells of others: who was erased, and what is gone because its days are over.

use crate::cache::Gone;
use vigia_domain::SubjectId;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::entry::Entry;
use vigia_domain::erasure::ErasureEvent;
use vigia_domain::pruning::PruningEvent;

/// What an entry says is gone because its days are over. What is under legal hold stays, sealed anew.
pub(crate) fn gone(entry: &Entry) -> Gone {
    let Some(aggregate) = entry
        .aggregate
        .as_ref()
        .filter(|aggregate| aggregate.kind == AggregateKind::Pruning)
    else {
        return Gone::default();
    };
    match serde_json::from_value::<PruningEvent>(aggregate.payload.clone()) {
        Ok(PruningEvent::Pruned { ranges }) => Gone {
            pruned: ranges,
            dropped: Vec::new(),
        },
        Ok(PruningEvent::Dropped { periods, held: false }) => Gone {
            pruned: Vec::new(),
            dropped: periods.iter().map(|period| (period.day, period.class)).collect(),
        },
        Ok(PruningEvent::Dropped { held: true, .. }) | Err(_) => Gone::default(),
    }
}

/// Whom a tombstone names.
pub(crate) fn erased(entry: &Entry) -> Vec<SubjectId> {
    let Some(aggregate) = entry
        .aggregate
        .as_ref()
        .filter(|aggregate| aggregate.kind == AggregateKind::Erasure)
    else {
        return Vec::new();
    };
    match serde_json::from_value::<ErasureEvent>(aggregate.payload.clone()) {
        Ok(ErasureEvent::Erased { subjects }) => subjects.into_iter().collect(),
        Err(_) => Vec::new(),
    }
}
