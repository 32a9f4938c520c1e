//! What is kept in memory of the copy's index: the heads of its segments, and blocks and packs that
//! were asked for lately, as far as they fit.
//!
//! Nothing here is ever stale: a segment's blocks are named by its version, a pack by its stamp. What
//! is not in the copy any more leaves with [`Shared::forget`].

use super::pack::Kept;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Lately;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use vigia_index::head::Firsts;
use vigia_index::{Head, Loaded};

/// The most bytes of opened blocks.
const BLOCK_BYTES: u64 = 72 << 20;
/// The most bytes of opened packs.
const PACK_BYTES: u64 = 12 << 20;
/// About how many things these are, to begin with.
const ITEMS: usize = 4_096;

/// A segment of the copy.
#[derive(Debug)]
pub(crate) struct Known {
    pub(super) number: i64,
    pub(super) version: i64,
    /// The first entry that it covers, and the one after the last.
    pub(super) first: u64,
    pub(super) end: u64,
    pub(super) head: Head,
    /// Read when it is first asked for a term.
    pub(super) firsts: OnceLock<Firsts>,
}

/// A block: segment, version, number.
pub(super) type BlockName = (i64, i64, u32);

#[derive(Debug, Clone)]
pub(super) struct Weigh;

impl Weighter<BlockName, Loaded> for Weigh {
    fn weight(&self, _: &BlockName, block: &Loaded) -> u64 {
        let bytes = match block {
            Loaded::Numbers(numbers) => numbers.len() * 8,
            Loaded::Codes(codes) => codes.bytes(),
            Loaded::Terms(terms) => terms.len(),
        };
        bytes as u64 + 64
    }
}

impl Weighter<(u64, i64), Arc<Vec<Kept>>> for Weigh {
    fn weight(&self, _: &(u64, i64), rows: &Arc<Vec<Kept>>) -> u64 {
        let of = |row: &Kept| match &row.entry {
            Some(entry) => {
                entry.body.len()
                    + entry
                        .groups
                        .iter()
                        .map(|group| group.bytes.len() + 64)
                        .sum::<usize>()
            }
            None => 0,
        };
        rows.iter().map(|row| of(row) + 96).sum::<usize>() as u64
    }
}

/// What is kept in memory.
#[derive(Debug)]
pub(crate) struct Shared {
    known: Mutex<HashMap<i64, Arc<Known>>>,
    pub(super) blocks: Lately<BlockName, Loaded, Weigh>,
    pub(super) packs: Lately<(u64, i64), Arc<Vec<Kept>>, Weigh>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            known: Mutex::default(),
            blocks: Lately::with_weighter(ITEMS, BLOCK_BYTES, Weigh),
            packs: Lately::with_weighter(ITEMS, PACK_BYTES, Weigh),
        }
    }

    /// A segment in this version.
    pub(super) fn known(&self, number: i64, version: i64) -> Option<Arc<Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&number)
            .filter(|known| known.version == version)
            .cloned()
    }

    /// Notes segments.
    pub(super) fn note(&self, segments: &[Arc<Known>]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(
            segments
                .iter()
                .map(|segment| (segment.number, Arc::clone(segment))),
        );
    }

    /// Keeps of the segments only these.
    pub(super) fn retain(&self, segments: &[Arc<Known>]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > segments.len() {
            known.retain(|number, _| segments.iter().any(|segment| segment.number == *number));
        }
    }

    /// Forgets everything: somebody was erased, or the copy is another one.
    pub(super) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.blocks.clear();
        self.packs.clear();
    }
}
