//! Proofs as the writer makes them: by the functions of `tlog_tiles`, over stored hashes.
//!
//! Storage is asynchronous and this is not, so a proof is made in two steps: [`Proof::needs`] says
//! which nodes, the caller reads them ([`Node::stored`]), [`Proof::answer`] arranges them. Where
//! everything is at hand, [`Proof::from`] does both over a [`Subtrees`].

use crate::hash::{EMPTY_ROOT, Hash};
use crate::tree::{CompactRange, MAX_LEAVES, Node};
use std::cell::RefCell;
use tlog_tiles::tlog;

/// What is to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The root of the tree of this size; the answer is one hash.
    Root {
        /// Leaves.
        size: u64,
    },
    /// That the entry lies in the tree (RFC 6962 § 2.1.1).
    Inclusion {
        /// The entry.
        seq: u64,
        /// Leaves.
        size: u64,
    },
    /// That the larger tree begins with the smaller one (RFC 6962 § 2.1.2).
    Consistency {
        /// Leaves of the smaller tree.
        from: u64,
        /// Leaves of the larger tree.
        to: u64,
    },
    /// The hashes of the compact range of this size.
    CompactRange {
        /// Leaves.
        size: u64,
    },
}

/// Reads the roots of complete subtrees.
pub trait Subtrees {
    /// Why a read may fail.
    type Error;

    /// The node's hash.
    ///
    /// # Errors
    /// Where storage fails or has no such hash.
    fn subtree(&self, node: Node) -> Result<Hash, Self::Error>;
}

/// There is no such proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// The entry, or the smaller tree, does not lie in the larger one.
    #[error("there is no {0:?}")]
    OutOfRange(Proof),
    /// Not as many hashes as were asked for.
    #[error("the {0:?} needs another number of hashes")]
    WrongNumberOfHashes(Proof),
}

impl Proof {
    /// The complete subtrees whose hashes [`Proof::answer`] wants, in this order.
    ///
    /// # Errors
    /// Where the numbers do not fit each other.
    pub fn needs(self) -> Result<Vec<Node>, Impossible> {
        if let Self::CompactRange { size } = self {
            return Ok(CompactRange::nodes(size));
        }
        let asked = Asked::default();
        self.run(&asked)?;
        Ok(asked.nodes.into_inner())
    }

    /// The proof, from the hashes of the nodes that it needs, in their order.
    ///
    /// # Errors
    /// Where the numbers do not fit each other, or the number of hashes is another.
    pub fn answer(self, hashes: &[Hash]) -> Result<Vec<Hash>, Impossible> {
        if self.needs()?.len() != hashes.len() {
            return Err(Impossible::WrongNumberOfHashes(self));
        }
        if let Self::CompactRange { .. } = self {
            return Ok(hashes.to_vec());
        }
        self.run(&Given(hashes))
    }

    /// Both steps, where reading is synchronous.
    ///
    /// # Errors
    /// The outer one is storage's; the inner one says that there is no such proof.
    pub fn from<S: Subtrees>(self, subtrees: &S) -> Result<Result<Vec<Hash>, Impossible>, S::Error> {
        let nodes = match self.needs() {
            Ok(nodes) => nodes,
            Err(impossible) => return Ok(Err(impossible)),
        };
        let hashes = nodes
            .into_iter()
            .map(|node| subtrees.subtree(node))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.answer(&hashes))
    }

    /// `tlog_tiles` panics on what is out of range, so it is refused before.
    fn run(self, reader: &impl tlog::HashReader) -> Result<Vec<Hash>, Impossible> {
        let possible = match self {
            Self::Root { size } | Self::CompactRange { size } => size <= MAX_LEAVES,
            Self::Inclusion { seq, size } => seq < size && size <= MAX_LEAVES,
            Self::Consistency { from, to } => from <= to && to <= MAX_LEAVES,
        };
        if !possible {
            return Err(Impossible::OutOfRange(self));
        }
        let hashes = match self {
            Self::Root { size: 0 } => return Ok(vec![EMPTY_ROOT]),
            // Every tree begins with the empty one; there is nothing to show.
            Self::Consistency { from: 0, .. } => return Ok(Vec::new()),
            Self::Root { size } => tlog::tree_hash(size, reader).map(|root| vec![root]),
            Self::Inclusion { seq, size } => tlog::prove_record(size, seq, reader),
            Self::Consistency { from, to } => tlog::prove_tree(to, from, reader),
            Self::CompactRange { .. } => Ok(Vec::new()),
        };
        hashes
            .map(|hashes| hashes.into_iter().map(|hash| hash.0).collect())
            .map_err(|_| Impossible::OutOfRange(self))
    }
}

