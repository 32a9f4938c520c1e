//! How the objects of an application's own log are read: `[formats.NAME]` in the configuration.
//!
//! A map says where time, kind, people and the rest stand; what it does not name is understood by its
//! well-known name like in any other log, and every field stays under `details`. Pure: whoever reads the
//! configuration hands the tables in, and they are checked once, before the first line.

use crate::fields::{self, Fields};
use crate::sshd::{become_kind, set_address};
use crate::{Draft, Format, Hints, country, draft, plain};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::Arc;
use vigia_domain::event::Status;
use vigia_domain::{Kind, clock};

/// The most names joined by dots in one path.
const MAX_STEPS: usize = 16;
/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 256;
/// The most rows of a table, and the most maps.
const MAX_ROWS: usize = 1_000;
/// The longest name of a map, in bytes.
const MAX_NAME_BYTES: usize = 32;

/// Where the fields of one log stand. A path is a field's name, or names joined by dots.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldMap {
    /// The application, for all lines that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The IANA zone of times without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Path of the time: ISO 8601, or seconds or finer since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Path of what happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The kind of lines whose words say nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_kind: Option<String>,
    /// Path of the line for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Path of the level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Path of the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Path of the trace id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Path of who did it: an e-mail address or a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Path of their id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// Path of their role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_role: Option<String>,
    /// Path of their session, which is hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Path of to whom or what it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Path of its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// Path of what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Path of the address or host name that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// Path of the country: its ISO code, or its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Path of the user agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// What the words at `kind` mean here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kind_map: BTreeMap<String, String>,
}

/// What is wrong with a map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMap {
    /// The name cannot stand in `?format=`.
    #[error(
        "formats.{0}: a format's name is 1 to {MAX_NAME_BYTES} of a–z, 0–9, - and _, and begins with a letter"
    )]
    Name(String),
    /// The name is taken.
    #[error("formats.{0}: {0} is one of the platform's own formats")]
    Taken(String),
    /// A value that cannot be used.
    #[error("formats.{format}.{key}: {value:?} {reason}")]
    Value {
        /// Which map.
        format: String,
        /// Which key of it.
        key: String,
        /// What stands there.
        value: String,
        /// Why not.
        reason: &'static str,
    },
    /// Too many.
    #[error("formats: at most {MAX_ROWS} maps, and as many rows in a kind_map")]
    TooMany,
}

/// The maps of a platform, checked.
#[derive(Debug, Clone, Default)]
pub struct Formats(BTreeMap<String, Arc<FieldMap>>);

/// The text names no format of this platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no format; known are {}", known.join(", "))]
pub struct NoSuchFormat {
    /// What was asked for.
    pub given: String,
    /// What there is.
    pub known: Vec<String>,
}

impl Formats {
    /// Checks the tables of a configuration.
    ///
    /// # Errors
    /// The first that is wrong, by its key.
    pub fn new(maps: BTreeMap<String, FieldMap>) -> Result<Self, BadMap> {
        if maps.len() > MAX_ROWS {
            return Err(BadMap::TooMany);
        }
        for (name, map) in &maps {
            let bytes = name.as_bytes();
            let is_name = bytes.first().is_some_and(u8::is_ascii_lowercase)
                && bytes.len() <= MAX_NAME_BYTES
                && bytes
                    .iter()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
            if !is_name {
                return Err(BadMap::Name(name.clone()));
            }
            if Format::from_str(name).is_ok() {
                return Err(BadMap::Taken(name.clone()));
            }
            map.check(name)?;
        }
        Ok(Self(
            maps.into_iter()
                .map(|(name, map)| (name, Arc::new(map)))
                .collect(),
        ))
    }

    /// What a `format` means here: one of the platform's own, or a map over `ndjson`.
    ///
    /// # Errors
    /// A name that is neither; it says which there are.
    pub fn find(&self, name: &str) -> Result<(Format, Option<Arc<FieldMap>>), NoSuchFormat> {
        if let Ok(format) = Format::from_str(name) {
            return Ok((format, None));
        }
        match self.0.get(name) {
            Some(map) => Ok((Format::Ndjson, Some(Arc::clone(map)))),
            None => Err(NoSuchFormat {
                given: name.to_owned(),
                known: self.names().map(str::to_owned).collect(),
            }),
        }
    }

    /// Every name that `format` may have: the platform's own, then the maps'.
    pub fn names(&self) -> impl Iterator<Item = &str> + '_ {
        let own = Format::ALL.iter().map(|format| format.name());
        own.chain(self.0.keys().map(String::as_str))
    }
}

impl FieldMap {
    /// Every key of a map.
    pub const KEYS: [&str; 20] = [
        "service",
        "zone",
        "time",
        "kind",
        "kind_map",
        "default_kind",
        "message",
        "severity",
        "status",
        "trace_id",
        "actor",
        "actor_id",
        "actor_role",
        "session",
        "target",
        "target_id",
        "target_type",
        "source_ip",
        "country",
        "user_agent",
    ];

