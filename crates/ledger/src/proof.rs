//! Checking proofs: the algorithms of RFC 9162 § 2.1.3.2 and § 2.1.4.2, word for word.
//!
//! Total: whatever a stranger sends, the answer is yes or no. Making proofs is [`crate::prove`],
//! by other code.

use crate::hash::{Hash, node_hash};

/// The most hashes of a proof: two for each level of a tree of 2^64 leaves.
pub const MAX_PROOF_HASHES: usize = 128;

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry or the smaller tree does not lie in the larger one, or the smaller one is empty.
    #[error("the proof is about {index} in a tree of {size}")]
    OutOfRange {
        /// The entry's index, or the size of the smaller tree.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// Too many hashes, or too few.
    #[error("the proof has the wrong number of hashes: {0}")]
    WrongLength(usize),
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    OtherRoot,
}

/// Checks that the tree of `size` leaves with this root has this leaf at `index`.
///
/// # Errors
/// Where it is not proven.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { index, size });
    }
    if path.len() > MAX_PROOF_HASHES {
        return Err(ProofError::WrongLength(path.len()));
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError::WrongLength(path.len()));
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::OtherRoot),
        _ => Err(ProofError::WrongLength(path.len())),
    }
}

/// Checks that the tree of `to` leaves begins with the tree of `from` leaves. Nothing can be proven
/// about the empty tree, which every tree begins with: `from` must be at least 1.
///
/// # Errors
/// Where it is not proven.
pub fn verify_consistency(
    from: u64,
    to: u64,
    from_root: &Hash,
    to_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if from == 0 || from > to {
        return Err(ProofError::OutOfRange {
            index: from,
            size: to,
        });
    }
    let wrong_length = ProofError::WrongLength(proof.len());
    if proof.len() > MAX_PROOF_HASHES {
        return Err(wrong_length);
    }
    if from == to {
        return match (proof.is_empty(), from_root == to_root) {
            (true, true) => Ok(()),
            (true, false) => Err(ProofError::OtherRoot),
            (false, _) => Err(wrong_length),
        };
    }
    // Where the smaller tree is complete, its root is the first hash and is not sent.
    let (first, rest) = if from.is_power_of_two() {
        (from_root, proof)
    } else {
        proof.split_first().ok_or(wrong_length)?
    };
    if rest.is_empty() {
        return Err(wrong_length);
    }
    let (mut node, mut last) = (from - 1, to - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            old = node_hash(hash, &old);
            new = node_hash(hash, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, old == *from_root && new == *to_root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::OtherRoot),
        _ => Err(wrong_length),
    }
}
