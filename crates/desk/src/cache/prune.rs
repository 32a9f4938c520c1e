//! Obeying a pruning: entries whose days are over leave the copy, and what lay under a dropped
//! period's key.
//!
//! The leaves stay, so every proof still holds. Like after an erasure, freed pages are overwritten and
//! the write-ahead log is emptied.

use super::erase::take_out;
use super::pack::Kept;
use super::{CacheError, Writer, packs};
use std::collections::BTreeSet;
use vigia_domain::clock::to_micros;
use vigia_domain::entry::Holder;
use vigia_domain::retention::start_of;

/// What the ledger says is gone because its days are over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gone {
    /// First and last number of entries without bytes.
    pub pruned: Vec<(u64, u64)>,
    /// Days and classes whose keys are gone with everything under them.
    pub dropped: Vec<(i32, u8)>,
}

impl Gone {
    /// Nothing is gone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pruned.is_empty() && self.dropped.is_empty()
    }

    /// Takes what another one says, too.
    pub fn extend(&mut self, other: Self) {
        self.pruned.extend(other.pruned);
        self.dropped.extend(other.dropped);
    }
}

/// Takes it out, within the caller's transaction.
pub(super) async fn prune(writer: &mut Writer, gone: &Gone) -> Result<(), CacheError> {
    let mut pruned = BTreeSet::new();
    for (first, last) in &gone.pruned {
        let held = packs::range(&mut writer.connection, *first, last.saturating_add(1)).await?;
        pruned.extend(
            held.into_iter()
                .filter(|row| row.entry.is_some())
                .map(|row| row.seq),
        );
    }
    // Everything of an entry goes but its leaf.
    writer
        .change(&pruned, |row| Ok(Kept { entry: None, ..*row }))
        .await?;
    for (day, class) in &gone.dropped {
        let ends = (
            to_micros(start_of(*day)),
            to_micros(start_of(day.saturating_add(1))),
        );
        let within = writer.recorded_within(ends).await?;
        let holder = Holder::Period {
            day: *day,
            class: *class,
        };
        take_out(writer, &within, |commitment| commitment.holder == holder).await?;
    }
    writer.sweep_words().await
}
