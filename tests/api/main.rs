//! The platform over real HTTP: a real router on a free port, a real SQLite folder, personas as
//! types. Nothing of the project is mocked; only the clock is moved by hand.

mod api_key;
mod audit;
mod authorization;
mod binary;
mod document;
mod erase;
mod ingest;
mod limit;
mod problem;
mod session;
mod sync;
mod tamper;
