//! What is never stored: passwords, tokens, session ids, national ids.
//!
//! Each is replaced, wherever an event holds it, by a mark that everybody can see; a session id by
//! its hash, so that events of one session still belong together. Conservative: a value goes when
//! its name says what it is, when its form leaves no doubt (a JWT, a key of this platform), or when
//! its check digits agree; an address, a UUID or a time stays.
//!
//! Here too lies the limit on people: an event may name 32 e-mail addresses, further ones are
//! marked, because each person named holds a part of the event's key.

use crate::event::Event;
use crate::person;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

mod national_id;
mod secret;

/// Stands for a password.
pub const PASSWORD: &str = "[redacted:password]";
/// Stands for a token or a key.
pub const TOKEN: &str = "[redacted:token]";
/// Stands for a CPF, a CNPJ or another state's number for a person.
pub const NATIONAL_ID: &str = "[redacted:national-id]";
/// Stands for an e-mail address beyond [`MAX_PEOPLE`].
pub const EMAIL: &str = "[redacted:email]";

/// How many different e-mail addresses one event may name.
pub const MAX_PEOPLE: usize = 32;

/// Marks every secret in an event, and every e-mail address beyond the limit.
pub fn event(event: &mut Event) {
    each_text(event, &mut |text| {
        if let Some(clean) = text_without_secrets(text) {
            *text = clean;
        }
    });
    for change in &mut event.changes {
        named(&change.field, &mut change.old);
        named(&change.field, &mut change.new);
    }
    members(&mut event.details);
    if let Some(session) = &mut event.actor.session {
        *session = secret::session_hash(session);
    }
    if let Some(clean) = bytes_without_secrets(&event.raw.0) {
        event.raw.0 = clean;
    }
    limit_people(event);
}

/// A text without its secrets; `None` where it has none.
#[must_use]
pub fn text_without_secrets(text: &str) -> Option<String> {
    let clean = bytes_without_secrets(text.as_bytes())?;
    Some(match String::from_utf8(clean) {
        Ok(clean) => clean,
        // Marks begin and end at ASCII, so this cannot be reached; lossy rather than unredacted.
        Err(broken) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
    })
}

fn bytes_without_secrets(bytes: &[u8]) -> Option<Vec<u8>> {
    let first = secret::scrub(bytes);
    let second = national_id::scrub(first.as_deref().unwrap_or(bytes));
    second.or(first)
}

/// Every text of an event that is not JSON: what people and sources are called, and the message.
fn each_text(event: &mut Event, change: &mut dyn FnMut(&mut String)) {
    let actor = &mut event.actor;
    let target = &mut event.target;
    let source = &mut event.source;
    for text in [
        &mut actor.email,
        &mut actor.id,
        &mut actor.name,
        &mut actor.role,
        &mut target.email,
        &mut target.kind,
        &mut target.id,
        &mut target.name,
        &mut source.user_agent,
        &mut source.host,
        &mut event.trace_id,
        &mut event.message,
    ]
    .into_iter()
    .flatten()
    {
        change(text);
    }
    for field in &mut event.changes {
        change(&mut field.field);
    }
}

fn members(fields: &mut Map<String, Value>) {
    // A secret may stand as a name too; names that hold none, almost all, stay as they are.
    let dirty: Vec<String> = fields
        .keys()
        .filter(|name| text_without_secrets(name).is_some())
        .cloned()
        .collect();
    for name in dirty {
        if let (Some(value), Some(clean)) = (fields.remove(&name), text_without_secrets(&name)) {
            fields.insert(clean, value);
        }
    }
    for (name, value) in fields {
        named(name, value);
    }
}

/// A value with a name: the name may say that it is a secret, whatever it looks like.
fn named(name: &str, value: &mut Value) {
    match (secret::meaning(name), &mut *value) {
        (_, Value::Object(fields)) => members(fields),
        (_, Value::Array(items)) => items.iter_mut().for_each(|item| named(name, item)),
        (Some(meaning), Value::String(text)) => {
            if let Some(mark) = meaning.mark(text) {
                *text = mark;
            } else if let Some(clean) = text_without_secrets(text) {
                *text = clean;
            }
        }
        (Some(meaning), Value::Number(number)) if meaning.covers_numbers() => {
            if let Some(mark) = meaning.mark(&number.to_string()) {
                *value = Value::String(mark);
            }
        }
        (_, Value::String(text)) => {
            if let Some(clean) = text_without_secrets(text) {
                *text = clean;
            }
        }
        (_, Value::Number(number)) if national_id::is_one(number.to_string().as_bytes()) => {
            *value = Value::String(NATIONAL_ID.to_owned());
        }
        _ => {}
    }
}

/// Marks every address beyond the limit. The event's own people come first, then its message.
fn limit_people(event: &mut Event) {
    if signs(event) <= MAX_PEOPLE {
        return;
    }
    let mut known = BTreeSet::new();
    let mut limit = |text: &mut String| {
        if let Some(limited) = limited(text, &mut known) {
            *text = limited;
        }
    };
    each_text(event, &mut limit);
    for change in &mut event.changes {
        each_string(&mut change.old, &mut limit);
        each_string(&mut change.new, &mut limit);
    }
    let mut details = Value::Object(std::mem::take(&mut event.details));
    each_string(&mut details, &mut limit);
    if let Value::Object(fields) = details {
        event.details = fields;
    }
    if let Some(limited) = limited(&String::from_utf8_lossy(&event.raw.0), &mut known) {
        event.raw.0 = limited.into_bytes();
    }
}

/// How many signs of an e-mail address an event has: as many addresses at most.
fn signs(event: &mut Event) -> usize {
    fn count(bytes: &[u8]) -> usize {
        bytes.iter().filter(|byte| **byte == b'@').count()
    }
    fn in_json(value: &Value) -> usize {
        match value {
            Value::String(text) => count(text.as_bytes()),
            Value::Array(items) => items.iter().map(in_json).sum(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| count(name.as_bytes()) + in_json(value))
                .sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
    }
    let mut found = count(&event.raw.0);
    each_text(event, &mut |text| found += count(text.as_bytes()));
    found += event
        .changes
        .iter()
        .map(|change| in_json(&change.old) + in_json(&change.new))
        .sum::<usize>();
    found
        + event
            .details
            .iter()
            .map(|(name, value)| count(name.as_bytes()) + in_json(value))
            .sum::<usize>()
}

fn limited(text: &str, known: &mut BTreeSet<String>) -> Option<String> {
    let mut clean = String::new();
    let mut taken = 0;
    for found in person::email_ranges(text) {
        let address = text.get(found.clone()).unwrap_or_default();
        let address = person::normalise(address);
        if known.contains(&address) {
            continue;
        }
        if known.len() < MAX_PEOPLE {
            known.insert(address);
            continue;
        }
        clean.push_str(text.get(taken..found.start).unwrap_or_default());
        clean.push_str(EMAIL);
        taken = found.end;
    }
    (taken > 0).then(|| clean + text.get(taken..).unwrap_or_default())
}

/// Every string of a JSON value, the names of its fields included.
fn each_string(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_string(item, change)),
        Value::Object(fields) => {
            for (mut name, mut value) in std::mem::take(fields) {
                change(&mut name);
                each_string(&mut value, change);
                fields.insert(name, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
