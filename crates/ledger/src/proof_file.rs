//! One entry's proof as a file that anybody can check offline: C2SP `tlog-proof`.
//!
//! The format leaves to the application what a leaf is made of. Vigia's `extra` line holds the
//! entry's bytes, the log's verifier key, and, only if somebody wanted them in it, opened groups with
//! their seeds (docs/ledger.md § 8). Everything is written in one way alone: a file that says the same
//! in other bytes is refused, so no byte of it can change unnoticed.
//!
//! Deliberately absent: what the entry means. Whoever checked it reads it.

use crate::checkpoint::{self, CheckpointError, LogVerifier};
use crate::hash::{Hash, commitment, leaf_hash};
use crate::proof::{MAX_PROOF_HASHES, ProofError, verify_inclusion};
use crate::seal::OpenedGroup;
use crate::verify::{UnreadableEntry, read_entry};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// The largest file that is read, in bytes: an entry and its groups with room to spare.
pub const MAX_FILE_BYTES: usize = 16 << 20;

/// A `tlog-proof`, as the format has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// What the application adds; nobody vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The entry's place in the log.
    pub index: u64,
    /// From the leaf's sibling up to the root's child.
    pub path: Vec<Hash>,
    /// The signed note, as it came.
    pub checkpoint: String,
}

/// What Vigia adds to a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// C2SP verifier key of the log.
    pub key: String,
    /// Groups that whoever made the file put into it, by their places among the commitments.
    pub groups: Vec<(u32, OpenedGroup)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentText {
    entry: String,
    key: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<GroupText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupText {
    number: u32,
    seed: String,
    group: String,
}

/// Whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// This key's.
    Key(Box<LogVerifier>),
    /// That of the key with this fingerprint; the key itself is in the file.
    Fingerprint(String),
    /// That of whatever key is in the file: whoever reads the answer compares its fingerprint.
    InTheFile,
}

/// What a file proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The entry's place in the log.
    pub index: u64,
    /// The log.
    pub origin: String,
    /// Entries under the checkpoint.
    pub size: u64,
    /// The root that they make.
    pub root: Hash,
    /// The entry's leaf hash.
    pub leaf: Hash,
    /// Fingerprint of the key that signed.
    pub fingerprint: String,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// Groups that are what the entry commits to, by their places.
    pub groups: Vec<(u32, OpenedGroup)>,
}

