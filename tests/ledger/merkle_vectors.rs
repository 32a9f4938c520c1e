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

/// Some vectors put a few bytes of text, or none, where a hash should be. Here a hash is a type of
/// 32 bytes, so these are filled up with zeros: still unequal where they were unequal.
fn hash(base64: &str) -> Hash {
    let mut bytes = STANDARD.decode(base64).unwrap();
    bytes.resize(32, 0);
    bytes.try_into().unwrap()
}

fn hashes(proof: Option<Vec<String>>) -> Vec<Hash> {
    proof.unwrap_or_default().iter().map(|text| hash(text)).collect()
}

#[test]
fn every_inclusion_vector_is_judged_as_published() {
    let Some(folder) = shared("data/crypto/merkle/inclusion") else {
        return;
    };
    let vectors: Vec<Inclusion> = read_all(&folder);
    assert_eq!(vectors.len(), 76);
    let good = vectors.iter().filter(|vector| !vector.want_err).count();
    assert_eq!(good, 5);
    for vector in vectors {
        let verdict = verify_inclusion(
            vector.leaf_idx,
            vector.tree_size,
            &hash(&vector.leaf_hash),
            &hash(&vector.root),
            &hashes(vector.proof),
        );
        assert_eq!(verdict.is_err(), vector.want_err, "{}: {verdict:?}", vector.desc);
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
    assert_eq!(good, 2);
    for vector in vectors {
        let verdict = verify_consistency(
            vector.size1,
            vector.size2,
            &hash(&vector.root1),
            &hash(&vector.root2),
            &hashes(vector.proof),
        );
        assert_eq!(verdict.is_err(), vector.want_err, "{}: {verdict:?}", vector.desc);
    }
}
