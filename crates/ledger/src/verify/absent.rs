//! Entries whose bytes are gone, and the prunings that explain it.
//!
//! Kept as ranges: what retention took lies close together, so this stays small however long the
//! log is. A pruning explains numbers below its own only, and only those that it names.

use crate::hash::Hash;

/// Numbers one after another whose bytes are gone, with the leaf of the first.
struct Range {
    first: u64,
    last: u64,
    leaf: Hash,
}

/// What is gone, and what explains it.
#[derive(Default)]
pub(super) struct Bytes {
    gone: Vec<Range>,
    explained: Vec<(u64, u64)>,
}

/// First and last number, and the leaf hash where it is one entry.
pub(super) type Missing = (u64, u64, Option<Hash>);

impl Bytes {
    /// The bytes of this entry are gone. Entries come in ascending order.
    pub(super) fn gone(&mut self, seq: u64, leaf: Hash) {
        match self.gone.last_mut() {
            Some(range) if range.last.checked_add(1) == Some(seq) => range.last = seq,
            _ => self.gone.push(Range {
                first: seq,
                last: seq,
                leaf,
            }),
        }
    }

    /// The entry `by` says that the bytes of these are gone.
    pub(super) fn explained(&mut self, (first, last): (u64, u64), by: u64) {
        // It cannot speak of what was not there yet, itself included.
        if let Some(last) = by.checked_sub(1).map(|before| last.min(before))
            && first <= last
        {
            self.explained.push((first, last));
        }
    }

    /// How many are explained, and the ranges that are not.
    pub(super) fn judge(self) -> (u64, Vec<Missing>) {
        let explained = merged(self.explained);
        let mut pruned = 0;
        let mut missing = Vec::new();
        let mut at = 0;
        for range in &self.gone {
            let mut next = range.first;
            while next <= range.last {
                while explained.get(at).is_some_and(|(_, last)| *last < next) {
                    at += 1;
                }
                let (first, last) = explained.get(at).copied().unwrap_or((u64::MAX, u64::MAX));
                if first <= next {
                    let last = last.min(range.last);
                    pruned += last - next + 1;
                    next = last.saturating_add(1);
                } else {
                    let last = range.last.min(first - 1);
                    let leaf = (next == range.first && next == last).then_some(range.leaf);
                    missing.push((next, last, leaf));
                    next = last.saturating_add(1);
                }
                if next == u64::MAX {
                    break;
                }
            }
        }
        (pruned, missing)
    }
}

fn merged(mut ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut all: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match all.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => all.push((first, last)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(gone: &[u64], explained: &[((u64, u64), u64)]) -> (u64, Vec<(u64, u64)>) {
        let mut bytes = Bytes::default();
        for seq in gone {
            bytes.gone(*seq, [7; 32]);
        }
        for (range, by) in explained {
            bytes.explained(*range, *by);
        }
        let (pruned, missing) = bytes.judge();
        (
            pruned,
            missing
                .into_iter()
                .map(|(first, last, _)| (first, last))
                .collect(),
        )
    }

    #[test]
    fn what_a_pruning_names_is_explained_and_nothing_else() {
        assert_eq!(
            judged(&[0, 1, 2, 5, 6, 9], &[((1, 5), 20)]),
            (3, vec![(0, 0), (6, 6), (9, 9)])
        );
        assert_eq!(judged(&[3, 4, 5], &[((0, 9), 20)]), (3, vec![]));
        assert_eq!(
            judged(&[3, 4, 5], &[((4, 4), 20), ((5, 7), 21)]),
            (2, vec![(3, 3)])
        );
        assert_eq!(judged(&[], &[((0, 3), 9)]), (0, vec![]));
        assert_eq!(judged(&[3, 4], &[]), (0, vec![(3, 4)]));
    }

    #[test]
    fn a_pruning_explains_nothing_that_follows_it() {
        assert_eq!(judged(&[4, 5, 6], &[((0, 9), 5)]), (1, vec![(5, 6)]));
        assert_eq!(judged(&[0], &[((0, 9), 0)]), (0, vec![(0, 0)]));
    }

    #[test]
    fn one_missing_entry_is_told_with_its_leaf() {
        let mut bytes = Bytes::default();
        bytes.gone(8, [7; 32]);
        assert_eq!(bytes.judge(), (0, vec![(8, 8, Some([7; 32]))]));
    }
}
