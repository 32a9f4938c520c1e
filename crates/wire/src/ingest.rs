//! `POST /v1/ingest/events?format=…`: events from applications.

use serde::{Deserialize, Serialize};

/// The largest body, in bytes, compressed or not.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// The longest line, in bytes; a longer one is rejected alone.
pub const MAX_LINE_BYTES: usize = 60 * 1024;
/// The most events of one request; one that would become more is refused whole.
pub const MAX_EVENTS: usize = 100_000;
/// Lines that one request surely may have: whatever they repeat, they stay within [`MAX_EVENTS`].
pub const MAX_LINES: usize = 50_000;
/// How many rejected lines a reply names; the rest are only counted.
pub const MAX_ERRORS: usize = 100;

/// What became of each line. Sent only after everything accepted is durable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IngestReply {
    /// Lines taken.
    pub accepted: u64,
    /// Lines refused.
    pub rejected: u64,
    /// Events stored; one line may become several.
    pub events: u64,
    /// Why lines were refused, the first hundred.
    pub errors: Vec<LineError>,
}

/// One refused line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LineError {
    /// Which line, counted from 1.
    pub line: u64,
    /// What clients switch on: `not_json`, `too_long`, `not_text`, `bad_field`.
    pub code: String,
    /// Why, in words.
    pub reason: String,
}
