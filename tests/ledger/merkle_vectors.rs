//! The inclusion and consistency vectors of transparency-dev/merkle. The subtree ones are another
//! protocol's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use vigia_ledger::Hash;
use vigia_ledger::proof::{verify_consistency, verify_inclusion};
use vigia_tests::shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

fn read_all<T: DeserializeOwned>(folder: &Path) -> Vec<T> {
    let mut vectors = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            vectors.extend(read_all(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            vectors.push(serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap());
        }
    }
    vectors
}

/// A hash is a type of 32 bytes here: other lengths are refused where bytes come in.
fn hash(base64: &str) -> Option<Hash> {
    STANDARD.decode(base64).unwrap().try_into().ok()
}

fn hashes(proof: Option<Vec<String>>) -> Option<Vec<Hash>> {
    proof.unwrap_or_default().iter().map(|text| hash(text)).collect()
}

/// Some consistency vectors compare a few bytes of text instead of roots, and one of them must
/// verify: filled up with zeros they are still equal where they were equal.
fn root(base64: &str) -> Hash {
    let mut bytes = STANDARD.decode(base64).unwrap();
    bytes.resize(32, 0);
    bytes.try_into().unwrap()
}

fn is_included(vector: &Inclusion, proof: &[Hash]) -> bool {
    let (Some(leaf), Some(root)) = (hash(&vector.leaf_hash), hash(&vector.root)) else {
        return false;
    };
    verify_inclusion(vector.leaf_idx, vector.tree_size, &leaf, &root, proof).is_ok()
}

#[test]
fn every_inclusion_vector_is_judged_as_published() {
    let Some(folder) = shared("data/crypto/merkle/inclusion") else {
        return;
    };
    let vectors: Vec<Inclusion> = read_all(&folder);
    assert_eq!(vectors.len(), 76);
    let good = vectors.iter().filter(|vector| !vector.want_err).count();
    assert_eq!(good, 4);
    for mut vector in vectors {
        let proof = hashes(vector.proof.take());
        let included = proof.is_some_and(|proof| is_included(&vector, &proof));
        assert_ne!(included, vector.want_err, "{}", vector.desc);
    }
}

#[test]
fn every_consistency_vector_is_judged_as_published() {
    let Some(folder) = shared("data/crypto/merkle/consistency") else {
        return;
    };
    let vectors: Vec<Consistency> = read_all(&folder);
    assert_eq!(vectors.len(), 67);
    let good = vectors.iter().filter(|vector| !vector.want_err).count();
    assert_eq!(good, 3);
    for vector in vectors {
        let (old, new) = (root(&vector.root1), root(&vector.root2));
        let consistent = hashes(vector.proof)
            .is_some_and(|proof| verify_consistency(vector.size1, vector.size2, &old, &new, &proof).is_ok());
        assert_ne!(consistent, vector.want_err, "{}", vector.desc);
    }
}
