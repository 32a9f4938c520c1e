//! The platform over real HTTP: a real router on a free port, a real SQLite folder, personas as
//! types. Nothing of the project is mocked; only the clock is moved by hand.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

mod api_key;
mod audit;
mod authorization;
mod binary;
mod document;
mod erase;
mod ingest;
mod limit;
mod problem;
mod round_trip;
mod session;
mod stream;
mod sync;
mod tamper;
mod tamper_tables;
mod token;
