//! Events by REST: `GET /v1/events` (pages or a stream of lines) and `GET /v1/events/{seq}`.

use crate::sync::OpenedGroup;
use crate::{Base64, Problem};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vigia_domain::{Event, SubjectId};

/// Events of a page where nobody says how many.
pub const DEFAULT_LIMIT: u32 = 100;
/// The most events of a page.
pub const MAX_PAGE_EVENTS: u32 = 1_000;
/// The most events of a stream.
pub const MAX_STREAM_EVENTS: u32 = 65_536;

/// In which order events come: that in which the ledger took them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The last one first.
    #[default]
    Newest,
    /// The first one first.
    Oldest,
}

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// The query (docs/query.md); empty: everything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Only what happened from this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only what happened before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The order.
    #[serde(default)]
    pub order: Order,
    /// The most events wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the last answer ended (`next`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// An event as it is read by REST: what `vigia-platform export` writes, and about whom it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedEvent {
    /// Its place in the ledger.
    pub seq: u64,
    /// When the ledger took it.
    pub recorded_at: DateTime<Utc>,
    /// OCSF class.
    pub class_uid: u32,
    /// OCSF activity.
    pub activity_id: u8,
    /// OCSF severity.
    pub severity_id: u8,
    /// OCSF status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_id: Option<u8>,
    /// Whom it is about, by pseudonym.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectId>,
    /// Whether people are hidden because the reader may not see them (`pii:read`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub masked: bool,
    /// Its fields (docs/events.md).
    #[serde(flatten)]
    pub event: Event,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// How an event is described in the OpenAPI document. What is sealed is absent where the reader may
/// not see it or it was erased.
#[derive(Debug, utoipa::ToSchema)]
#[schema(as = Event, example = json!({
    "seq": 4711, "recorded_at": "2026-02-17T10:30:01.250000Z", "id": "019c6b0a-6d50-7cc2-9d1c-6f5a1de0a001",
    "time": "2026-02-17T10:30:00Z", "kind": "auth.login.failed", "class_uid": 3002, "activity_id": 1,
    "severity": "medium", "severity_id": 3, "status": "failure", "status_id": 2, "service": "api",
    "actor": {"email": "joao@example.com", "name": "joao"}, "source": {"ip": "192.0.2.7", "country": "BR"},
    "message": "credenciais inválidas", "subjects": ["3f2a91c0d4e5f60718293a4b5c6d7e8f"]
}))]
#[expect(dead_code, reason = "a description, never a value")]
pub struct EventFields {
    /// Its place in the ledger.
    seq: u64,
    /// When the ledger took it.
    recorded_at: DateTime<Utc>,
    /// UUIDv7.
    id: uuid::Uuid,
    /// When it happened.
    time: DateTime<Utc>,
    /// What happened: `auth.login.failed`.
    kind: String,
    /// OCSF class.
    class_uid: u32,
    /// OCSF activity.
    activity_id: u8,
    /// `unknown`, `info`, `low`, `medium`, `high`, `critical` or `fatal`.
    severity: String,
    /// The same in OCSF's numbers.
    severity_id: u8,
    /// `success` or `failure`.
    status: Option<String>,
    /// The same in OCSF's numbers.
    status_id: Option<u8>,
    /// The application.
    service: String,
    /// How many happenings it stands for; absent: 1.
    count: Option<u32>,
    /// Who did it: `id`, `email`, `name`, `role`, `session`.
    #[schema(value_type = Option<Object>)]
    actor: Option<()>,
    /// To whom or what: `type`, `id`, `email`, `name`.
    #[schema(value_type = Option<Object>)]
    target: Option<()>,
    /// From where: `ip`, `port`, `country`, `user_agent`, `host`.
    #[schema(value_type = Option<Object>)]
    source: Option<()>,
    /// What changed: `field`, `old`, `new` each.
    #[schema(value_type = Option<Vec<Object>>)]
    changes: Option<()>,
    /// The trace of the request.
    trace_id: Option<String>,
    /// One line for people.
    message: Option<String>,
    /// Foreign fields under their own names.
    #[schema(value_type = Option<Object>)]
    details: Option<()>,
    /// The line as it came in.
    raw: Option<String>,
    /// The same in base64, where it is no UTF-8.
    raw_base64: Option<String>,
    /// Vigia's own payload about nobody.
    #[schema(value_type = Option<Object>)]
    aggregate: Option<()>,
    /// Whom it is about, by pseudonym.
    #[schema(value_type = Option<Vec<String>>)]
    subjects: Option<()>,
    /// `true` where people are hidden because the reader lacks `pii:read`.
    masked: Option<bool>,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventsPage {
    /// The events, in the order that was asked for.
    #[schema(value_type = Vec<EventFields>)]
    pub events: Vec<ListedEvent>,
    /// Where to go on; `null` where the whole log has been looked at. A page with a `next` may have
    /// fewer events than wanted, or none: then the request's budget was spent.
    #[schema(required, example = "AQAAAAAAABJnAAAAAAAAEmfB1n2eC8bq0m3f0yqvKc0K")]
    pub next: Option<String>,
    /// Entries that were looked at for this answer.
    #[schema(example = 100)]
    pub scanned: u64,
}

/// One line of a stream of events (`Accept: application/x-ndjson`). Events come as they are; every other
/// line has one of the names below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EventsLine {
    /// How far the search is.
    Progress {
        /// See there.
        progress: Progress,
    },
    /// The platform failed half-way; what came before stands.
    Failed {
        /// Why.
        failed: Problem,
    },
    /// An event.
    Event(Box<ListedEvent>),
    /// The last line.
    End {
        /// Where to go on; `null` where the whole log has been looked at.
        next: Option<String>,
        /// Entries that were looked at for this answer.
        scanned: u64,
    },
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Entries that were looked at.
    pub scanned: u64,
    /// Where in the log it stands: newest first, everything from here on is done; oldest first,
    /// everything before.
    pub seq: u64,
    /// The log's size.
    pub size: u64,
}

/// One event with everything that it takes to prove it offline (docs/ledger.md § 6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProvenEvent {
    /// The event.
    #[schema(value_type = EventFields)]
    pub event: ListedEvent,
    /// The entry's canonical bytes: its leaf hash is `SHA-256(0x00 ‖ entry)`.
    #[schema(example = "pgABAVAAAAA=")]
    pub entry: Base64,
    /// The opened groups, each to be held against its commitment in the entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<OpenedGroup>,
    /// A signed checkpoint (C2SP `tlog-checkpoint`).
    pub checkpoint: String,
    /// The hashes from the leaf to the checkpoint's root (RFC 6962 § 2.1.1).
    pub inclusion: Vec<Base64>,
}
