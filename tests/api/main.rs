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
mod config;
mod connection;
mod document;
mod erase;
mod event;
mod export;
mod ingest;
mod instance;
mod life;
mod limit;
mod metrics;
mod migrate;
mod problem;
mod proxy;
mod restore;
mod round_trip;
mod service;
mod session;
mod sessions;
mod settings;
mod stream;
mod sync;
mod syslog;
mod tamper;
mod tamper_tables;
mod tls;
mod token;
