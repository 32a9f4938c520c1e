//! The platform: routes, sign-in, intake over HTTP, sync. The binary `vigia-platform` and the
//! desktop console (embedded, on loopback) run the same [`Platform`].
//!
//! Must stay true: a handler gets a `Permit` from the request or gets nothing; what changes is
//! committed with the event that tells of it; no error leaves but through `http::problem`; no log
//! line and no clear field holds what is about a person. Deliberately absent: SQL.

pub mod account;
pub mod api;
pub mod api_key;
pub mod auth;
pub mod backup;
pub mod config;
pub mod door;
pub mod edge;
mod error;
pub mod event;
pub mod export;
pub mod http;
pub mod metrics;
pub mod platform;
pub mod reading;
pub mod retention;
pub mod router;
pub mod sample;
pub mod search;
pub mod session;
pub mod settings;
pub mod syslog;
pub mod tls;
pub mod usage;
mod walk;

pub use error::Error;
pub use platform::{Platform, operator_may};
pub use vigia_store::{Database, Master, Options, PostgresUrl};

/// The service under whose name Vigia tells of itself.
pub const SERVICE: &str = "vigia";
