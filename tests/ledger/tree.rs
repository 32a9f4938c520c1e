//! The tree, its proofs and the verifier's tree against the definition of RFC 6962 § 2.1.

use proptest::prelude::*;
use std::collections::HashMap;
use vigia_ledger::proof::{verify_consistency, verify_inclusion};
use vigia_ledger::prove::{Proof, Subtrees};
use vigia_ledger::tree::{CompactRange, Node, fold};
use vigia_ledger::verify::Frontier;
use vigia_ledger::{EMPTY_ROOT, Hash, leaf_hash, node_hash};

/// The Merkle tree hash, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [only] => *only,
        several => {
            let split = several.len().next_power_of_two() / 2;
            node_hash(&naive_root(&several[..split]), &naive_root(&several[split..]))
        }
    }
}

fn leaves(size: usize) -> Vec<Hash> {
    (0..size as u64)
        .map(|seq| leaf_hash(&seq.to_be_bytes()))
        .collect()
}

/// A store: leaves, and the roots of complete subtrees of 256^k of them, as the writer tells them.
struct Store {
    hashes: HashMap<(u8, u64), Hash>,
    most_read: std::cell::Cell<u64>,
}

impl Store {
    fn of(leaves: &[Hash]) -> Self {
        let mut hashes = HashMap::new();
        let mut range = CompactRange::new();
        for (seq, leaf) in (0..).zip(leaves) {
            hashes.insert((0, seq), *leaf);
            range.append_noting(*leaf, |level, index, hash| {
                hashes.insert((level, index), hash);
            });
        }
        Self {
            hashes,
            most_read: std::cell::Cell::new(0),
        }
    }

    fn prove(&self, proof: Proof) -> Vec<Hash> {
        proof.from(self).unwrap().unwrap()
    }
}

impl Subtrees for Store {
    type Error = Node;

    fn subtree(&self, node: Node) -> Result<Hash, Node> {
        let run = node.stored();
        self.most_read.set(self.most_read.get().max(run.count));
        let hashes: Option<Vec<Hash>> = (run.start..run.start + run.count)
            .map(|index| self.hashes.get(&(run.level, index)).copied())
            .collect();
        hashes.and_then(|hashes| fold(&hashes)).ok_or(node)
    }
}

#[test]
fn writer_and_verifier_agree_with_the_definition_at_every_size_up_to_600() {
    let leaves = leaves(600);
    let mut range = CompactRange::new();
    let mut frontier = Frontier::default();
    for size in 0..=leaves.len() {
        let root = naive_root(&leaves[..size]);
        assert_eq!(range.root(), root, "size {size}");
        assert_eq!(frontier.root(), root, "size {size}");
        if let Some(leaf) = leaves.get(size) {
            range.append(*leaf);
            frontier.push(*leaf);
        }
    }
}

#[test]
fn stored_levels_give_proofs_beyond_65536_entries_with_few_reads() {
    let leaves = leaves(65_536 + 700);
    let store = Store::of(&leaves);
    let size = leaves.len() as u64;
    let [root] = store.prove(Proof::Root { size })[..] else {
        unreachable!("one root")
    };
    assert_eq!(root, naive_root(&leaves));
    for seq in [0, 1, 255, 256, 40_000, 65_535, 65_536, size - 1] {
        let path = store.prove(Proof::Inclusion { seq, size });
        let leaf = &leaves[usize::try_from(seq).unwrap()];
        assert_eq!(verify_inclusion(seq, size, leaf, &root, &path), Ok(()));
    }
    for from in [1, 255, 256, 257, 65_535, 65_536, 66_000, size] {
        let old = naive_root(&leaves[..usize::try_from(from).unwrap()]);
        let path = store.prove(Proof::Consistency { from, to: size });
        assert_eq!(verify_consistency(from, size, &old, &root, &path), Ok(()));
    }
    assert!(store.most_read.get() <= 128);
}

