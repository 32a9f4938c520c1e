//! The ledger against published vectors, against naive versions of itself, and against tampering.
//!
//! Entries here are written by the domain's writer and judged by the ledger's verifier, which share
//! nothing but hash functions.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

mod audit;
mod bytes;
mod history;
mod log;
mod merkle_vectors;
mod proof_file;
mod strangers;
mod tree;
mod wycheproof;