/// Why a file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// More than anybody would write.
    #[error("the file is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge,
    /// Not the format.
    #[error("the file is no proof: {0}")]
    Malformed(&'static str),
    /// Without the entry nobody can tell what is proven.
    #[error("the file does not hold the entry that it is about")]
    NoContent,
    /// Another key than the one that is trusted.
    #[error("the file is about a log with the key {found}, not {trusted}")]
    OtherKey {
        /// The fingerprint that is trusted.
        trusted: String,
        /// That of the key in the file.
        found: String,
    },
    /// The checkpoint is not signed as it should be.
    #[error("the checkpoint does not hold")]
    Checkpoint(#[source] CheckpointError),
    /// The bytes are no entry.
    #[error("the entry cannot be read")]
    Entry(#[source] UnreadableEntry),
    /// The entry does not lie in the signed tree.
    #[error("the entry does not lie under the checkpoint")]
    Inclusion(#[source] ProofError),
    /// A group is not what the entry commits to.
    #[error("sealed group {0} is not the one that the entry commits to")]
    Group(u32),
}

impl TlogProof {
    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            text.push_str(&STANDARD.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// Where they are not written as the format says.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotProven> {
        use NotProven::Malformed;
        if bytes.len() > MAX_FILE_BYTES {
            return Err(NotProven::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed("it is not text"))?;
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(Malformed("no empty line stands before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(Malformed("its first line is another"));
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some(line) => {
                let extra = STANDARD
                    .decode(line)
                    .map_err(|_| Malformed("its extra data is not base64"))?;
                lines.next();
                Some(extra)
            }
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(Malformed("it does not say which entry it is about"))?;
        let path = lines
            .map(|line| STANDARD.decode(line).ok().and_then(|hash| hash.try_into().ok()))
            .collect::<Option<Vec<Hash>>>()
            .ok_or(Malformed("a line of its path is no hash"))?;
        if path.len() > MAX_PROOF_HASHES {
            return Err(Malformed("its path is longer than any tree is high"));
        }
        Ok(Self {
            extra,
            index,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

/// A number as the format writes it: digits without leading zeroes.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl Content {
    /// The bytes of the `extra` line.
    ///
    /// # Errors
    /// Never for what this module can hold; the signature is JSON's.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let groups = self.groups.iter().map(|(number, opened)| GroupText {
            number: *number,
            seed: STANDARD.encode(opened.seed),
            group: STANDARD.encode(&opened.group),
        });
        serde_json::to_vec(&ContentText {
            entry: STANDARD.encode(&self.entry),
            key: self.key.clone(),
            groups: groups.collect(),
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text: ContentText = serde_json::from_slice(bytes).ok()?;
        let groups = text.groups.into_iter().map(|group| {
            let opened = OpenedGroup {
                seed: STANDARD.decode(group.seed).ok()?.try_into().ok()?,
                group: STANDARD.decode(group.group).ok()?,
            };
            Some((group.number, opened))
        });
        let content = Self {
            entry: STANDARD.decode(text.entry).ok()?,
            key: text.key,
            groups: groups.collect::<Option<_>>()?,
        };
        // Said in one way alone: spaces, orders and empty lists that mean the same are refused.
        (content.to_bytes().ok()? == bytes).then_some(content)
    }
}

/// Checks a file, believing nothing in it but what the trusted key signed.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(bytes: &[u8], trusted: &Trusted) -> Result<Proven, NotProven> {
    let proof = TlogProof::parse(bytes)?;
    let extra = proof.extra.as_deref().ok_or(NotProven::NoContent)?;
    let content = Content::parse(extra).ok_or(NotProven::NoContent)?;
    let key = trusted_key(&content.key, trusted)?;
    let opened = checkpoint::open(&proof.checkpoint, std::slice::from_ref(&key))
        .map_err(NotProven::Checkpoint)?
        .checkpoint;
    if says_twice(&proof.checkpoint) {
        return Err(NotProven::Malformed("a signature stands in it twice"));
    }
    let leaf = leaf_hash(&content.entry);
    verify_inclusion(proof.index, opened.size, &leaf, &opened.root, &proof.path)
        .map_err(NotProven::Inclusion)?;
    let clear = read_entry(&content.entry).map_err(NotProven::Entry)?;
    let mut after = None;
    for (number, group) in &content.groups {
        let committed = usize::try_from(*number)
            .ok()
            .and_then(|number| clear.commitments.get(number))
            .is_some_and(|committed| committed.hash == commitment(&group.seed, &group.group));
        if !committed || after.is_some_and(|after| after >= *number) {
            return Err(NotProven::Group(*number));
        }
        after = Some(*number);
    }
    Ok(Proven {
        index: proof.index,
        origin: opened.origin,
        size: opened.size,
        root: opened.root,
        leaf,
        fingerprint: key.fingerprint(),
        entry: content.entry,
        groups: content.groups,
    })
}

/// Whether a signature of one key stands under the checkpoint more than once: what was signed would be
/// the same without it.
fn says_twice(note: &str) -> bool {
    let mut seen = Vec::new();
    let signatures = note.rsplit_once("\n\n").map_or("", |(_, signatures)| signatures);
    signatures.lines().any(|line| {
        // Name and key id, whatever the signature's bytes are.
        let (name, data) = line.rsplit_once(' ').unwrap_or((line, ""));
        let key = (
            name,
            STANDARD
                .decode(data)
                .ok()
                .map(|data| data.into_iter().take(4).collect::<Vec<_>>()),
        );
        let again = seen.contains(&key);
        seen.push(key);
        again
    })
}

/// The key in the file, if it is the one that is trusted.
fn trusted_key(vkey: &str, trusted: &Trusted) -> Result<LogVerifier, NotProven> {
    let found = LogVerifier::from_vkey(vkey).map_err(NotProven::Checkpoint)?;
    let wanted = match trusted {
        Trusted::InTheFile => return Ok(found),
        Trusted::Fingerprint(fingerprint) => (found.fingerprint() == *fingerprint, fingerprint.clone()),
        Trusted::Key(key) => (**key == found, key.fingerprint()),
    };
    match wanted {
        (true, _) => Ok(found),
        (false, trusted) => Err(NotProven::OtherKey {
            trusted,
            found: found.fingerprint(),
        }),
    }
}
