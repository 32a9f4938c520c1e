//! Well-known names of fields in JSON logs, and values read without losing any.
//!
//! A field whose value moved into the event unchanged is taken out of `details`; one that was
//! only understood (a level, an action, a nested user) stays there under its own name too.

use crate::sshd::set_address;
use crate::{Draft, Hints, country, time};
use serde_json::{Map, Value};
use vigia_domain::event::Status;
use vigia_domain::{Kind, Timestamp, clock};

/// The fields of an object that nobody has taken yet.
pub(crate) type Fields = Map<String, Value>;

const TIME: &[&str] = &[
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "datetime",
    "date",
    "created_at",
    "createdAt",
    "eventTime",
    "event_time",
    "_time",
    "asctime",
];
const MESSAGE: &[&str] = &["message", "msg", "@message"];
const SERVICE: &[&str] = &[
    "service",
    "service.name",
    "service_name",
    "app",
    "application",
    "program",
];
const TRACE: &[&str] = &["trace_id", "traceId", "trace.id", "trace"];
const IP: &[&str] = &[
    "ip",
    "ip_address",
    "ipAddress",
    "client_ip",
    "clientIp",
    "source_ip",
    "src_ip",
    "remote_addr",
    "remote_ip",
    "source.ip",
    "client.ip",
];
const AGENT: &[&str] = &["user_agent", "userAgent", "user_agent.original"];
const LEVEL: &[&str] = &["level", "severity", "lvl", "levelname", "log.level"];
const EMAIL: &[&str] = &["email", "user_email", "userEmail", "user.email"];
const NAME: &[&str] = &["username", "user_name", "userName", "login", "user.name"];
const ID: &[&str] = &["user_id", "userId", "userID", "uid", "user.id"];
const SESSION: &[&str] = &["session_id", "sessionId", "sid"];
const COUNTRY: &[&str] = &["country", "country_code", "country_iso_code"];
const STATUS: &[&str] = &["status", "outcome", "result", "event.outcome"];
/// Where applications nest what they say about a request.
const NESTED: &[&str] = &["metadata", "context", "meta", "extra", "user", "@fields"];

/// Takes the first of these fields that `read` understands.
fn take<T>(fields: &mut Fields, names: &[&str], read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    let (name, found) = names
        .iter()
        .find_map(|name| Some((*name, read(fields.get(*name)?)?)))?;
    fields.remove(name);
    Some(found)
}

/// Looks at the first of these fields that is a text of its own.
fn look<'a>(fields: &'a Fields, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|name| fields.get(*name)?.as_str())
        .filter(|text| !text.trim().is_empty())
}

/// A text, or a number as one.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn only_text(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(str::to_owned)
        .filter(|text| !text.trim().is_empty())
}

/// When it happened; a text that is no time stays where it is. Some loggers nest it with the rest.
pub(crate) fn take_time(fields: &mut Fields, hints: &Hints) -> Timestamp {
    state_time(fields, hints).unwrap_or_else(|| look_time(fields, hints))
}

/// The time that the object itself states, taken out of it.
pub(crate) fn state_time(fields: &mut Fields, hints: &Hints) -> Option<Timestamp> {
    take(fields, TIME, |value| moment(value, hints)).map(clock::whole_micros)
}

/// The time that is stated here or one level down, left where it is; else the moment of receipt.
pub(crate) fn look_time(fields: &Fields, hints: &Hints) -> Timestamp {
    let nested = NESTED.iter().filter_map(|name| fields.get(*name)?.as_object());
    std::iter::once(fields)
        .chain(nested)
        .find_map(|place| TIME.iter().find_map(|name| moment(place.get(*name)?, hints)))
        .map_or(hints.received_at, clock::whole_micros)
}

/// A moment as a text, or as a number of seconds or finer.
pub(crate) fn moment(value: &Value, hints: &Hints) -> Option<Timestamp> {
    match value {
        Value::String(text) => time::iso(text, hints),
        Value::Number(number) => time::epoch(number.as_f64()?),
        _ => None,
    }
}

/// Who wrote it, where it says so.
pub(crate) fn take_service(fields: &mut Fields) -> Option<String> {
    take(fields, SERVICE, only_text)
}

