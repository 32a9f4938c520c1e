//! A column of the table or of a sheet: any field of the query language, and who and to whom in one.

use super::show;
use crate::Error;
use crate::cache::Stored;
use crate::query::{self, Field};
use crate::view::event::{Cell, Who};
use chrono::SecondsFormat;
use chrono_tz::Tz;
use serde_json::{Map, Value};
use vigia_domain::{Event, SubjectId, Timestamp};
use vigia_query::facts::status_name;
use vigia_wire::event::ListedEvent;
use vigia_wire::{Code, Problem};

/// The most columns of one table or sheet.
pub const MAX_COLUMNS: usize = 64;
/// The longest name of a column, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// Who did it: e-mail, else name, else id, else pseudonym.
    Actor,
    /// To whom or what, the same way.
    Target,
    /// A field.
    Field(Field),
}

impl Column {
    /// The column with this name: `actor`, `target`, or a field's.
    ///
    /// # Errors
    /// Where there is none; the error names the nearest field.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "actor" => Ok(Self::Actor),
            "target" => Ok(Self::Target),
            name if name.len() > MAX_NAME_BYTES => {
                let detail = format!("a column's name is longer than {MAX_NAME_BYTES} bytes");
                Err(Error::Request(Problem::new(Code::InvalidRequest, detail)))
            }
            name => Ok(Self::Field(Field::parse(name)?)),
        }
    }

    /// The columns with these names.
    ///
    /// # Errors
    /// Where there are too many, or one is none.
    pub fn parse_all(names: &[String]) -> Result<Vec<Self>, Error> {
        if names.len() > MAX_COLUMNS {
            let detail = format!("{} columns are more than {MAX_COLUMNS}", names.len());
            return Err(Error::Request(Problem::new(Code::InvalidRequest, detail)));
        }
        names.iter().map(|name| Self::parse(name)).collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Actor => "actor".to_owned(),
            Self::Target => "target".to_owned(),
            Self::Field(field) => field.name(),
        }
    }
}

/// An event, opened once for all of its columns.
pub struct Opened {
    seq: u64,
    recorded_at: Timestamp,
    subjects: Vec<SubjectId>,
    actor: Option<Who>,
    event: Event,
}

impl Opened {
    /// Opens an event of the copy, as far as this reader may.
    #[must_use]
    pub fn new(stored: &Stored) -> Self {
        let event = stored.event();
        Self {
            seq: stored.seq,
            recorded_at: stored.entry.recorded_at,
            subjects: vigia_query::facts::subjects(&stored.entry),
            actor: show::actor_of(stored, &event),
            event,
        }
    }

    /// An event as the platform reports it.
    #[must_use]
    pub fn reported(listed: &ListedEvent) -> Self {
        Self {
            seq: listed.seq,
            recorded_at: listed.recorded_at,
            subjects: listed.subjects.clone(),
            actor: show::reported_actor(listed),
            event: listed.event.clone(),
        }
    }

    /// What stands in a column; `None` where the event has nothing there. Times in the zone.
    #[must_use]
    pub fn text(&self, column: &Column, zone: Tz) -> Option<String> {
        let moment = |at: Timestamp| {
            Some(
                at.with_timezone(&zone)
                    .to_rfc3339_opts(SecondsFormat::AutoSi, true),
            )
        };
        match column {
            Column::Actor => self.actor.as_ref().map(|who| who.text.clone()),
            Column::Target => show::target(&self.event.target).map(|who| who.text),
            Column::Field(Field::Time) => moment(self.event.time),
            Column::Field(Field::RecordedAt) => moment(self.recorded_at),
            Column::Field(field) => self.value(field).filter(|text| !text.is_empty()),
        }
    }

