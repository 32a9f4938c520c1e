//! `GET /v1/sync?after=<seq>&since=<time>&limit=<n>`: the log, as NDJSON, zstd when asked.
//!
//! The lines of one answer, in order: one `begin`; then entries and bare leaves, gapless and
//! ascending; after at most [`PAGE_ENTRIES`] of them, and after the last, one `page`; one `end`.
//! A receiver keeps a page only when its proof holds, and everything before a broken connection
//! stays kept.

use crate::Base64;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::Write as _;

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

/// Writes an entry's line, the same bytes as [`SyncLine::Entry`] becomes, without copying what it holds:
/// a first sync writes millions. `groups`: place, seed and bytes of each opened one.
pub fn write_entry<'a>(
    line: &mut Vec<u8>,
    seq: u64,
    body: &[u8],
    groups: impl IntoIterator<Item = (u32, &'a [u8; 16], &'a [u8])>,
) {
    // Writing to memory cannot fail.
    let _ = write!(line, r#"{{"type":"entry","seq":{seq},"body":""#);
    encode(line, body);
    line.push(b'"');
    let mut open = r#","groups":["#;
    let mut close: &[u8] = b"";
    for (index, seed, group) in groups {
        let _ = write!(line, r#"{open}{{"index":{index},"seed":""#);
        encode(line, seed);
        line.extend_from_slice(br#"","group":""#);
        encode(line, group);
        line.extend_from_slice(br#""}"#);
        (open, close) = (",", b"]");
    }
    line.extend_from_slice(close);
    line.extend_from_slice(b"}\n");
}

fn encode(line: &mut Vec<u8>, bytes: &[u8]) {
    let start = line.len();
    line.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let room = line.get_mut(start..).unwrap_or_default();
    // There is exactly as much room as it takes.
    let written = STANDARD.encode_slice(bytes, room).unwrap_or(0);
    line.truncate(start + written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_written_straight_is_the_line_that_serde_writes() {
        for count in 0..4_u32 {
            let groups: Vec<OpenedGroup> = (0..count)
                .map(|index| OpenedGroup {
                    index,
                    seed: Base64(vec![7; 16]),
                    group: Base64(vec![0xfe; 3 + index as usize]),
                })
                .collect();
            let mut straight = Vec::new();
            let opened = groups
                .iter()
                .map(|group| (group.index, &[7; 16], group.group.0.as_slice()));
            write_entry(&mut straight, 65_537, b"body", opened);
            let line = SyncLine::Entry(EntryLine {
                seq: 65_537,
                body: Base64(b"body".to_vec()),
                groups: groups.clone(),
            });
            let mut expected = serde_json::to_vec(&line).unwrap();
            expected.push(b'\n');
            assert_eq!(straight, expected);
        }
    }
}
