//! The bytes of an entry and of a sealed group. Fixed: docs/ledger.md is their public description.
//!
//! Both are deterministic CBOR (RFC 8949 § 4.2.1): maps with small integer keys in ascending
//! order, shortest integers, definite lengths, absent fields left out. A field is never renumbered
//! and never changes its type; new fields take new numbers and raise nothing, since a reader skips
//! numbers it does not know.
//!
//! What stands in [`Entry`] is clear for ever; everything else of an event lies in groups, each
//! about the same people, of which the entry holds only the commitment and the holder.

pub(crate) mod cbor;

use crate::aggregate::{Aggregate, AggregateKind};
use crate::clock::{Timestamp, from_micros, to_micros};
use crate::event::{Actor, Change, Event, Raw, Severity, Source, Status, Target};
pub use crate::holder::Holder;
use crate::id::{EventId, SubjectId};
use minicbor::{Decode, Encode};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The version of the entry's bytes.
pub const ENTRY_VERSION: u8 = 1;

/// The longest entry, in bytes: what a C2SP entry bundle can carry.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// One sealed group as the entry knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// `SHA-256("vigia/seal/1" ‖ seed ‖ length-prefixed group)`.
    pub hash: [u8; 32],
    /// Under whose key the group lies.
    pub holder: Holder,
}

/// What stays clear of an event, and the commitments to the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Sixteen fresh random bytes, so that equal events have unequal leaves.
    pub salt: [u8; 16],
    /// The event's id.
    pub id: EventId,
    /// When it happened.
    pub time: Timestamp,
    /// When the ledger took it; never before the entry ahead of it.
    pub recorded_at: Timestamp,
    /// What happened.
    pub kind: crate::Kind,
    /// OCSF class.
    pub class_uid: u32,
    /// OCSF activity.
    pub activity_id: u8,
    /// OCSF severity.
    pub severity: Severity,
    /// OCSF status.
    pub status: Option<Status>,
    /// The application.
    pub service: String,
    /// ISO country code of the source.
    pub country: Option<String>,
    /// How many happenings it stands for.
    pub count: u32,
    /// Vigia's own payload about nobody.
    pub aggregate: Option<Aggregate>,
    /// One for each sealed group, in order.
    pub groups: Vec<Commitment>,
}

/// The sealed part of an event that is about the same people. Flat: each section appears in
/// exactly one group of an event.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Group {
    /// Who did it.
    #[n(0)]
    pub actor: Option<Actor>,
    /// To whom or what.
    #[n(1)]
    pub target: Option<Target>,
    /// From where; its country stands clear in the entry and is left out here.
    #[n(2)]
    pub source: Option<Source>,
    /// What changed.
    #[n(3)]
    pub changes: Option<Vec<Change>>,
    /// The trace.
    #[n(4)]
    pub trace_id: Option<String>,
    /// One line for people.
    #[n(5)]
    pub message: Option<String>,
    /// Foreign fields, as JSON text.
    #[cbor(n(6), with = "cbor::json_map", has_nil)]
    pub details: Option<Map<String, Value>>,
    /// The bytes as they came in.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub raw: Option<Vec<u8>>,
}

impl Group {
    /// Nothing lies in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The group's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a group back.
    ///
    /// # Errors
    /// Where the bytes are not a group.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedEntry> {
        minicbor::decode(bytes).map_err(|source| MalformedEntry::Cbor {
            what: "a sealed group",
            source,
        })
    }

    /// Adds the sections of another group; the other's win where both have one.
    pub fn merge(&mut self, other: Self) {
        fn over<T>(mine: &mut Option<T>, other: Option<T>) {
            if other.is_some() {
                *mine = other;
            }
        }
        over(&mut self.actor, other.actor);
        over(&mut self.target, other.target);
        over(&mut self.source, other.source);
        over(&mut self.changes, other.changes);
        over(&mut self.trace_id, other.trace_id);
        over(&mut self.message, other.message);
        over(&mut self.details, other.details);
        over(&mut self.raw, other.raw);
    }
}

