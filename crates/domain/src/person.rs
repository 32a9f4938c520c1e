//! Whom an event is about: which of its fields are sealed together, and under whose key.
//!
//! The rules of docs/ledger.md § Sealing, as one pure function. Every section that is not clear in
//! the entry lands in exactly one part; a part is about the same people. Of a *failed attempt* the
//! source stands apart and is about nobody: it is the unknown attacker's, and erasing the account
//! that was tried keeps the evidence.
//!
//! Deliberately absent: who a person is across services. The same address in two services is two
//! people until somebody erases by that address, which finds both.

use crate::entry::Group;
use crate::event::{Event, Source, Status};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

/// Somebody, as one service names them. Identifiers are normalised ([`normalise`]); the first is
/// the one that names them best, the others are aliases that the same event uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The application in which these identifiers mean somebody.
    pub service: String,
    /// One or two identifiers, best first.
    pub identifiers: Vec<String>,
}

/// The sealed sections of an event that are about the same people. Nobody: a period key.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The people, sorted; empty where the part names nobody.
    pub people: Vec<Person>,
    /// What is said.
    pub group: Group,
}

/// The form in which identifiers are compared: trimmed, lower case.
#[must_use]
pub fn normalise(identifier: &str) -> String {
    identifier.trim().to_lowercase()
}

/// The service of Vigia's own events.
const OWN_SERVICE: &str = "vigia";

/// An e-mail address somewhere in a text (the practical subset of RFC 5321 § 4.1.2 and RFC 6531), also
/// as it stands in a URL, with `%40`.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled in a test")]
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}0-9._%+\-]{1,64}(?:@|%40)(?:[\p{L}\p{N}][\p{L}\p{N}\-]*\.)+(?:xn--[a-z0-9\-]+|\p{L}{2,24})")
        .expect("a constant pattern")
});

/// The same where every character is ASCII, as almost always: small enough for the fast engines.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled in a test")]
static ASCII_EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)[a-z0-9._%+\-]{1,64}(?:@|%40)(?:[a-z0-9][a-z0-9\-]*\.)+(?:xn--[a-z0-9\-]+|[a-z]{2,24})",
    )
    .expect("a constant pattern")
});

/// Every e-mail address in a text, normalised.
pub fn emails_in(text: &str) -> impl Iterator<Item = String> {
    matches_in(text).map(|range| {
        let found = normalise(text.get(range).unwrap_or_default());
        if found.contains('@') {
            found
        } else {
            found.replace("%40", "@")
        }
    })
}

/// Where every e-mail address in a text stands.
pub(crate) fn email_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    matches_in(text)
}

fn matches_in(text: &str) -> impl Iterator<Item = Range<usize>> {
    words_with_sign(text).flat_map(move |word| {
        let start = word.start;
        let word = text.get(word).unwrap_or_default();
        let pattern = if word.is_ascii() { &ASCII_EMAIL } else { &EMAIL };
        let found = pattern.find_iter(word);
        found.map(move |found| start + found.start()..start + found.end())
    })
}

/// Every longest stretch of characters that addresses are made of, with a sign in it. No address
/// reaches beyond one; looking for the sign alone is much quicker than looking for an address.
fn words_with_sign(text: &str) -> impl Iterator<Item = Range<usize>> {
    fn is_part(c: char) -> bool {
        c.is_ascii_alphanumeric()
            || matches!(c, '.' | '_' | '%' | '+' | '-' | '@')
            || !c.is_ascii() && c.is_alphanumeric()
    }
    let mut plain = text.match_indices('@').map(|(at, _)| at).peekable();
    let mut in_url = text.match_indices("%40").map(|(at, _)| at).peekable();
    let mut from = 0;
    std::iter::from_fn(move || {
        while plain.next_if(|at| *at < from).is_some() {}
        while in_url.next_if(|at| *at < from).is_some() {}
        let sign = match (plain.peek(), in_url.peek()) {
            (Some(one), Some(other)) => *one.min(other),
            (one, other) => *one.or(other)?,
        };
        let start = from + text.get(from..sign)?.trim_end_matches(is_part).len();
        from = text.len() - text.get(sign..)?.trim_start_matches(is_part).len();
        Some(start..from)
    })
}