/// Fills in what every JSON log may say: message, level, trace, address, agent, country.
pub(crate) fn describe(fields: &mut Fields, draft: &mut Draft) {
    let event = draft.event_mut();
    event.message = take(fields, MESSAGE, only_text);
    event.trace_id = take(fields, TRACE, only_text);
    event.source.user_agent = take(fields, AGENT, only_text);
    let nested = fields.get("@fields").and_then(Value::as_object);
    let level = look(fields, LEVEL).or_else(|| look(nested?, LEVEL));
    if let Some(severity) = level.and_then(crate::plain::severity) {
        event.severity = severity;
    }
    if let Some(address) = take(fields, IP, only_text) {
        set_address(&mut event.source, &address);
    }
    if let Some(address) = look(fields, &["sourceIPAddress", "sourceIp"]) {
        set_address(&mut event.source, address);
    }
    event.source.country = look(fields, COUNTRY).and_then(country::code);
}

/// Fills in the actor from the well-known names, here and one level down.
pub(crate) fn actor(fields: &Fields, draft: &mut Draft) {
    let user = look(fields, &["user", "actor"]);
    let nested = NESTED.iter().filter_map(|name| fields.get(*name)?.as_object());
    let places: Vec<&Fields> = std::iter::once(fields).chain(nested).collect();
    let find = |names: &[&str]| {
        places
            .iter()
            .find_map(|place| names.iter().find_map(|name| text(place.get(*name)?)))
    };
    let inside_user = |name: &str| text(fields.get("user")?.as_object()?.get(name)?);
    let email = find(EMAIL);
    let id = find(ID).or_else(|| inside_user("id"));
    let name = find(NAME).or_else(|| inside_user("name"));
    let session = find(SESSION);
    if let Some(user) = user {
        person(user, draft);
    }
    let actor = &mut draft.event_mut().actor;
    let fill = |field: &mut Option<String>, value: Option<String>| {
        if field.is_none() {
            *field = value;
        }
    };
    fill(&mut actor.email, email);
    fill(&mut actor.id, id);
    fill(&mut actor.name, name);
    fill(&mut actor.session, session);
}

/// Somebody given in one word: an e-mail address, or else a name.
pub(crate) fn person(word: &str, draft: &mut Draft) {
    let actor = &mut draft.event_mut().actor;
    match is_email(word) {
        true => actor.email = Some(word.to_owned()),
        false => actor.name = Some(word.to_owned()),
    }
}

/// Whether the whole word is one e-mail address.
pub(crate) fn is_email(word: &str) -> bool {
    let word = word.trim();
    vigia_domain::person::emails_in(word)
        .next()
        .is_some_and(|found| found == word.to_lowercase())
}

/// Whether it worked, where the words are plain.
pub(crate) fn status(fields: &Fields) -> Option<Status> {
    outcome(look(fields, STATUS)?)
}

/// The outcome that a word states.
pub(crate) fn outcome(word: &str) -> Option<Status> {
    match word.trim().to_ascii_lowercase().as_str() {
        "success" | "succeeded" | "ok" | "sucesso" => Some(Status::Success),
        "failure" | "failed" | "fail" | "error" | "denied" | "falha" => Some(Status::Failure),
        _ => None,
    }
}

/// A tried user name is a name, also where it is an e-mail address.
pub(crate) fn tried_name(draft: &mut Draft) {
    let event = draft.event_mut();
    if event.kind.is_attempt() && event.status == Some(Status::Failure) && event.actor.name.is_none() {
        event.actor.name.clone_from(&event.actor.email);
    }
}

/// The kind that a foreign field gives, unless it is one that only Vigia's own events have.
pub(crate) fn kind(fields: &Fields) -> Option<Kind> {
    foreign_kind(look(fields, &["kind", "event_type", "event.kind"])?)
}

/// A well-formed kind that is not one of those that only Vigia's own events have.
pub(crate) fn foreign_kind(name: &str) -> Option<Kind> {
    const OWN: [&str; 9] = [
        "platform",
        "privacy",
        "ledger",
        "retention",
        "period",
        "hold",
        "settings",
        "events",
        "api_key",
    ];
    let section = name.split('.').next().unwrap_or_default();
    (!OWN.contains(&section)).then(|| name.parse().ok()).flatten()
}
