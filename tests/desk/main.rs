//! The desk against a real platform over HTTP, with the real `vigiactl` under a throw-away keyring.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

mod aging;
mod console;
mod copy;
mod export;
mod life;
mod migrate;
mod older;
mod profile;
mod proof;
mod send;
mod terminal;
mod trust;
mod verify;
mod window;
