//! Lists that were read and opened, kept so that the next search by address reads only what is new.
//! Like every key in memory they go when the vault's generation moves.

use super::list::{Net, Seen};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::ops::Range;

/// Entries of one span: what is known of the log is kept by spans.
const SPAN_ENTRIES: u64 = 65_536;
/// Sightings kept, of 8 bytes for IPv4 and 32 for IPv6; what comes after is read again each time.
const SIGHTINGS_IN_MEMORY: usize = 12_000_000;

/// Who was seen from where in one commit, by address.
#[derive(Debug)]
pub(in crate::vault) struct Commit {
    pub first: u64,
    /// Addresses with the distance of the entry from the commit's first, sorted.
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u32)>,
}

impl Commit {
    pub(super) fn new(first: u64) -> Self {
        Self {
            first,
            v4: Vec::new(),
            v6: Vec::new(),
        }
    }

    /// Adds a list; sort when all are added.
    pub(super) fn add(&mut self, seen: &[Seen]) {
        for one in seen {
            let distance = u32::try_from(one.seq.saturating_sub(self.first)).unwrap_or(u32::MAX);
            match one.address {
                IpAddr::V4(address) => self.v4.push((address.to_bits(), distance)),
                IpAddr::V6(address) => self.v6.push((address.to_bits(), distance)),
            }
        }
    }

    pub(super) fn sort(&mut self) {
        self.v4.sort_unstable();
        self.v6.sort_unstable();
        self.v4.shrink_to_fit();
        self.v6.shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    pub(super) fn find(&self, nets: &[Net], found: &mut BTreeSet<u64>) {
        for net in nets {
            match net {
                Net::V4(low, high) => within(&self.v4, *low, *high, self.first, found),
                Net::V6(low, high) => within(&self.v6, *low, *high, self.first, found),
            }
        }
    }
}

fn within<T: Ord + Copy>(sorted: &[(T, u32)], low: T, high: T, first: u64, found: &mut BTreeSet<u64>) {
    let from = sorted.partition_point(|(address, _)| *address < low);
    let rest = sorted.get(from..).unwrap_or_default();
    let inside = rest.iter().take_while(|(address, _)| *address <= high);
    found.extend(inside.map(|(_, distance)| first + u64::from(*distance)));
}

/// The commits that are known, and between which entries that is all of them.
#[derive(Default)]
pub(in crate::vault) struct Remembered {
    commits: BTreeMap<u64, Commit>,
    /// For each span, within which entries every commit that begins there is known.
    known: HashMap<u64, Range<u64>>,
    sightings: usize,
}

/// A range in pieces none of which crosses the border of a span.
pub(super) fn spans(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<> {
    let (mut next, end) = (range.start, range.end);
    std::iter::from_fn(move || {
        let start = next;
        next = end.min((start / SPAN_ENTRIES + 1) * SPAN_ENTRIES);
        (start < end).then_some(start..next)
    })
}

impl Remembered {
    /// What is to be read before a range within one span is known.
    pub(super) fn missing(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        let Some(known) = self.known.get(&(range.start / SPAN_ENTRIES)) else {
            return vec![range.clone()];
        };
        let (before, after) = (range.start..known.start, known.end..range.end);
        [before, after]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// Keeps what was read of a missing range; `false` where there is no room.
    pub(super) fn keep(&mut self, range: &Range<u64>, loaded: &[Commit]) -> bool {
        let count: usize = loaded.iter().map(Commit::len).sum();
        if self.sightings + count > SIGHTINGS_IN_MEMORY {
            return false;
        }
        let known = self
            .known
            .entry(range.start / SPAN_ENTRIES)
            .or_insert_with(|| range.clone());
        if range.end < known.start || range.start > known.end {
            return false;
        }
        *known = known.start.min(range.start)..known.end.max(range.end);
        for commit in loaded {
            let kept = Commit {
                first: commit.first,
                v4: commit.v4.clone(),
                v6: commit.v6.clone(),
            };
            if let Some(before) = self.commits.insert(commit.first, kept) {
                self.sightings -= before.len();
            }
            self.sightings += commit.len();
        }
        true
    }

    /// What is known of a range.
    pub(super) fn find(&self, range: &Range<u64>, nets: &[Net], found: &mut BTreeSet<u64>) {
        for commit in self.commits.range(range.clone()).map(|(_, commit)| commit) {
            commit.find(nets, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(first: u64) -> Commit {
        let mut commit = Commit::new(first);
        commit.add(&[Seen {
            holder: 1,
            address: [10, 0, 0, 1].into(),
            seq: first,
        }]);
        commit
    }

    #[test]
    fn what_is_known_is_not_read_again_and_what_lies_between_is() {
        let mut known = Remembered::default();
        assert_eq!(known.missing(&(100..200)), vec![100..200_u64; 1]);
        assert!(known.keep(&(100..200), &[commit(150)]));
        assert_eq!(known.missing(&(50..250)), [50..100, 200..250]);
        assert_eq!(known.missing(&(10..20)), vec![10..100_u64; 1]);
        assert!(known.keep(&(10..100), &[commit(12)]));
        assert!(known.missing(&(10..200)).is_empty());
        let mut found = BTreeSet::new();
        known.find(&(10..150), &[Net::parse("10.0.0.0/8").unwrap()], &mut found);
        assert_eq!(found, [12].into());
    }

    #[test]
    fn spans_cover_a_range_without_crossing_a_border() {
        let parts: Vec<_> = spans(&(65_000..140_000)).collect();
        assert_eq!(parts, [65_000..65_536, 65_536..131_072, 131_072..140_000]);
        assert_eq!(spans(&(5..5)).count(), 0);
    }
}
