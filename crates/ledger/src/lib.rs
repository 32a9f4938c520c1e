//! Bytes in, proof out: Merkle tree, checkpoints, sealing, verification. docs/ledger.md is the
//! public description of every byte.
//!
//! Pure: randomness and time are parameters, storage is the caller's. No noun is known here: the
//! verifier reads the few fields of an entry that it needs by itself.
//!
//! Two halves that must not lean on each other. The *writer's*: [`tree`], [`prove`], [`checkpoint`],
//! [`seal`], [`bucket`], [`blind`]. The *verifier's*: [`proof`] and [`verify`], which share nothing
//! with the writer but the functions of [`hash`], so that one mistake cannot hide another.

pub mod blind;
pub mod bucket;
pub mod checkpoint;
pub mod hash;
pub mod primitive;
pub mod proof;
pub mod proof_file;
pub mod prove;
pub mod seal;
pub mod tree;
pub mod verify;

pub use hash::{EMPTY_ROOT, Hash, commitment, leaf_hash, node_hash};
