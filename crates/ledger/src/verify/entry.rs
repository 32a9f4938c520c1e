//! The verifier's own reader of an entry: only what it judges by, from the numbers that
//! docs/ledger.md gives to the fields.
//!
//! Fields that it does not know are skipped: they are covered by the leaf hash all the same.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};
use std::collections::BTreeSet;

/// The version of entries that this verifier reads.
const VERSION: u8 = 1;

/// The kind of the aggregate whose events are tombstones.
const ERASURE: &str = "erasure";
/// The kind of the aggregate whose events say what retention took.
const PRUNING: &str = "pruning";

/// What the verifier must know of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClearEntry {
    /// The event's id.
    pub id: [u8; 16],
    /// Microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// One for each sealed group, in order.
    pub commitments: Vec<Commitment>,
    /// Where the entry is a tombstone: whose keys are gone.
    pub erased: BTreeSet<[u8; 16]>,
    /// Where it tells of a pruning: first and last number of the entries whose bytes are gone.
    pub pruned: Vec<(u64, u64)>,
    /// Where it tells of dropped periods: the days and classes whose keys are gone.
    pub dropped: Vec<(i32, u8)>,
}

/// What an entry explains of what others will not find any more.
#[derive(Default)]
struct Explained {
    erased: BTreeSet<[u8; 16]>,
    pruned: Vec<(u64, u64)>,
    dropped: Vec<(i32, u8)>,
}

/// What the entry says of one sealed group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The commitment.
    pub hash: [u8; 32],
    /// Under whose key the group lies.
    pub holder: Holder,
}

/// Under whose key a group lies.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// People, by their random ids.
    Subjects(#[serde(with = "super::finding::hex_ids")] Vec<[u8; 16]>),
    /// A day, in days since 1970-01-01 UTC, and a retention class.
    Period {
        /// The day.
        day: i32,
        /// The class.
        class: u8,
    },
}

/// The bytes are not an entry that this verifier can read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableEntry {
    /// Not the CBOR that docs/ledger.md describes.
    #[error("the entry is not the CBOR map that it should be: {0}")]
    Cbor(Error),
    /// A newer version.
    #[error("the entry is of version {0}, which this verifier does not know")]
    Version(u8),
    /// A field that must be there is not.
    #[error("the entry has no {0}")]
    Absent(&'static str),
    /// Something follows the map.
    #[error("the entry is followed by other bytes")]
    Trailing,
}

impl From<Error> for UnreadableEntry {
    fn from(error: Error) -> Self {
        Self::Cbor(error)
    }
}

/// Reads an entry.
///
/// # Errors
/// Where the bytes are not an entry of a version that is known here.
pub fn read_entry(bytes: &[u8]) -> Result<ClearEntry, UnreadableEntry> {
    let mut d = Decoder::new(bytes);
    let mut version = None;
    let mut id = None;
    let mut recorded_at = None;
    let mut commitments = None;
    let mut explained = Explained::default();
    for _ in 0..length(d.map()?)? {
        match d.u64()? {
            0 => {
                let found = d.u8()?;
                if found != VERSION {
                    return Err(UnreadableEntry::Version(found));
                }
                version = Some(found);
            }
            2 => id = Some(fixed(d.bytes()?)?),
            4 => recorded_at = Some(d.i64()?),
            13 if d.datatype()? != Type::Null => explained = read_aggregate(&mut d)?,
            14 => commitments = Some(read_commitments(&mut d)?),
            _ => d.skip()?,
        }
    }
    if d.position() != bytes.len() {
        return Err(UnreadableEntry::Trailing);
    }
    version.ok_or(UnreadableEntry::Absent("version"))?;
    Ok(ClearEntry {
        id: id.ok_or(UnreadableEntry::Absent("id"))?,
        recorded_at: recorded_at.ok_or(UnreadableEntry::Absent("recorded_at"))?,
        commitments: commitments.ok_or(UnreadableEntry::Absent("groups"))?,
        erased: explained.erased,
        pruned: explained.pruned,
        dropped: explained.dropped,
    })
}

