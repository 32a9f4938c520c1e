//! Findings: what does not fit, with both sides, so that somebody else can check the claim.
//!
//! A finding's text is for people, its JSON for a file. It holds hashes, notes and the clear bytes
//! of entries, never an opened group: evidence outlives people's right to be forgotten.

use super::entry::Holder;
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A hash, in base64 as in checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashText(pub Hash);

impl fmt::Display for HashText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl Serialize for HashText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HashText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = base64_bytes::deserialize(deserializer)?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| serde::de::Error::custom("a hash has 32 bytes"))
    }
}

/// A tree head, with the signed note that says so where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// The root.
    pub root: HashText,
    /// The signed note, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Head {
    /// What a checkpoint says, with its note.
    #[must_use]
    pub fn of(checkpoint: &Checkpoint, note: &str) -> Self {
        Self {
            size: checkpoint.size,
            root: HashText(checkpoint.root),
            note: Some(note.to_owned()),
        }
    }
}

/// Something does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The entries do not have the root that was signed for so many of them.
    RootMismatch {
        /// What was signed.
        signed: Head,
        /// The root of the entries, computed here.
        computed: HashText,
    },
    /// Two signed heads of one log, neither of which grew out of the other.
    Fork {
        /// The head known before.
        kept: Head,
        /// The head that was served.
        served: Head,
        /// The proof that should have joined them.
        proof: Vec<HashText>,
        /// Why it does not.
        reason: String,
    },
    /// The log has fewer entries than were signed for.
    Shrunk {
        /// The head known before.
        kept: Head,
        /// How many entries there are now.
        size: u64,
        /// The head that says so, where one was served.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        served: Option<Head>,
    },
    /// The checkpoint is signed, but by no key that is trusted.
    KeyChanged {
        /// Fingerprints of the keys that are trusted.
        trusted: Vec<String>,
        /// The note that was served.
        note: String,
    },
    /// The checkpoint carries a trusted key's name and a wrong signature, or is no checkpoint.
    BadSignature {
        /// The note that was served.
        note: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry's bytes are not those that its leaf hash was made of.
    EntryChanged {
        /// The entry.
        seq: u64,
        /// The leaf hash that is known.
        leaf: HashText,
        /// The leaf hash of the bytes.
        computed: HashText,
        /// The bytes.
        #[serde(with = "base64_bytes")]
        body: Vec<u8>,
    },
    /// An entry stands where none can: twice, or under another's number, or out of time.
    EntryMisplaced {
        /// The entry.
        seq: u64,
        /// What is wrong with its place.
        reason: String,
    },
    /// An entry hashes to its leaf, but is none that this log writes.
    EntryUnreadable {
        /// The entry.
        seq: u64,
        /// Its leaf hash.
        leaf: HashText,
        /// What is wrong with it.
        reason: String,
        /// The bytes.
        #[serde(with = "base64_bytes")]
        body: Vec<u8>,
    },
    /// Entries follow the last signed head: nobody signed for them.
    EntryUnsigned {
        /// The first one.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// Entries are gone, or the body of one is, and nothing in the log explains it.
    EntryMissing {
        /// The first one.
        first: u64,
        /// The last one.
        last: u64,
        /// Where only the body is gone: its leaf hash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leaf: Option<HashText>,
    },
    /// A sealed group is gone or stays closed, and neither a tombstone nor a dropped period explains it.
    GroupMissing {
        /// The entry.
        seq: u64,
        /// The group's place in it.
        group: u32,
        /// What the entry says of it.
        commitment: HashText,
        /// Whose key it lies under.
        holder: Holder,
    },
    /// A sealed group is not the one that its entry commits to.
    CommitmentMismatch {
        /// The entry.
        seq: u64,
        /// The group's place in it.
        group: u32,
        /// What the entry says of it; `None` where it says nothing.
        commitment: Option<HashText>,
        /// What the group says of itself; `None` where it does not open.
        computed: Option<HashText>,
    },
    /// The head, a tree hash or a stray row: not what the entries give.
    TableChanged {
        /// Which row, in words.
        what: String,
        /// What it is.
        stored: String,
        /// What the entries give.
        computed: String,
    },
    /// A copy kept here is not what was verified when it was written.
    LocalCopyChanged {
        /// The entry.
        seq: u64,
        /// The leaf hash that was verified.
        leaf: HashText,
        /// The leaf hash of the copy; `None` where it is gone.
        computed: Option<HashText>,
    },
}

impl Finding {
    /// The closed word for it, as shown by the console.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::RootMismatch { .. } | Self::EntryUnsigned { .. } | Self::TableChanged { .. } => {
                "root_mismatch"
            }
            Self::Fork { .. } => "fork",
            Self::Shrunk { .. } => "shrunk",
            Self::KeyChanged { .. } => "key_changed",
            Self::BadSignature { .. } => "bad_signature",
            Self::EntryChanged { .. } | Self::EntryMisplaced { .. } | Self::EntryUnreadable { .. } => {
                "entry_changed"
            }
            Self::EntryMissing { .. } | Self::GroupMissing { .. } => "entry_missing",
            Self::CommitmentMismatch { .. } => "commitment_mismatch",
            Self::LocalCopyChanged { .. } => "local_copy_changed",
        }
    }

    /// The entry to blame, where there is one.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        match self {
            Self::EntryChanged { seq, .. }
            | Self::EntryMisplaced { seq, .. }
            | Self::EntryUnreadable { seq, .. }
            | Self::GroupMissing { seq, .. }
            | Self::CommitmentMismatch { seq, .. }
            | Self::LocalCopyChanged { seq, .. } => Some(*seq),
            Self::EntryMissing { first, .. } | Self::EntryUnsigned { first, .. } => Some(*first),
            _ => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RootMismatch { signed, computed } => write!(
                f,
                "the root of the first {} entries was signed as {}, but the entries have {computed}",
                signed.size, signed.root
            ),
            Self::Fork {
                kept, served, reason, ..
            } => write!(
                f,
                "the log has two histories: {} entries with root {} were signed, and {} entries with \
                 root {}, and the one did not grow out of the other ({reason})",
                kept.size, kept.root, served.size, served.root
            ),
            Self::Shrunk { kept, size, .. } => write!(
                f,
                "{} entries were signed (root {}), but the log has only {size}",
                kept.size, kept.root
            ),
            Self::KeyChanged { trusted, .. } => write!(
                f,
                "the checkpoint is not signed by a trusted key; trusted: {}",
                trusted.join(", ")
            ),
            Self::BadSignature { reason, .. } => write!(f, "the checkpoint is not valid: {reason}"),
            Self::EntryMisplaced { seq, reason } => {
                write!(f, "entry {seq} cannot stand where it is: {reason}")
            }
            Self::EntryUnreadable { seq, reason, .. } => {
                write!(f, "entry {seq} is in the tree but is no entry: {reason}")
            }
            Self::EntryChanged {
                seq, leaf, computed, ..
            } => write!(
                f,
                "entry {seq} was changed: its leaf hash is {leaf}, its bytes hash to {computed}"
            ),
            Self::EntryUnsigned { first, last } => write!(
                f,
                "entries {first} to {last} follow the last signed checkpoint: nobody signed for them"
            ),
            Self::EntryMissing { first, last, leaf } => missing(f, *first, *last, leaf.as_ref()),
            Self::GroupMissing {
                seq,
                group,
                commitment,
                ..
            } => write!(
                f,
                "group {group} of entry {seq} is gone or closed, and neither a tombstone nor a dropped period \
                 says why; its commitment is {commitment}"
            ),
            Self::CommitmentMismatch {
                seq,
                group,
                commitment,
                computed,
            } => mismatch(f, *seq, *group, commitment.as_ref(), computed.as_ref()),
            Self::TableChanged {
                what,
                stored,
                computed,
            } => write!(f, "{what} is {stored}, but the entries give {computed}"),
            Self::LocalCopyChanged {
                seq,
                leaf,
                computed: Some(computed),
            } => write!(
                f,
                "the copy of entry {seq} kept here was changed: it was verified as {leaf} and hashes to \
                 {computed}"
            ),
            Self::LocalCopyChanged {
                seq,
                leaf,
                computed: None,
            } => {
                write!(
                    f,
                    "the copy of entry {seq} kept here is gone; it was verified as {leaf}"
                )
            }
        }
    }
}

