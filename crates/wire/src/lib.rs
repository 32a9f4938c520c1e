//! The contract between platform and console: requests, replies, stream messages, problems.
//!
//! Every type here is what travels as JSON; TypeScript and the OpenAPI document are generated from
//! it. Bytes travel as standard base64, times as RFC 3339 in UTC, counts as JSON numbers (all stay
//! under 2^53). Deliberately absent: storage, axum, Tauri, and any decision.

pub mod api_key;
pub mod auth;
pub mod bytes;
pub mod certificate;
pub mod event;
pub mod export;
pub mod health;
pub mod ingest;
pub mod ledger;
pub mod problem;
pub mod sample;
pub mod session;
pub mod settings;
pub mod stream;
pub mod sync;

pub use bytes::Base64;
pub use problem::{Code, Problem};

/// The path under which every versioned route lies.
pub const V1: &str = "/v1";
