//! The operations, one file per noun. A handler reads the request, asks the noun's module or the
//! store, and writes the reply; it decides nothing.

pub mod api_key;
pub mod auth;
pub mod docs;
pub mod event;
pub mod export;
pub mod health;
pub mod ingest;
pub mod ledger;
pub mod metrics;
pub mod sample;
pub mod session;
pub mod settings;
pub mod stream;
pub mod sync;
