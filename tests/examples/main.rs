//! The examples as a newcomer runs them: installed from their own lists of packages, pointed at a platform,
//! used like a real application; then the ledger is asked what happened.
//!
//! What they install lies in a cache folder outside the project, one per list of packages, and is kept
//! between runs. The commands of the API guide run here too.
#![expect(
    clippy::expect_used,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

mod app;
mod express;
mod fastapi;
mod flask;
mod guide;
