//! What the window is given: one file a noun, generated into TypeScript.
//!
//! Sizes and counts stay under 2^53, times are RFC 3339 in UTC; the window only formats. Whatever
//! may be missing is `Option`, never an empty string.

pub mod access;
pub mod chart;
pub mod event;
pub mod export;
pub mod job;
pub mod ledger;
pub mod older;
pub mod overview;
pub mod profile;
pub mod saved;
pub mod settings;
pub mod setup;
pub mod status;
