//! What can stand against a platform: the closed words, and the finding with its evidence.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigia_domain::Timestamp;

/// What does not fit, as a closed word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// What was served does not make the signed root.
    RootMismatch,
    /// The signed tree does not begin with the one that was trusted.
    Fork,
    /// An entry is not what it was.
    EntryChanged,
    /// A known entry, or a group of it, is not served any more.
    EntryMissing,
    /// The log is smaller than it was.
    Shrunk,
    /// The log's key is another.
    KeyChanged,
    /// The signature under the checkpoint is wrong.
    BadSignature,
    /// An opened group is not what its entry committed to.
    CommitmentMismatch,
    /// The copy on this computer is not what was written.
    LocalCopyChanged,
}

impl FindingKind {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RootMismatch => "root_mismatch",
            Self::Fork => "fork",
            Self::EntryChanged => "entry_changed",
            Self::EntryMissing => "entry_missing",
            Self::Shrunk => "shrunk",
            Self::KeyChanged => "key_changed",
            Self::BadSignature => "bad_signature",
            Self::CommitmentMismatch => "commitment_mismatch",
            Self::LocalCopyChanged => "local_copy_changed",
        }
    }
}

/// Something that does not fit, with both sides.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The same in English.
    pub detail: String,
    /// The entry, where one is to blame.
    pub seq: Option<u64>,
    /// Both sides and the proof, as they came.
    pub evidence: Value,
}

/// A finding that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// What.
    pub finding: FindingKind,
    /// The same in English.
    pub detail: String,
    /// The entry, where one is to blame.
    pub seq: Option<u64>,
    /// When it was noticed.
    pub at: Timestamp,
    /// The file with both sides and the proof.
    pub evidence: String,
}
