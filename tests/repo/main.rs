//! House rules as tests: what a reader may rely on without looking.
//!
//! Everything here reads the tracked files, `cargo metadata` and lists that the crates export;
//! nothing is built or started. A list of exceptions may only shrink.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

mod command;
mod data_map;
mod document;
mod edge;
mod language;
mod lock;
mod migration;
mod source;
mod tracked;