    /// The same with the query that finds it, for the table.
    #[must_use]
    pub fn cell(&self, column: &Column) -> Option<Cell> {
        let text = self.text(column, Tz::UTC)?;
        let query = match column {
            Column::Actor => self.actor.as_ref().and_then(|who| who.query.clone()),
            Column::Target => show::target(&self.event.target).and_then(|who| who.query),
            Column::Field(Field::Time | Field::RecordedAt | Field::Message) => None,
            Column::Field(field) => {
                Some(show::pivot(field, &text)).filter(|pivot| query::parse(pivot).is_ok())
            }
        };
        Some(Cell { text, query })
    }

    fn value(&self, field: &Field) -> Option<String> {
        let event = &self.event;
        let (actor, source, target) = (&event.actor, &event.source, &event.target);
        match field {
            Field::Kind => Some(event.kind.to_string()),
            Field::Service => Some(event.service.clone()),
            Field::Severity => Some(event.severity.name().to_owned()),
            Field::Status => event.status.map(|status| status_name(status).to_owned()),
            Field::ActorEmail => actor.email.clone(),
            Field::ActorName => actor.name.clone(),
            Field::ActorId => actor.id.clone(),
            Field::ActorRole => actor.role.clone(),
            Field::ActorSession => actor.session.clone(),
            Field::SourceIp => source.ip.map(|ip| ip.to_string()),
            Field::SourcePort => source.port.map(|port| port.to_string()),
            Field::SourceCountry => source.country.clone(),
            Field::SourceHost => source.host.clone(),
            Field::SourceUserAgent => source.user_agent.clone(),
            Field::TargetType => target.kind.clone(),
            Field::TargetId => target.id.clone(),
            Field::TargetEmail => target.email.clone(),
            Field::TargetName => target.name.clone(),
            Field::Message => event.message.clone(),
            Field::TraceId => event.trace_id.clone(),
            Field::Id => Some(event.id.to_string()),
            Field::Seq => Some(self.seq.to_string()),
            Field::Count => Some(event.count.to_string()),
            Field::Subject => Some(joined(self.subjects.iter().map(ToString::to_string))),
            Field::Detail(name) => {
                let mut found = Vec::new();
                dig(&event.details, name, &mut found);
                Some(joined(found.into_iter()))
            }
            // Written by `text`, which knows the zone.
            Field::Time | Field::RecordedAt => None,
        }
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("; ")
}

/// The values under a name whose parts are joined by dots; a part may hold dots of its own.
fn dig(fields: &Map<String, Value>, name: &str, found: &mut Vec<String>) {
    for (own, value) in fields {
        if own == name {
            show_value(value, found);
        } else if let Some(rest) = name
            .strip_prefix(own.as_str())
            .and_then(|rest| rest.strip_prefix('.'))
        {
            dig_value(value, rest, found);
        }
    }
}

fn dig_value(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => dig(fields, name, found),
        Value::Array(items) => items.iter().for_each(|item| dig_value(item, name, found)),
        _ => {}
    }
}

fn show_value(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().for_each(|item| show_value(item, found));
        }
        other => found.push(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nested_detail_is_found_by_its_path_also_where_a_name_has_dots() {
        let details = json!({
            "device": {"name": "notebook", "tags": ["a", "b"]},
            "k8s.pod": {"name": "api-1"},
            "rows": [{"id": 1}, {"id": 2}],
        });
        let text = |name: &str| {
            let mut found = Vec::new();
            dig(details.as_object().unwrap(), name, &mut found);
            joined(found.into_iter())
        };
        assert_eq!(text("device.name"), "notebook");
        assert_eq!(text("device.tags"), "a; b");
        assert_eq!(text("k8s.pod.name"), "api-1");
        assert_eq!(text("rows.id"), "1; 2");
        assert_eq!(text("rows"), r#"[{"id":1},{"id":2}]"#);
        assert_eq!(text("device.nam"), "");
    }

    #[test]
    fn a_column_is_any_field_or_who_or_to_whom() {
        for name in ["actor", "target", "source.ip", "details.device.name", "seq"] {
            assert_eq!(Column::parse(name).unwrap().name(), name);
        }
        let problem = Column::parse("source.pi").unwrap_err().problem();
        assert_eq!(problem.fields["nearest"], "source.ip");
    }
}
