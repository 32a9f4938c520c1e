//! An event as people read it: the table's row, the fields with their pivots, nested JSON.

use super::column::{Column, Opened};
use crate::cache::Stored;
use crate::query::Field;
use crate::view::event::{EventRow, FieldView, Who};
use serde_json::{Map, Value, json};
use vigia_domain::event::{Actor, Target};
use vigia_domain::holder::Holder;
use vigia_domain::{Event, SubjectId};
use vigia_query::facts::status_name;
use vigia_wire::event::ListedEvent;

/// How many digits of a person's id a pseudonym shows.
const PSEUDONYM_DIGITS: usize = 8;

/// The same person always has the same pseudonym, and it says nothing about them.
#[must_use]
pub fn pseudonym(person: SubjectId) -> String {
    let digits: String = person.to_string().chars().take(PSEUDONYM_DIGITS).collect();
    format!("#{digits}")
}

/// The query that finds one value; quoted where the value would not stand for itself.
#[must_use]
pub fn pivot(field: &Field, value: &str) -> String {
    let plain = !value.is_empty()
        && !matches!(value, "AND" | "OR" | "NOT" | "IN" | "TO")
        && value.starts_with(|first: char| first.is_alphanumeric())
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '/'));
    let name = field.name();
    // A field name with signs of the grammar in it can only be a foreign one.
    let name: String = name
        .chars()
        .flat_map(|c| {
            let sign = " +^`:{}\"'[]()!\\*".contains(c);
            sign.then_some('\\').into_iter().chain([c])
        })
        .collect();
    if plain {
        format!("{name}:{value}")
    } else {
        format!("{name}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

fn who(field: [(Field, &Option<String>); 3]) -> Option<Who> {
    let (field, text) = field
        .into_iter()
        .find_map(|(field, value)| Some((field, value.as_ref()?)))?;
    Some(Who {
        text: text.clone(),
        masked: false,
        query: Some(pivot(&field, text)),
    })
}

fn actor(actor: &Actor) -> Option<Who> {
    who([
        (Field::ActorEmail, &actor.email),
        (Field::ActorName, &actor.name),
        (Field::ActorId, &actor.id),
    ])
}

pub(super) fn target(target: &Target) -> Option<Who> {
    who([
        (Field::TargetEmail, &target.email),
        (Field::TargetName, &target.name),
        (Field::TargetId, &target.id),
    ])
}

/// Stands for somebody whose group this reader does not see.
fn masked(person: SubjectId) -> Who {
    Who {
        text: pseudonym(person),
        masked: true,
        query: Some(pivot(&Field::Subject, &person.to_string())),
    }
}

/// The people of the sealed groups that are not open, in order.
fn hidden_people(stored: &Stored) -> impl Iterator<Item = SubjectId> {
    let groups = (0_u32..).zip(&stored.entry.groups);
    groups.filter_map(|(number, commitment)| match &commitment.holder {
        Holder::Subjects(people) if !stored.groups.iter().any(|(open, _)| *open == number) => {
            people.first().copied()
        }
        _ => None,
    })
}

/// Who did it, or a pseudonym where that is sealed.
pub(super) fn actor_of(stored: &Stored, event: &Event) -> Option<Who> {
    actor(&event.actor).or_else(|| hidden_people(stored).next().map(masked))
}

/// The same of an event as the platform reports it.
pub(super) fn reported_actor(listed: &ListedEvent) -> Option<Who> {
    let hidden = || listed.subjects.first().copied().filter(|_| listed.masked);
    actor(&listed.event.actor).or_else(|| hidden().map(masked))
}

/// A row of an event as the platform reports it, with further columns.
#[must_use]
pub fn reported_row(listed: &ListedEvent, columns: &[Column]) -> EventRow {
    let opened = Opened::reported(listed);
    let mut row = row_of(listed.seq, listed.event.clone(), reported_actor(listed));
    row.cells = columns.iter().map(|column| opened.cell(column)).collect();
    row
}

/// The table's row, with further columns.
#[must_use]
pub fn row_with(stored: &Stored, columns: &[Column]) -> EventRow {
    let mut row = row(stored);
    if !columns.is_empty() {
        let opened = Opened::new(stored);
        row.cells = columns.iter().map(|column| opened.cell(column)).collect();
    }
    row
}

/// The table's row.
#[must_use]
pub fn row(stored: &Stored) -> EventRow {
    let event = stored.event();
    let actor = actor_of(stored, &event);
    row_of(stored.seq, event, actor)
}

fn row_of(seq: u64, event: Event, actor: Option<Who>) -> EventRow {
    EventRow {
        seq,
        time: event.time,
        kind: event.kind.to_string(),
        severity: event.severity.into(),
        status: event.status.map(|status| status_name(status).to_owned()),
        actor,
        source_ip: event.source.ip.map(|ip| ip.to_string()),
        country: event.source.country.clone(),
        target: target(&event.target),
        message: event.message.clone(),
        count: event.count,
        service: event.service,
        cells: Vec::new(),
    }
}

/// The whole event as nested JSON, with its place and the moment the ledger took it.
#[must_use]
pub fn json(stored: &Stored) -> Value {
    let mut fields = stored
        .event()
        .to_json(stored.seq, stored.entry.recorded_at)
        .unwrap_or_default();
    let people: Vec<String> = vigia_query::facts::subjects(&stored.entry)
        .iter()
        .map(ToString::to_string)
        .collect();
    if !people.is_empty() {
        fields.insert("subjects".to_owned(), json!(people));
    }
    Value::Object(fields)
}

/// Each field with the query that pivots on it, in reading order.
#[must_use]
pub fn fields(stored: &Stored) -> Vec<FieldView> {
    let event = stored.event();
    let mut fields = Fields(Vec::new());
    fields.word(Field::Kind, Some(event.kind.as_str()));
    fields.word(Field::Severity, Some(event.severity.name()));
    fields.word(Field::Status, event.status.map(status_name));
    fields.word(Field::Service, Some(&event.service));
    let count = (event.count != 1).then(|| event.count.to_string());
    fields.word(Field::Count, count.as_deref());
    fields.word(Field::ActorEmail, event.actor.email.as_deref());
    fields.word(Field::ActorName, event.actor.name.as_deref());
    fields.word(Field::ActorId, event.actor.id.as_deref());
    fields.word(Field::ActorRole, event.actor.role.as_deref());
    fields.word(Field::ActorSession, event.actor.session.as_deref());
    let (ip, port) = (
        event.source.ip.map(|ip| ip.to_string()),
        event.source.port.map(|port| port.to_string()),
    );
    fields.word(Field::SourceIp, ip.as_deref());
    fields.word(Field::SourcePort, port.as_deref());
    fields.word(Field::SourceCountry, event.source.country.as_deref());
    fields.word(Field::SourceHost, event.source.host.as_deref());
    fields.word(Field::SourceUserAgent, event.source.user_agent.as_deref());
    fields.word(Field::TargetType, event.target.kind.as_deref());
    fields.word(Field::TargetEmail, event.target.email.as_deref());
    fields.word(Field::TargetName, event.target.name.as_deref());
    fields.word(Field::TargetId, event.target.id.as_deref());
    fields.word(Field::TraceId, event.trace_id.as_deref());
    for change in &event.changes {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = format!("{} → {}", text(&change.old), text(&change.new));
        fields.0.push(FieldView {
            name: format!("changes.{}", change.field),
            value,
            query: None,
        });
    }
    fields.details("", &event.details);
    fields.word(Field::Id, Some(&event.id.to_string()));
    for person in vigia_query::facts::subjects(&stored.entry) {
        fields.word(Field::Subject, Some(&person.to_string()));
    }
    fields.0
}

struct Fields(Vec<FieldView>);

impl Fields {
    fn word(&mut self, field: Field, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            let query = crate::query::parse(&pivot(&field, value))
                .is_ok()
                .then(|| pivot(&field, value));
            self.0.push(FieldView {
                name: field.name(),
                value: value.to_owned(),
                query,
            });
        }
    }

    fn details(&mut self, before: &str, fields: &Map<String, Value>) {
        for (name, value) in fields {
            let name = format!("{before}{name}");
            match value {
                Value::Object(inner) => self.details(&format!("{name}."), inner),
                Value::Array(_) | Value::Null => {
                    self.0.push(FieldView {
                        name: format!("details.{name}"),
                        value: value.to_string(),
                        query: None,
                    });
                }
                Value::String(text) => self.word(Field::Detail(name), Some(text)),
                Value::Bool(_) | Value::Number(_) => self.word(Field::Detail(name), Some(&value.to_string())),
            }
        }
    }
}

/// The bytes as they came in, for reading.
#[must_use]
pub fn raw(event: &Event) -> Option<String> {
    (!event.raw.is_empty()).then(|| String::from_utf8_lossy(&event.raw.0).into_owned())
}
