//! The real window, end to end: the built console under a display, driven from outside.
//!
//! A handful of stories only, each a thing that a person came for; what can be tested without a
//! window is tested elsewhere. `scripts/with-window` gives the display, the bus and the keyring.
//! Each story leaves its pictures in `artifacts/screenshots/window-*.png`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

mod broken;
#[cfg(target_os = "linux")]
mod desktop;
mod offline;
mod platform;
mod sample;
mod story;
mod tls;