/// Splits an event into its sealed parts.
#[must_use]
pub fn partition(event: &Event) -> Vec<Part> {
    let actor = (!is_machine(event))
        .then(|| person(event, &event.actor.email, &event.actor.id, &event.actor.name))
        .flatten();
    let target = event
        .target
        .is_person()
        .then(|| person(event, &event.target.email, &event.target.id, &event.target.name))
        .flatten();
    let failed_attempt = event.kind.is_attempt() && event.status == Some(Status::Failure);
    let doer: Vec<&Person> = actor.iter().collect();
    let done_to: Vec<&Person> = target.as_ref().or(actor.as_ref()).into_iter().collect();
    let everybody: Vec<&Person> = actor.iter().chain(&target).collect();

    let mut parts = Parts {
        service: &event.service,
        parts: Vec::new(),
    };
    parts.add(
        &doer,
        Group {
            actor: some(&event.actor, event.actor.is_empty()),
            ..Group::default()
        },
    );
    let from = Group {
        source: sealed_source(event),
        ..Group::default()
    };
    parts.add(if failed_attempt { &[] } else { &doer }, from);
    let what = Group {
        target: some(&event.target, event.target.is_empty()),
        changes: some(&event.changes, event.changes.is_empty()),
        ..Group::default()
    };
    parts.add(&done_to, what);
    let text = Group {
        trace_id: event.trace_id.clone(),
        message: event.message.clone(),
        details: some(&event.details, event.details.is_empty()),
        raw: some(&event.raw.0, event.raw.is_empty()),
        ..Group::default()
    };
    parts.add(&everybody, text);
    parts.parts
}

struct Parts<'a> {
    service: &'a str,
    parts: Vec<Part>,
}

impl Parts<'_> {
    /// Adds sections about these people and whoever else their text names.
    fn add(&mut self, people: &[&Person], group: Group) {
        if group.is_empty() {
            return;
        }
        let mut people: Vec<Person> = people.iter().copied().cloned().collect();
        for email in emails_of(&group) {
            if !people.iter().any(|person| person.identifiers.contains(&email)) {
                people.push(Person {
                    service: self.service.to_owned(),
                    identifiers: vec![email],
                });
            }
        }
        people.sort();
        people.dedup();
        match self.parts.iter_mut().find(|part| part.people == people) {
            Some(part) => part.group.merge(group),
            None => self.parts.push(Part { people, group }),
        }
    }
}

fn some<T: Clone>(value: &T, empty: bool) -> Option<T> {
    (!empty).then(|| value.clone())
}

fn sealed_source(event: &Event) -> Option<Source> {
    let source = Source {
        country: None,
        ..event.source.clone()
    };
    some(&source, source.is_empty())
}

/// Many people share a name, so it names somebody only where nothing better does.
fn person(
    event: &Event,
    email: &Option<String>,
    id: &Option<String>,
    name: &Option<String>,
) -> Option<Person> {
    let named = |names: &[&Option<String>]| {
        let mut identifiers: Vec<String> = Vec::new();
        for name in names.iter().copied().flatten().map(|name| normalise(name)) {
            if !name.is_empty() && !identifiers.contains(&name) {
                identifiers.push(name);
            }
        }
        identifiers
    };
    let mut identifiers = named(&[email, id]);
    if identifiers.is_empty() {
        identifiers = named(&[name]);
    }
    (!identifiers.is_empty()).then(|| Person {
        service: event.service.clone(),
        identifiers,
    })
}

/// Vigia's own actors that are nobody: the operator of the command line, and applications' keys.
/// Were they people, erasing `operator` would erase the trail of every operator's acts.
fn is_machine(event: &Event) -> bool {
    let id = event.actor.id.as_deref().unwrap_or_default();
    event.service == OWN_SERVICE && (id == "operator" || id.starts_with("api_key:"))
}

/// Every e-mail address in any text of a group.
fn emails_of(group: &Group) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let actor = group
        .actor
        .iter()
        .flat_map(|a| [&a.id, &a.email, &a.name, &a.role, &a.session]);
    let target = group
        .target
        .iter()
        .flat_map(|t| [&t.kind, &t.id, &t.email, &t.name]);
    let source = group.source.iter().flat_map(|s| [&s.user_agent, &s.host]);
    let line = [&group.trace_id, &group.message].into_iter();
    for text in actor.chain(target).chain(source).chain(line).flatten() {
        found.extend(emails_in(text));
    }
    for change in group.changes.iter().flatten() {
        found.extend(emails_in(&change.field));
        emails_in_json(&change.old, &mut found);
        emails_in_json(&change.new, &mut found);
    }
    for (name, value) in group.details.iter().flatten() {
        found.extend(emails_in(name));
        emails_in_json(value, &mut found);
    }
    if let Some(raw) = &group.raw {
        found.extend(emails_in(&String::from_utf8_lossy(raw)));
    }
    found
}

fn emails_in_json(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(emails_in(text)),
        Value::Array(items) => items.iter().for_each(|item| emails_in_json(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            found.extend(emails_in(name));
            emails_in_json(value, found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