    /// Every key that is a path, with what it holds.
    fn paths(&self) -> [(&'static str, &Option<String>); 16] {
        [
            ("time", &self.time),
            ("kind", &self.kind),
            ("message", &self.message),
            ("severity", &self.severity),
            ("status", &self.status),
            ("trace_id", &self.trace_id),
            ("actor", &self.actor),
            ("actor_id", &self.actor_id),
            ("actor_role", &self.actor_role),
            ("session", &self.session),
            ("target", &self.target),
            ("target_id", &self.target_id),
            ("target_type", &self.target_type),
            ("source_ip", &self.source_ip),
            ("country", &self.country),
            ("user_agent", &self.user_agent),
        ]
    }

    fn check(&self, format: &str) -> Result<(), BadMap> {
        let wrong = |key: &str, value: &str, reason: &'static str| BadMap::Value {
            format: format.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
            reason,
        };
        for (key, path) in self.paths() {
            let Some(path) = path else { continue };
            let steps = path.split('.').count();
            if path.len() > MAX_PATH_BYTES || steps > MAX_STEPS || path.split('.').any(str::is_empty) {
                return Err(wrong(
                    key,
                    path,
                    "is no path: names joined by dots, like user.email",
                ));
            }
        }
        if let Some(service) = self
            .service
            .as_deref()
            .filter(|service| !draft::is_service(service))
        {
            return Err(wrong(
                "service",
                service,
                "is no service: 1 to 64 of A–Z a–z 0–9 . _ / -, and not vigia",
            ));
        }
        if let Some(zone) = self
            .zone
            .as_deref()
            .filter(|zone| chrono_tz::Tz::from_str(zone).is_err())
        {
            return Err(wrong("zone", zone, "is no IANA zone, like America/Sao_Paulo"));
        }
        if self.kind_map.len() > MAX_ROWS {
            return Err(BadMap::TooMany);
        }
        let rows = self
            .kind_map
            .iter()
            .map(|(word, kind)| (format!("kind_map.{word}"), kind));
        let default = self
            .default_kind
            .iter()
            .map(|kind| ("default_kind".to_owned(), kind));
        for (key, kind) in rows.chain(default) {
            if fields::foreign_kind(kind).is_none() {
                return Err(wrong(
                    &key,
                    kind,
                    "is no kind of an application: auth.login.failed and the like",
                ));
            }
        }
        Ok(())
    }

    /// The hints for lines of this log: what the sender says goes before what the map says.
    pub(crate) fn hints(&self, hints: &Hints) -> Hints {
        let zone = || chrono_tz::Tz::from_str(self.zone.as_deref()?).ok();
        Hints {
            zone: hints.zone.or_else(zone),
            service: hints.service.clone().or_else(|| self.service.clone()),
            ..hints.clone()
        }
    }

    /// Fills in what the map finds in the object, over what was understood without it.
    pub(crate) fn apply(&self, object: &Fields, hints: &Hints, draft: &mut Draft) {
        let value = |path: &Option<String>| find(object, path.as_deref()?);
        let text = |path: &Option<String>| fields::text(value(path)?);
        let word = text(&self.kind);
        let mapped = word.as_ref().and_then(|word| self.kind_map.get(word));
        let kind = mapped
            .or(word.as_ref())
            .and_then(|name| fields::foreign_kind(name))
            .or_else(|| fields::foreign_kind(self.default_kind.as_deref()?));
        if let Some(kind) = kind {
            become_kind(draft, kind);
        }
        if let Some(level) = text(&self.severity).as_deref().and_then(plain::severity)
            && (draft.event().kind == Kind::APP_LOG || mapped.is_none())
        {
            draft.event_mut().severity = level;
        }
        let outcome = value(&self.status);
        if let Some(status) = outcome.and_then(outcome_of) {
            draft.event_mut().status = Some(status);
        }
        let event = draft.event_mut();
        if let Some(time) = value(&self.time).and_then(|value| fields::moment(value, hints)) {
            event.time = clock::whole_micros(time);
        }
        let set = |field: &mut Option<String>, found: Option<String>| {
            if found.is_some() {
                *field = found;
            }
        };
        set(&mut event.message, text(&self.message));
        set(&mut event.trace_id, text(&self.trace_id));
        set(&mut event.actor.id, text(&self.actor_id));
        set(&mut event.actor.role, text(&self.actor_role));
        set(&mut event.actor.session, text(&self.session));
        set(&mut event.target.kind, text(&self.target_type));
        set(&mut event.target.id, text(&self.target_id));
        set(&mut event.source.user_agent, text(&self.user_agent));
        set(
            &mut event.source.country,
            text(&self.country).as_deref().and_then(country::code),
        );
        if let Some(target) = text(&self.target) {
            event.target.email = Some(target.clone()).filter(|target| fields::is_email(target));
            event.target.name = Some(target);
        }
        if let Some(address) = text(&self.source_ip) {
            set_address(&mut event.source, &address);
        }
        if let Some(actor) = text(&self.actor) {
            fields::person(&actor, draft);
            fields::tried_name(draft);
        }
    }
}

/// The value at a path: the field of that very name, or what it leads to step by step.
fn find<'a>(object: &'a Fields, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    find(object.get(first)?.as_object()?, rest)
}

/// A word, `true` and `false`, or an HTTP status.
fn outcome_of(value: &Value) -> Option<Status> {
    match value {
        Value::Bool(true) => Some(Status::Success),
        Value::Bool(false) => Some(Status::Failure),
        Value::Number(number) => match number.as_u64()? {
            100..=399 => Some(Status::Success),
            400..=599 => Some(Status::Failure),
            _ => None,
        },
        Value::String(word) => fields::outcome(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
