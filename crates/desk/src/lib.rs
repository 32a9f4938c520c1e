//! The console without a window: session, keyring, cache, sync, search.
//!
//! `Console` (console.rs) is the whole of it behind one type; its operations are listed once, in
//! `commands.rs`, and carried by the desktop shell, the test host and (in part) `vigiactl`.
//! Deliberately absent: Tauri, HTML, and any trust in what the platform says without a proof.

pub mod cache;
pub mod chart;
pub mod commands;
mod console;
mod desk;
pub mod desktop;
pub mod download;
pub mod edge;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
pub mod export;
pub mod home;
pub mod job;
pub mod ledger;
pub mod link;
mod live;
pub mod notice;
pub mod older;
pub mod query;
pub mod saved;
pub mod search;
pub mod secret;
pub mod session;
pub mod sync;
pub mod trust;
pub mod view;

pub use console::{Console, Topic};
pub use desk::Step;
pub use error::Error;
pub use home::Home;