/// Writes down what is asked for.
#[derive(Default)]
struct Asked {
    nodes: RefCell<Vec<Node>>,
}

impl tlog::HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        self.nodes.borrow_mut().extend(indexes.iter().map(|index| {
            let (height, index) = tlog::split_stored_hash_index(*index);
            Node { height, index }
        }));
        Ok(vec![tlog::Hash::default(); indexes.len()])
    }
}

/// Hands out what was read, in the order in which it was asked for.
struct Given<'a>(&'a [Hash]);

impl tlog::HashReader for Given<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        if indexes.len() == self.0.len() {
            Ok(self.0.iter().copied().map(tlog::Hash).collect())
        } else {
            Err(tlog::Error::IndexesNotInTree)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use crate::tree::fold;
    use std::collections::HashMap;

    /// What a store keeps: level 0 is the leaves, level l the roots of subtrees of 256^l.
    #[derive(Default)]
    struct Stored(HashMap<(u8, u64), Hash>);

    impl Subtrees for Stored {
        type Error = Node;

        fn subtree(&self, node: Node) -> Result<Hash, Node> {
            let run = node.stored();
            let hashes: Vec<Hash> = (run.start..run.start + run.count)
                .map(|index| self.0.get(&(run.level, index)).copied().ok_or(node))
                .collect::<Result<_, _>>()?;
            fold(&hashes).ok_or(node)
        }
    }

    #[test]
    fn stored_levels_are_enough_for_every_proof() {
        let mut stored = Stored::default();
        let mut range = CompactRange::new();
        for seq in 0..1_400_u64 {
            let leaf = leaf_hash(&seq.to_be_bytes());
            stored.0.insert((0, seq), leaf);
            range.append_noting(leaf, |level, index, hash| {
                stored.0.insert((level, index), hash);
            });
            let size = seq + 1;
            if size % 61 == 0 || size.is_power_of_two() {
                let of = |proof: Proof| proof.from(&stored).unwrap().unwrap();
                assert_eq!(of(Proof::Root { size }), [range.root()]);
                assert_eq!(of(Proof::CompactRange { size }), range.hashes());
                let inclusion = of(Proof::Inclusion { seq: size / 3, size });
                let depth = size.next_power_of_two().ilog2();
                assert!(inclusion.len() <= usize::try_from(depth).unwrap());
                of(Proof::Consistency {
                    from: size / 2,
                    to: size,
                });
            }
        }
    }

    #[test]
    fn what_lies_outside_the_tree_has_no_proof() {
        for proof in [
            Proof::Inclusion { seq: 3, size: 3 },
            Proof::Inclusion {
                seq: 0,
                size: u64::MAX,
            },
            Proof::Consistency { from: 4, to: 3 },
            Proof::Root { size: u64::MAX },
        ] {
            assert_eq!(proof.needs(), Err(Impossible::OutOfRange(proof)));
        }
        let proof = Proof::Inclusion { seq: 0, size: 3 };
        assert_eq!(proof.answer(&[]), Err(Impossible::WrongNumberOfHashes(proof)));
        assert_eq!(Proof::Consistency { from: 0, to: 9 }.needs(), Ok(vec![]));
        assert_eq!(Proof::Root { size: 0 }.answer(&[]), Ok(vec![EMPTY_ROOT]));
    }
}