fn missing(f: &mut fmt::Formatter<'_>, first: u64, last: u64, leaf: Option<&HashText>) -> fmt::Result {
    match leaf {
        Some(leaf) => write!(
            f,
            "the bytes of entry {first} are gone and nothing says why; its leaf hash is {leaf}"
        ),
        None if first == last => write!(f, "entry {first} is missing"),
        None => write!(f, "entries {first} to {last} are missing"),
    }
}

fn mismatch(
    f: &mut fmt::Formatter<'_>,
    seq: u64,
    group: u32,
    commitment: Option<&HashText>,
    computed: Option<&HashText>,
) -> fmt::Result {
    write!(f, "group {group} of entry {seq} ")?;
    match (commitment, computed) {
        (Some(commitment), Some(computed)) => {
            write!(
                f,
                "is not the one committed to: the entry says {commitment}, the group is {computed}"
            )
        }
        (Some(commitment), None) => {
            write!(
                f,
                "does not open though its key is there: it was changed; the entry says {commitment}"
            )
        }
        (None, _) => write!(f, "is not in the entry: somebody put it there"),
    }
}

mod base64_bytes {
    use super::{Deserialize, Deserializer, STANDARD, Serializer};
    use base64::Engine as _;

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}

/// Subject ids as the hexadecimal digits that tombstones name them by.
pub(super) mod hex_ids {
    use super::{Deserialize, Deserializer, Serializer};
    use std::fmt::Write as _;

    #[expect(clippy::ptr_arg, reason = "serde hands over what the field is")]
    pub fn serialize<S: Serializer>(ids: &Vec<[u8; 16]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(ids.iter().map(|id| {
            id.iter().fold(String::with_capacity(32), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        }))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<[u8; 16]>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|text| super::super::entry::read_hex(text))
            .collect::<Option<_>>()
            .ok_or_else(|| serde::de::Error::custom("a subject id is 32 hexadecimal digits"))
    }
}
