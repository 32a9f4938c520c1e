//! The language's meaning, written plainly: what the platform's search asks of each event, and what the
//! desk's SQL is compared with.

use crate::{Facts, Field, Phrase, Query, Test};

/// Whether an event with this place in the ledger and these facts passes.
#[must_use]
pub fn matches(query: &Query, seq: u64, facts: &Facts) -> bool {
    match query {
        Query::All => true,
        Query::And(all) => all.iter().all(|query| matches(query, seq, facts)),
        Query::Or(any) => any.iter().any(|query| matches(query, seq, facts)),
        Query::Not(inner) => !matches(inner, seq, facts),
        Query::Text(phrase) => [
            facts.message.as_deref(),
            facts.user_agent.as_deref(),
            Some(&facts.other),
        ]
        .into_iter()
        .flatten()
        .any(|text| holds(text, phrase)),
        Query::Is(Field::SourceIp, test) => match (test, facts.source_ip) {
            (Test::Exists, ip) => ip.is_some(),
            (Test::Address(low, high), Some(ip)) => (low..=high).contains(&&ip),
            _ => false,
        },
        Query::Is(Field::Message, test) => text(test, facts.message.as_deref()),
        Query::Is(Field::SourceUserAgent, test) => text(test, facts.user_agent.as_deref()),
        Query::Is(field, test) => match number(field, seq, facts) {
            Some(number) => match test {
                Test::Exists => number.is_some(),
                Test::Between(low, high) => number.is_some_and(|number| (*low..=*high).contains(&number)),
                _ => false,
            },
            None => any_value(field, facts, |value| match test {
                Test::Exists => true,
                Test::Word(word) => value == word,
                Test::Prefix(word) => value.starts_with(word.as_str()),
                _ => false,
            }),
        },
    }
}

fn text(test: &Test, text: Option<&str>) -> bool {
    match test {
        Test::Exists => text.is_some(),
        Test::Phrase(phrase) => text.is_some_and(|text| holds(text, phrase)),
        _ => false,
    }
}

fn holds(text: &str, phrase: &Phrase) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(phrase.words.len().max(1)).any(|window| {
        let last = window.len().saturating_sub(1);
        window
            .iter()
            .zip(&phrase.words)
            .enumerate()
            .all(|(index, (have, want))| {
                have == want || (phrase.prefix && index == last && have.starts_with(want.as_str()))
            })
    })
}

/// `None` for fields that are no numbers.
fn number(field: &Field, seq: u64, facts: &Facts) -> Option<Option<i64>> {
    match field {
        Field::Severity => Some(Some(facts.severity.into())),
        Field::SourcePort => Some(facts.source_port.map(i64::from)),
        Field::Time => Some(Some(facts.time)),
        Field::RecordedAt => Some(Some(facts.recorded_at)),
        Field::Seq => Some(i64::try_from(seq).ok()),
        Field::Count => Some(Some(facts.count.into())),
        _ => None,
    }
}

/// Whether one of the field's values passes.
fn any_value(field: &Field, facts: &Facts, passes: impl Fn(&str) -> bool) -> bool {
    let one = |value: &Option<String>| value.as_deref().is_some_and(&passes);
    match field {
        Field::Kind => passes(&facts.kind),
        Field::Service => passes(&facts.service),
        Field::Id => passes(&facts.id),
        Field::Status => one(&facts.status),
        Field::SourceCountry => one(&facts.country),
        Field::ActorEmail => one(&facts.actor_email),
        Field::ActorName => one(&facts.actor_name),
        Field::ActorId => one(&facts.actor_id),
        Field::ActorRole => one(&facts.actor_role),
        Field::ActorSession => one(&facts.actor_session),
        Field::SourceHost => one(&facts.source_host),
        Field::TargetType => one(&facts.target_type),
        Field::TargetId => one(&facts.target_id),
        Field::TargetEmail => one(&facts.target_email),
        Field::TargetName => one(&facts.target_name),
        Field::TraceId => one(&facts.trace_id),
        Field::Subject => facts.subjects.iter().any(|subject| passes(&subject.to_string())),
        Field::Detail(name) => {
            let mut named = facts.details.iter().filter(|(have, _)| have == name);
            named.any(|(_, value)| passes(value))
        }
        _ => false,
    }
}