/// The bytes are not an entry or a group.
#[derive(Debug, thiserror::Error)]
pub enum MalformedEntry {
    /// Not the CBOR that was expected.
    #[error("decoding {what}")]
    Cbor {
        /// What was being decoded.
        what: &'static str,
        /// The decoder's word for it.
        source: minicbor::decode::Error,
    },
    /// A version from the future.
    #[error("the entry is of version {0}, newer than this program knows")]
    Version(u8),
    /// A field holds what it may not.
    #[error("the entry's {0} is not one")]
    Field(&'static str),
}

impl Entry {
    /// The entry's canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&Body {
            version: ENTRY_VERSION,
            salt: self.salt,
            id: *self.id.0.as_bytes(),
            time: to_micros(self.time),
            recorded_at: to_micros(self.recorded_at),
            kind: self.kind.as_str().to_owned(),
            class_uid: self.class_uid,
            activity_id: self.activity_id,
            severity_id: self.severity.number(),
            status_id: self.status.map(Status::number),
            service: self.service.clone(),
            country: self.country.clone(),
            count: (self.count != 1).then_some(self.count),
            aggregate: self.aggregate.as_ref().map(|aggregate| AggregateBody {
                kind: aggregate.kind.name().to_owned(),
                id: *aggregate.id.as_bytes(),
                version: aggregate.version,
                payload: aggregate.payload.to_string(),
            }),
            groups: self.groups.iter().map(CommitmentBody::from).collect(),
        })
    }

    /// Reads an entry back.
    ///
    /// # Errors
    /// Where the bytes are not an entry of a version that this program knows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedEntry> {
        let body: Body = minicbor::decode(bytes).map_err(|source| MalformedEntry::Cbor {
            what: "an entry",
            source,
        })?;
        if body.version != ENTRY_VERSION {
            return Err(MalformedEntry::Version(body.version));
        }
        Ok(Self {
            salt: body.salt,
            id: EventId(Uuid::from_bytes(body.id)),
            time: from_micros(body.time).ok_or(MalformedEntry::Field("time"))?,
            recorded_at: from_micros(body.recorded_at).ok_or(MalformedEntry::Field("recorded_at"))?,
            kind: body.kind.parse().map_err(|_| MalformedEntry::Field("kind"))?,
            class_uid: body.class_uid,
            activity_id: body.activity_id,
            severity: Severity::from_number(body.severity_id),
            status: body.status_id.and_then(Status::from_number),
            service: body.service,
            country: body.country,
            count: body.count.unwrap_or(1),
            aggregate: body.aggregate.map(AggregateBody::read).transpose()?,
            groups: body
                .groups
                .into_iter()
                .map(CommitmentBody::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The event again: its clear fields, and of the sealed ones what the groups given hold.
    #[must_use]
    pub fn open(&self, groups: impl IntoIterator<Item = Group>) -> Event {
        let mut all = Group::default();
        groups.into_iter().for_each(|group| all.merge(group));
        let mut source = all.source.unwrap_or_default();
        source.country.clone_from(&self.country);
        Event {
            id: self.id,
            time: self.time,
            kind: self.kind.clone(),
            severity: self.severity,
            status: self.status,
            service: self.service.clone(),
            count: self.count,
            actor: all.actor.unwrap_or_default(),
            target: all.target.unwrap_or_default(),
            source,
            changes: all.changes.unwrap_or_default(),
            trace_id: all.trace_id,
            message: all.message,
            details: all.details.unwrap_or_default(),
            raw: Raw(all.raw.unwrap_or_default()),
            aggregate: self.aggregate.clone(),
        }
    }
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        // Writing to memory cannot fail, and the codecs here raise no error of their own.
        Err(_) => Vec::new(),
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Body {
    #[n(0)]
    version: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(2), with = "minicbor::bytes")]
    id: [u8; 16],
    #[n(3)]
    time: i64,
    #[n(4)]
    recorded_at: i64,
    #[n(5)]
    kind: String,
    #[n(6)]
    class_uid: u32,
    #[n(7)]
    activity_id: u8,
    #[n(8)]
    severity_id: u8,
    #[n(9)]
    status_id: Option<u8>,
    #[n(10)]
    service: String,
    #[n(11)]
    country: Option<String>,
    #[n(12)]
    count: Option<u32>,
    #[n(13)]
    aggregate: Option<AggregateBody>,
    #[n(14)]
    groups: Vec<CommitmentBody>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct AggregateBody {
    #[n(0)]
    kind: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    id: [u8; 16],
    #[n(2)]
    version: u64,
    #[n(3)]
    payload: String,
}

impl AggregateBody {
    fn read(self) -> Result<Aggregate, MalformedEntry> {
        Ok(Aggregate {
            kind: AggregateKind::from_name(&self.kind).ok_or(MalformedEntry::Field("aggregate"))?,
            id: Uuid::from_bytes(self.id),
            version: self.version,
            payload: serde_json::from_str(&self.payload).map_err(|_| MalformedEntry::Field("payload"))?,
        })
    }
}

/// `subjects` is the sixteen-byte ids one after another; `day` and `class` stand for a period.
#[derive(Encode, Decode)]
#[cbor(map)]
struct CommitmentBody {
    #[cbor(n(0), with = "minicbor::bytes")]
    hash: [u8; 32],
    #[cbor(n(1), with = "minicbor::bytes")]
    subjects: Option<Vec<u8>>,
    #[n(2)]
    day: Option<i32>,
    #[n(3)]
    class: Option<u8>,
}

impl From<&Commitment> for CommitmentBody {
    fn from(commitment: &Commitment) -> Self {
        let (subjects, day, class) = match &commitment.holder {
            Holder::Subjects(ids) => (Some(ids.iter().flat_map(|id| id.0).collect()), None, None),
            Holder::Period { day, class } => (None, Some(*day), Some(*class)),
        };
        Self {
            hash: commitment.hash,
            subjects,
            day,
            class,
        }
    }
}

impl CommitmentBody {
    fn read(self) -> Result<Commitment, MalformedEntry> {
        let holder = match (self.subjects, self.day, self.class) {
            (Some(bytes), None, None) => {
                let (ids, rest) = bytes.as_chunks::<16>();
                if ids.is_empty() || !rest.is_empty() {
                    return Err(MalformedEntry::Field("holder"));
                }
                Holder::Subjects(ids.iter().copied().map(SubjectId).collect())
            }
            (None, Some(day), Some(class)) => Holder::Period { day, class },
            _ => return Err(MalformedEntry::Field("holder")),
        };
        Ok(Commitment {
            hash: self.hash,
            holder,
        })
    }
}

#[cfg(test)]
mod tests;
