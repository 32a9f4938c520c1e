//! `GET /v1/stream` (WebSocket): says only *that* something is new, so that a socket cannot leak.
//!
//! The access token travels in the `Authorization` header of the upgrade. The platform sends a
//! `heartbeat` every 15 s; either side holds the other for dead after 45 s of silence.

use serde::{Deserialize, Serialize};

/// Seconds between two heartbeats.
pub const HEARTBEAT_SECONDS: u64 = 15;
/// Seconds of silence after which the other side is dead.
pub const DEAD_SECONDS: u64 = 45;

/// One message of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamMessage {
    /// First of all: where the ledger stands.
    Hello {
        /// The ledger's size.
        #[ts(type = "number")]
        size: u64,
    },
    /// Something is new on a topic.
    News {
        /// Which topic.
        topic: Topic,
        /// The ledger's size with it.
        #[ts(type = "number")]
        size: u64,
    },
    /// Still there.
    Heartbeat,
    /// The session is over; connecting again needs a new sign-in.
    SessionEnded,
}

/// What can be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The ledger has grown.
    Events,
}
