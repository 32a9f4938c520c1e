//! An event: something that happened, in a monitored application or in Vigia itself.
//!
//! Names follow OCSF 1.8 where it has one; docs/events.md holds the mapping and says which fields
//! stay clear in the ledger. An event is whole and readable here; how it is split into sealed
//! groups is `person`, how it becomes bytes is `entry`.

use crate::aggregate::Aggregate;
use crate::clock::Timestamp;
use crate::id::EventId;
use crate::kind::Kind;
pub use crate::outcome::{Severity, Status};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::net::IpAddr;

/// One event, opened. `recorded_at` and the sequence number are given by the ledger on appending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// UUIDv7, unique for ever.
    pub id: EventId,
    /// When it happened, in UTC, by the clock of whoever saw it.
    pub time: Timestamp,
    /// What happened: `auth.login.failed`.
    pub kind: Kind,
    /// How much it matters (OCSF `severity_id`).
    pub severity: Severity,
    /// Whether what was tried worked; `None` where nothing was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The application; for syslog the program (`sshd`); `vigia` for Vigia's own events.
    pub service: String,
    /// How many identical happenings this event stands for; at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u32,
    /// Who did or tried it.
    #[serde(default, skip_serializing_if = "Actor::is_empty")]
    pub actor: Actor,
    /// To whom or what it was done.
    #[serde(default, skip_serializing_if = "Target::is_empty")]
    pub target: Target,
    /// From where.
    #[serde(default, skip_serializing_if = "Source::is_empty")]
    pub source: Source,
    /// What changed, old to new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The trace of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// One line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Foreign fields, under their own names, so that public Sigma rules match them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
    /// The bytes as they came in, redacted where they must be.
    #[serde(default, flatten)]
    pub raw: Raw,
    /// For Vigia's own events: which aggregate they move, and how. About nobody, so it stays clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Aggregate>,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(count: &u32) -> bool {
    *count == 1
}

impl Event {
    /// An event with nothing but its structure; the rest is filled in by the caller.
    #[must_use]
    pub fn new(id: EventId, time: Timestamp, kind: Kind, service: impl Into<String>) -> Self {
        Self {
            id,
            time: crate::clock::whole_micros(time),
            severity: kind.default_severity(),
            status: kind.default_status(),
            kind,
            service: service.into(),
            count: 1,
            actor: Actor::default(),
            target: Target::default(),
            source: Source::default(),
            changes: Vec::new(),
            trace_id: None,
            message: None,
            details: Map::new(),
            raw: Raw::default(),
            aggregate: None,
        }
    }
}

impl Event {
    /// The event as everybody prints it (`export`, `events --json`, the window): nested JSON with
    /// its place in the ledger and the OCSF numbers beside the words.
    ///
    /// # Errors
    /// Where a value has no JSON form; none of this type's has.
    pub fn to_json(&self, seq: u64, recorded_at: Timestamp) -> serde_json::Result<Map<String, Value>> {
        let mut fields = match serde_json::to_value(self)? {
            Value::Object(fields) => fields,
            other => Map::from_iter([("event".to_owned(), other)]),
        };
        fields.insert("seq".to_owned(), seq.into());
        fields.insert("recorded_at".to_owned(), serde_json::to_value(recorded_at)?);
        fields.insert("class_uid".to_owned(), self.kind.class_uid().into());
        fields.insert("activity_id".to_owned(), self.kind.activity_id().into());
        fields.insert("severity_id".to_owned(), self.severity.number().into());
        if let Some(status) = self.status {
            fields.insert("status_id".to_owned(), status.number().into());
        }
        Ok(fields)
    }
}

/// Who did it. A tried user name is `name`, and `email` where it is one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Actor {
    /// The application's own id of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub id: Option<String>,
    /// E-mail address, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub email: Option<String>,
    /// User name, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub name: Option<String>,
    /// The role that the application said the person has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub role: Option<String>,
    /// The session, as `sha256:` and hexadecimal digits, never itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub session: Option<String>,
}

impl Actor {
    /// Nobody is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// To whom or what it was done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Target {
    /// `user` where it is a person; else what the application calls it (`template`, `api_key`).
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    #[n(0)]
    pub kind: Option<String>,
    /// The application's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub id: Option<String>,
    /// E-mail address, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub email: Option<String>,
    /// Name, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub name: Option<String>,
}

impl Target {
    /// Nothing is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the target is a person, so that what is said of it is sealed under their key.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.email.is_some() || matches!(self.kind.as_deref(), Some("user" | "account"))
    }
}

/// From where it came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Source {
    /// The address that connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cbor(n(0), with = "crate::entry::cbor::ip", has_nil)]
    pub ip: Option<IpAddr>,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub port: Option<u16>,
    /// ISO 3166-1 alpha-2 code. Clear in the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub country: Option<String>,
    /// What the browser or program called itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub user_agent: Option<String>,
    /// Host name, where the log gives one instead of, or beside, the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub host: Option<String>,
}

impl Source {
    /// Nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One field that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Change {
    /// The field, by the application's name for it.
    #[n(0)]
    pub field: String,
    /// Its value before; null where there was none.
    #[cbor(n(1), with = "crate::entry::cbor::json_value")]
    pub old: Value,
    /// Its value after; null where there is none.
    #[cbor(n(2), with = "crate::entry::cbor::json_value")]
    pub new: Value,
}

/// The bytes that came in. In JSON `raw` where they are UTF-8, else `raw_base64`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Raw(pub Vec<u8>);

impl Raw {
    /// Nothing came in: Vigia's own events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, where the bytes are UTF-8.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

#[derive(Serialize, Deserialize)]
struct RawJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

impl Serialize for Raw {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        match self.as_text() {
            Some("") => RawJson {
                raw: None,
                raw_base64: None,
            },
            Some(text) => RawJson {
                raw: Some(text.to_owned()),
                raw_base64: None,
            },
            None => RawJson {
                raw: None,
                raw_base64: Some(base64::engine::general_purpose::STANDARD.encode(&self.0)),
            },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let json = RawJson::deserialize(deserializer)?;
        match (json.raw, json.raw_base64) {
            (Some(text), _) => Ok(Self(text.into_bytes())),
            (None, Some(encoded)) => base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .map(Self)
                .map_err(serde::de::Error::custom),
            (None, None) => Ok(Self::default()),
        }
    }
}
