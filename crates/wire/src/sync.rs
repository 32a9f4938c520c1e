//! `GET /v1/sync?after=<seq>&since=<time>&limit=<n>`: the log, as NDJSON, zstd when asked.
//!
//! The lines of one answer, in order: one `begin`; then entries and bare leaves, gapless and
//! ascending; after at most [`PAGE_ENTRIES`] of them, and after the last, one `page`; one `end`.
//! A receiver keeps a page only when its proof holds, and everything before a broken connection
//! stays kept.

use crate::Base64;
use serde::{Deserialize, Serialize};

/// The most entries of one answer.
pub const MAX_ENTRIES: u64 = 65_536;
/// The most entries between two proofs.
pub const PAGE_ENTRIES: u64 = 4_096;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SyncLine {
    /// What follows, and against which tree it will be proven.
    Begin(Begin),
    /// An entry that the reader may see.
    Entry(EntryLine),
    /// An entry that the reader may not see.
    Leaf {
        /// Its sequence number.
        seq: u64,
        /// Its leaf hash.
        hash: Base64,
    },
    /// Everything so far, from the log's first entry, is a prefix of the checkpoint's tree.
    Page {
        /// How many entries that is.
        size: u64,
        /// RFC 6962 consistency proof from `size` to the checkpoint's size; empty where equal.
        consistency: Vec<Base64>,
    },
    /// The answer is whole.
    End {
        /// Whether it reached the checkpoint's size; else ask again with the last sequence number.
        complete: bool,
    },
    /// The platform failed half-way; pages before it stand.
    Failed {
        /// Why.
        problem: crate::Problem,
    },
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// The signed checkpoint that every page of this answer is proven against.
    pub checkpoint: String,
    /// The first sequence number that follows.
    pub from: u64,
    /// Where `from` is not what the reader asked for (a window), or where asked for: the hashes of the complete
    /// subtrees that cover the entries before it, largest first (a compact range).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<Base64>,
}

/// An entry with the groups that the reader may open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryLine {
    /// Its sequence number.
    pub seq: u64,
    /// Its canonical bytes.
    pub body: Base64,
    /// The opened groups; absent ones are masked, erased or dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<OpenedGroup>,
}

/// A sealed group, opened for a reader with `pii:read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OpenedGroup {
    /// Its place among the entry's commitments.
    pub index: u32,
    /// The sixteen bytes that the commitment begins with.
    pub seed: Base64,
    /// The group's canonical bytes.
    pub group: Base64,
}
