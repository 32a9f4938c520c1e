//! The verifier's own tree: a binary counter of subtree roots.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// Levels of the highest tree: more leaves than a `u64` counts cannot be.
const LEVELS: usize = 64;

/// The hashes do not fit the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} hashes cannot cover {size} entries")]
pub struct MalformedFrontier {
    size: u64,
    given: usize,
}

/// The tree so far: at level l the root of a complete subtree of 2^l leaves, where one is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    open: [Option<Hash>; LEVELS],
}

impl Default for Frontier {
    fn default() -> Self {
        Self {
            size: 0,
            open: [None; LEVELS],
        }
    }
}

impl Frontier {
    /// A tree whose first entries are known only by the roots of the complete subtrees that cover
    /// them, largest first: the prefix of a window.
    ///
    /// # Errors
    /// Where the number of hashes does not fit the size.
    pub fn of_prefix(size: u64, largest_first: &[Hash]) -> Result<Self, MalformedFrontier> {
        let mut frontier = Self {
            size,
            ..Self::default()
        };
        let mut hashes = largest_first.iter().rev();
        for (level, open) in frontier.open.iter_mut().enumerate() {
            if size >> level & 1 == 1 {
                *open = hashes.next().copied();
                if open.is_none() {
                    return Err(MalformedFrontier {
                        size,
                        given: largest_first.len(),
                    });
                }
            }
        }
        match hashes.next() {
            None => Ok(frontier),
            Some(_) => Err(MalformedFrontier {
                size,
                given: largest_first.len(),
            }),
        }
    }

    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf: two subtrees of a level make one of the next, like a carry.
    pub fn push(&mut self, leaf: Hash) {
        self.push_noting(leaf, |_, _| {});
    }

    /// Adds a leaf, and tells the height and root of every subtree that it completes.
    pub fn push_noting(&mut self, leaf: Hash, mut note: impl FnMut(usize, Hash)) {
        let mut carry = leaf;
        for (height, open) in self.open.iter_mut().enumerate() {
            match open.take() {
                Some(left) => {
                    carry = node_hash(&left, &carry);
                    note(height + 1, carry);
                }
                None => {
                    *open = Some(carry);
                    break;
                }
            }
        }
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        for left in self.open.iter().flatten() {
            root = Some(match root {
                Some(right) => node_hash(left, &right),
                None => *left,
            });
        }
        root.unwrap_or(EMPTY_ROOT)
    }
}
