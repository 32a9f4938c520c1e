//! The real window, end to end: the built console under a display, driven from outside.
//!
//! A handful of stories only, each a thing that a person came for; what can be tested without a
//! window is tested elsewhere. `scripts/with-window` gives the display, the bus and the keyring.
//! Each story leaves its pictures in `artifacts/screenshots/window-*.png`.

mod broken;
mod offline;
mod platform;
mod sample;
mod story;
