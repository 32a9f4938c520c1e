//! What can be searched of many events: segments of at most [`MAX_ROWS`] events, each an index of
//! terms and a few columns, cut into blocks of bytes.
//!
//! A segment is made from facts ([`build`]) or by putting neighbours together ([`mod@merge`]), and never
//! changed: whoever has to take something out makes it anew. A query becomes a plan ([`plan`]), and a
//! plan is asked of one segment ([`mod@ask`]): which rows surely pass, and which may pass and have to be
//! looked at. What a segment holds and in which blocks stands in its [`head::Head`].
//!
//! The rows of a segment are its events in the order of the ledger, from 0.
//!
//! Pure: bytes in, bytes out. Where blocks lie, who fetches them and who may see them is decided
//! elsewhere.

pub mod ask;
pub mod build;
pub mod bytes;
pub mod column;
pub mod edit;
pub mod head;
pub mod merge;
pub mod plan;
pub mod posting;
pub mod term;
#[cfg(test)]
mod tests;

pub use ask::{Found, Loaded, ask};
pub use build::{Builder, Segment};
pub use bytes::{grow, shrink};
pub use column::{Codes, Column};
pub use head::{Cell, Head};
pub use merge::merge;
pub use plan::Plan;

/// The most rows of a segment: a row's number fits 16 bits.
pub const MAX_ROWS: u32 = 65_535;
/// The width of a step of the counts that a segment keeps, in microseconds: zones differ from UTC by
/// whole quarters of an hour.
pub const STEP_MICROS: i64 = 900_000_000;

/// Bytes that are not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reading {0}")]
pub struct Malformed(pub &'static str);