fn read_commitments(d: &mut Decoder<'_>) -> Result<Vec<Commitment>, Error> {
    let mut commitments = Vec::new();
    for _ in 0..length(d.array()?)? {
        let (mut hash, mut subjects, mut day, mut class) = (None, None, None, None);
        for _ in 0..length(d.map()?)? {
            match d.u64()? {
                0 => hash = Some(fixed(d.bytes()?)?),
                1 if d.datatype()? != Type::Null => subjects = Some(d.bytes()?),
                2 if d.datatype()? != Type::Null => day = Some(d.i32()?),
                3 if d.datatype()? != Type::Null => class = Some(d.u8()?),
                _ => d.skip()?,
            }
        }
        let holder = match (subjects, day, class) {
            (Some(ids), None, None) => Holder::Subjects(read_ids(ids)?),
            (None, Some(day), Some(class)) => Holder::Period { day, class },
            _ => return Err(Error::message("a group's holder is neither people nor a period")),
        };
        commitments.push(Commitment {
            hash: hash.ok_or_else(|| Error::message("a group without a commitment"))?,
            holder,
        });
    }
    Ok(commitments)
}

fn read_ids(bytes: &[u8]) -> Result<Vec<[u8; 16]>, Error> {
    match bytes.as_chunks() {
        (ids, []) if !ids.is_empty() => Ok(ids.to_vec()),
        _ => Err(Error::message("subject ids are sixteen bytes each")),
    }
}

/// What the aggregate's event says is gone: nothing, unless it is an erasure or a pruning.
fn read_aggregate(d: &mut Decoder<'_>) -> Result<Explained, Error> {
    let (mut kind, mut payload) = ("", "");
    for _ in 0..length(d.map()?)? {
        match d.u64()? {
            0 => kind = d.str()?,
            3 => payload = d.str()?,
            _ => d.skip()?,
        }
    }
    match kind {
        ERASURE => read_erasure(payload),
        PRUNING => read_pruning(payload),
        _ => Ok(Explained::default()),
    }
}

fn read_erasure(payload: &str) -> Result<Explained, Error> {
    let payload: ErasurePayload =
        serde_json::from_str(payload).map_err(|_| Error::message("an erasure names no subjects"))?;
    let erased = payload
        .subjects
        .iter()
        .map(|id| read_hex(id).ok_or_else(|| Error::message("an erasure names what is no subject")))
        .collect::<Result<_, _>>()?;
    Ok(Explained {
        erased,
        ..Explained::default()
    })
}

fn read_pruning(payload: &str) -> Result<Explained, Error> {
    let payload: PruningPayload = serde_json::from_str(payload)
        .map_err(|_| Error::message("a pruning names neither entries nor periods"))?;
    if payload.ranges.iter().any(|(first, last)| first > last) {
        return Err(Error::message(
            "a pruning names a range that ends before it begins",
        ));
    }
    Ok(Explained {
        pruned: payload.ranges,
        dropped: payload
            .periods
            .iter()
            .map(|period| (period.day, period.class))
            .collect(),
        ..Explained::default()
    })
}

#[derive(serde::Deserialize)]
struct PruningPayload {
    #[serde(default)]
    ranges: Vec<(u64, u64)>,
    #[serde(default)]
    periods: Vec<PeriodPayload>,
}

#[derive(serde::Deserialize)]
struct PeriodPayload {
    day: i32,
    class: u8,
}

#[derive(serde::Deserialize)]
struct ErasurePayload {
    subjects: Vec<String>,
}

/// Sixteen bytes from thirty-two hexadecimal digits.
pub(super) fn read_hex(text: &str) -> Option<[u8; 16]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let bytes = pairs
        .iter()
        .map(|pair| {
            let digits = std::str::from_utf8(pair).ok()?;
            let digits = digits
                .bytes()
                .all(|digit| digit.is_ascii_hexdigit())
                .then_some(digits)?;
            u8::from_str_radix(digits, 16).ok()
        })
        .collect::<Option<Vec<u8>>>()?;
    bytes.try_into().ok()
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes
        .try_into()
        .map_err(|_| Error::message("a field of the wrong length"))
}

/// Canonical entries have definite lengths only (RFC 8949 § 4.2.1).
fn length(announced: Option<u64>) -> Result<u64, Error> {
    announced.ok_or_else(|| Error::message("a map or list without a length"))
}