proptest! {
    #[test]
    fn a_range_taken_up_again_grows_as_if_never_put_down(size in 0_usize..700, at in 0_usize..700) {
        let at = at.min(size);
        let leaves = leaves(size);
        let mut before = CompactRange::new();
        leaves[..at].iter().for_each(|leaf| before.append(*leaf));
        let mut range = CompactRange::from_hashes(at as u64, before.hashes().to_vec()).unwrap();
        let mut frontier = Frontier::of_prefix(at as u64, before.hashes()).unwrap();
        for leaf in &leaves[at..] {
            range.append(*leaf);
            frontier.push(*leaf);
        }
        prop_assert_eq!(range.root(), naive_root(&leaves));
        prop_assert_eq!(frontier.root(), naive_root(&leaves));
        prop_assert_eq!((range.size(), frontier.size()), (size as u64, size as u64));
    }

    #[test]
    fn what_is_in_the_tree_is_proven_and_nothing_else(
        size in 1_usize..600,
        at in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        bit in 0_usize..256,
    ) {
        let leaves = leaves(size);
        let (at, other) = (at.index(size), other.index(size));
        let root = naive_root(&leaves);
        let (seq, length) = (at as u64, size as u64);
        let path = Store::of(&leaves).prove(Proof::Inclusion { seq, size: length });
        prop_assert_eq!(verify_inclusion(seq, length, &leaves[at], &root, &path), Ok(()));
        if other != at {
            prop_assert!(verify_inclusion(other as u64, length, &leaves[at], &root, &path).is_err());
            prop_assert!(verify_inclusion(seq, length, &leaves[other], &root, &path).is_err());
        }
        for broken in 0..path.len() {
            let mut changed = path.clone();
            changed[broken][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(verify_inclusion(seq, length, &leaves[at], &root, &changed).is_err());
            prop_assert!(verify_inclusion(seq, length, &leaves[at], &root, &path[..broken]).is_err());
        }
        let longer = [path.as_slice(), &[root]].concat();
        prop_assert!(verify_inclusion(seq, length, &leaves[at], &root, &longer).is_err());
    }

    #[test]
    fn what_grew_is_proven_and_nothing_else(
        from in 1_usize..600,
        grown in 0_usize..600,
        bit in 0_usize..256,
    ) {
        let leaves = leaves(from + grown);
        let (old, new) = (naive_root(&leaves[..from]), naive_root(&leaves));
        let (a, b) = (from as u64, leaves.len() as u64);
        let proof = Store::of(&leaves).prove(Proof::Consistency { from: a, to: b });
        prop_assert_eq!(verify_consistency(a, b, &old, &new, &proof), Ok(()));
        for broken in 0..proof.len() {
            let mut changed = proof.clone();
            changed[broken][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(verify_consistency(a, b, &old, &new, &changed).is_err());
            prop_assert!(verify_consistency(a, b, &old, &new, &proof[..broken]).is_err());
        }
        let mut other = old;
        other[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_consistency(a, b, &other, &new, &proof).is_err());
        prop_assert!(verify_consistency(a, b, &old, &other, &proof).is_err());
    }

    #[test]
    fn no_number_and_no_hash_makes_a_proof_check_panic(
        (a, b) in (any::<u64>(), any::<u64>()),
        path in prop::collection::vec(any::<[u8; 32]>(), 0..140),
        [leaf, root] in any::<[[u8; 32]; 2]>(),
    ) {
        prop_assert!(verify_inclusion(a, b, &leaf, &root, &path).is_err());
        let consistent = verify_consistency(a, b, &leaf, &root, &path).is_ok();
        prop_assert!(!consistent || (a == b && leaf == root));
        for proof in [
            Proof::Root { size: a },
            Proof::Inclusion { seq: a, size: b },
            Proof::Consistency { from: a, to: b },
            Proof::CompactRange { size: a },
        ] {
            let _ = proof.needs();
            let _ = proof.answer(&path);
        }
        let _ = CompactRange::from_hashes(a, path.clone());
        let _ = Frontier::of_prefix(b, &path);
        let _ = fold(&path);
    }
}
