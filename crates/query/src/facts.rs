//! What can be searched of an event: its fields, folded.
//!
//! Made from the entry and the groups that this reader may open; what is sealed is simply absent.
//! The writer of the desk's cache, its tests and the platform share this one reading of an event.

use crate::text::{GAP, fold, join};
use crate::value::sortable;
use serde_json::Value;
use vigia_domain::clock::to_micros;
use vigia_domain::entry::{Entry, Group, Holder};
use vigia_domain::event::Event;
use vigia_domain::{SubjectId, event::Status};

/// The most foreign fields of an event that can be searched by name; all can by their words.
const MAX_DETAILS: usize = 64;
/// The longest value of a foreign field that can be searched by name, in bytes.
const MAX_DETAIL_BYTES: usize = 256;

/// The searchable fields of one event. Words are folded; absent ones are `None`, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields of docs/query.md, one for one")]
pub struct Facts {
    pub id: String,
    pub time: i64,
    pub recorded_at: i64,
    pub kind: String,
    pub severity: u8,
    pub status: Option<String>,
    pub service: String,
    pub country: Option<String>,
    pub count: u32,
    pub actor_id: Option<String>,
    pub actor_email: Option<String>,
    pub actor_name: Option<String>,
    pub actor_role: Option<String>,
    pub actor_session: Option<String>,
    pub source_ip: Option<[u8; 16]>,
    pub source_port: Option<u16>,
    pub source_host: Option<String>,
    pub target_type: Option<String>,
    pub target_id: Option<String>,
    pub target_email: Option<String>,
    pub target_name: Option<String>,
    pub trace_id: Option<String>,
    /// Foreign fields: name as written, value folded.
    pub details: Vec<(String, String)>,
    /// Everybody whom a sealed group is about.
    pub subjects: Vec<SubjectId>,
    /// Whom the entry's first personal group is about: mostly the actor.
    pub person: Option<SubjectId>,
    /// The words of the message.
    pub message: Option<String>,
    /// The words of the user agent.
    pub user_agent: Option<String>,
    /// The words of everything else.
    pub other: String,
}

impl Facts {
    /// Reads an entry and the groups that could be opened.
    #[must_use]
    pub fn of(entry: &Entry, groups: Vec<Group>) -> Self {
        let event = entry.open(groups);
        let subjects = subjects(entry);
        let person = entry
            .groups
            .iter()
            .find_map(|commitment| match &commitment.holder {
                Holder::Subjects(ids) => ids.first().copied(),
                Holder::Period { .. } => None,
            });
        let details = details(&event);
        let text = |text: &Option<String>| text.as_deref().map(joined).filter(|words| !words.is_empty());
        Self {
            id: event.id.to_string(),
            time: to_micros(event.time),
            recorded_at: to_micros(entry.recorded_at),
            kind: event.kind.as_str().to_owned(),
            severity: event.severity.number(),
            status: event.status.map(|status| status_name(status).to_owned()),
            service: fold(&event.service),
            country: folded(&event.source.country),
            count: event.count,
            actor_id: folded(&event.actor.id),
            actor_email: folded(&event.actor.email),
            actor_name: folded(&event.actor.name),
            actor_role: folded(&event.actor.role),
            actor_session: folded(&event.actor.session),
            source_ip: event.source.ip.map(sortable),
            source_port: event.source.port,
            source_host: folded(&event.source.host),
            target_type: folded(&event.target.kind),
            target_id: folded(&event.target.id),
            target_email: folded(&event.target.email),
            target_name: folded(&event.target.name),
            trace_id: folded(&event.trace_id),
            message: text(&event.message),
            user_agent: text(&event.source.user_agent),
            other: other(&event, &details),
            details,
            subjects,
            person,
        }
    }
}

/// Everybody whom a sealed group of the entry is about, sorted, without repeats.
#[must_use]
pub fn subjects(entry: &Entry) -> Vec<SubjectId> {
    let mut all: Vec<SubjectId> = Vec::new();
    for commitment in &entry.groups {
        if let Holder::Subjects(ids) = &commitment.holder {
            all.extend(ids);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The word for a status, in queries and JSON.
#[must_use]
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Success => "success",
        Status::Failure => "failure",
    }
}

fn folded(text: &Option<String>) -> Option<String> {
    text.as_deref().map(fold).filter(|text| !text.is_empty())
}

fn joined(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    join(&mut words, text);
    words
}

/// Everything with words that has no column of its own in the text index.
fn other(event: &Event, details: &[(String, String)]) -> String {
    let raw = String::from_utf8_lossy(&event.raw.0);
    let ip = event.source.ip.map(|ip| ip.to_string());
    let texts = [
        event.actor.id.as_deref(),
        event.actor.email.as_deref(),
        event.actor.name.as_deref(),
        event.target.id.as_deref(),
        event.target.email.as_deref(),
        event.target.name.as_deref(),
        event.source.host.as_deref(),
        ip.as_deref(),
        event.trace_id.as_deref(),
        Some(raw.as_ref()),
    ];
    let changes = event.changes.iter().flat_map(|change| {
        [
            Some(change.field.clone()),
            scalar(&change.old),
            scalar(&change.new),
        ]
    });
    let mut all = String::new();
    let mut add = |text: &str| {
        let before = all.len();
        if before > 0 {
            all.push(' ');
            all.push_str(GAP);
            all.push(' ');
        }
        let begin = all.len();
        join(&mut all, text);
        if all.len() == begin {
            all.truncate(before);
        }
    };
    texts.into_iter().flatten().for_each(&mut add);
    changes.flatten().for_each(|text| add(&text));
    details.iter().for_each(|(_, value)| add(value));
    all
}

fn details(event: &Event) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, value) in &event.details {
        flatten(name, value, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

/// Nested names joined by dots; a list gives each of its items under its own name.
fn flatten(name: &str, value: &Value, found: &mut Vec<(String, String)>) {
    if found.len() >= MAX_DETAILS {
        return;
    }
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(inner, value)| flatten(&format!("{name}.{inner}"), value, found)),
        Value::Array(items) => items.iter().for_each(|item| flatten(name, item, found)),
        scalar_value => {
            let text = scalar(scalar_value).map(|text| fold(&text)).unwrap_or_default();
            if !text.is_empty() && text.len() <= MAX_DETAIL_BYTES {
                found.push((name.to_owned(), text));
            }
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
    }
}
