//! The Merkle tree as its writer keeps it: a compact range in the head row, and stored hashes.
//!
//! Only leaves and the roots of complete subtrees of 256^k leaves are stored (what a C2SP tile
//! holds); every other node is folded from at most 128 neighbours of one stored level
//! ([`Node::stored`], [`fold`]).

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// Binary levels between two stored ones: a tile spans 2^8 hashes.
pub const TILE_HEIGHT: u8 = 8;

/// The most leaves of a log: far beyond any real one, and small enough that no sum overflows.
pub const MAX_LEAVES: u64 = 1 << 48;

/// The complete subtree of `2^height` leaves that begins at leaf `index · 2^height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// 0 is a leaf.
    pub height: u8,
    /// Which of its height, from the left.
    pub index: u64,
}

/// Neighbouring stored hashes: those of a level, from `start`, `count` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRun {
    /// 0: leaf hashes; l: roots of complete subtrees of 256^l leaves.
    pub level: u8,
    /// The first one's index in its level.
    pub start: u64,
    /// How many: a power of two, at most 128.
    pub count: u64,
}

impl Node {
    /// The stored hashes from which [`fold`] gives this node's.
    #[must_use]
    pub fn stored(self) -> StoredRun {
        let above = self.height % TILE_HEIGHT;
        StoredRun {
            level: self.height / TILE_HEIGHT,
            start: self.index.checked_shl(above.into()).unwrap_or(0),
            count: 1 << above,
        }
    }

    /// Whether all its leaves exist in a tree of this size.
    #[must_use]
    pub fn is_complete_in(self, size: u64) -> bool {
        self.height < 64 && self.index < size >> self.height
    }
}

/// The root above neighbouring complete subtrees of equal height. `None` where their number is not
/// a power of two.
#[must_use]
pub fn fold(hashes: &[Hash]) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level
            .as_chunks()
            .0
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    level.first().copied()
}

/// The hashes do not fit the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a compact range of {size} leaves has {needed} hashes, not {given}")]
pub struct WrongNumberOfHashes {
    size: u64,
    needed: u32,
    given: usize,
}

/// A tree of which only the roots of its largest complete subtrees are kept, from the left: enough
/// to append and to know the root. At most 48 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompactRange {
    size: u64,
    hashes: Vec<Hash>,
}

impl CompactRange {
    /// The tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of these complete subtrees, largest first.
    ///
    /// # Errors
    /// Where the number of hashes is not what the size asks for: one for each set bit.
    pub fn from_hashes(size: u64, hashes: Vec<Hash>) -> Result<Self, WrongNumberOfHashes> {
        let needed = size.count_ones();
        if u32::try_from(hashes.len()) == Ok(needed) {
            Ok(Self { size, hashes })
        } else {
            Err(WrongNumberOfHashes {
                size,
                needed,
                given: hashes.len(),
            })
        }
    }

    /// The complete subtrees whose hashes a range of this size holds, largest first.
    #[must_use]
    pub fn nodes(size: u64) -> Vec<Node> {
        (0..64_u8)
            .rev()
            .filter(|height| size >> height & 1 == 1)
            .map(|height| Node {
                height,
                // What lies left of this subtree is whole multiples of twice its size.
                index: (size >> height) - 1,
            })
            .collect()
    }

    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Adds a leaf.
    pub fn append(&mut self, leaf: Hash) {
        self.append_noting(leaf, |_, _, _| {});
    }

    /// Adds a leaf and tells every hash that must be stored for it beyond the leaf: the roots of
    /// the subtrees of 256^k leaves that it completes, as `(level, index, hash)`.
    pub fn append_noting(&mut self, leaf: Hash, mut completed: impl FnMut(u8, u64, Hash)) {
        let mut node = leaf;
        let mut height = 0;
        let mut rest = self.size;
        while rest & 1 == 1 {
            let Some(left) = self.hashes.pop() else { break };
            node = node_hash(&left, &node);
            height += 1;
            rest >>= 1;
            if height % TILE_HEIGHT == 0 {
                completed(height / TILE_HEIGHT, rest, node);
            }
        }
        self.hashes.push(node);
        self.size += 1;
    }

    /// The tree's root (RFC 6962 § 2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        self.hashes
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or(EMPTY_ROOT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|seq| leaf_hash(&seq.to_be_bytes())).collect()
    }

    #[test]
    fn a_range_survives_being_taken_apart_and_put_together() {
        for size in 0..70 {
            let mut range = CompactRange::new();
            leaves(size).into_iter().for_each(|leaf| range.append(leaf));
            let again = CompactRange::from_hashes(size, range.hashes().to_vec()).unwrap();
            assert_eq!(again, range);
            let nodes = CompactRange::nodes(size);
            assert_eq!(nodes.len(), range.hashes().len());
            for (node, hash) in nodes.into_iter().zip(range.hashes()) {
                assert!(node.is_complete_in(size));
                let first = usize::try_from(node.index << node.height).unwrap();
                let own = &leaves(size)[first..first + (1 << node.height)];
                assert_eq!(fold(own).as_ref(), Some(hash));
            }
            assert!(CompactRange::from_hashes(size, vec![[0; 32]; 49]).is_err());
        }
    }

    #[test]
    fn every_complete_tile_is_told_once_in_order_with_its_root() {
        let leaves = leaves(1_000);
        let mut range = CompactRange::new();
        let mut told = Vec::new();
        for leaf in &leaves {
            range.append_noting(*leaf, |level, index, hash| told.push((level, index, hash)));
        }
        let expected: Vec<_> = leaves
            .chunks_exact(256)
            .zip(0..)
            .map(|(tile, index)| (1, index, fold(tile).unwrap()))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_node_is_folded_from_one_stored_level() {
        let node = Node { height: 11, index: 5 };
        let run = StoredRun {
            level: 1,
            start: 40,
            count: 8,
        };
        assert_eq!(node.stored(), run);
        assert!(node.is_complete_in(6 << 11));
        assert!(!node.is_complete_in((6 << 11) - 1));
        let highest = Node {
            height: 255,
            index: u64::MAX,
        };
        assert!(!highest.is_complete_in(u64::MAX));
        assert_eq!(highest.stored().count, 128);
    }
}
