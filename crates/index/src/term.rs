//! How the terms of an event are called: a byte that says where it stands, then what stands there.
//!
//! Sorted as bytes, the terms of one field lie side by side, and those that begin alike within them.

use crate::Column;
use vigia_domain::SubjectId;
use vigia_query::text::GAP;
use vigia_query::{Facts, Field};

/// A text with words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// The message.
    Message,
    /// The user agent.
    UserAgent,
    /// Everything else.
    Other,
}

impl Text {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Message, Self::UserAgent, Self::Other];

    fn tag(self) -> u8 {
        match self {
            Self::Message => b'm',
            Self::UserAgent => b'u',
            Self::Other => b'o',
        }
    }

    /// The term of a word in this text.
    #[must_use]
    pub fn word(self, word: &str) -> Vec<u8> {
        let mut term = vec![self.tag()];
        term.extend(word.as_bytes());
        term
    }
}

/// Before a foreign field's name.
const DETAIL: u8 = b'd';
/// Between a foreign field's name and its value; within a name it is written as two bytes.
const BETWEEN: u8 = 0;
/// Begins the two bytes that stand for [`BETWEEN`] or for itself within a name.
const ESCAPE: u8 = 1;
/// Before a tag: the rows that have any value there.
const EXISTS: u8 = b'!';

/// What the terms of a field begin with; `None` where it has none.
#[must_use]
pub fn field(field: &Field) -> Option<Vec<u8>> {
    let tag = match field {
        Field::Status => b'A',
        Field::SourceCountry => b'B',
        Field::ActorEmail => b'C',
        Field::ActorName => b'D',
        Field::ActorId => b'E',
        Field::ActorRole => b'F',
        Field::ActorSession => b'G',
        Field::SourceHost => b'H',
        Field::TargetType => b'I',
        Field::TargetId => b'J',
        Field::TargetEmail => b'K',
        Field::TargetName => b'L',
        Field::TraceId => b'M',
        Field::Id => b'N',
        Field::SourceIp => b'O',
        Field::Subject => b'P',
        Field::Message => b'Q',
        Field::SourceUserAgent => b'R',
        Field::Detail(name) => {
            let mut term = Vec::with_capacity(name.len() + 2);
            detail(&mut term, name);
            return Some(term);
        }
        Field::Kind
        | Field::Service
        | Field::Severity
        | Field::SourcePort
        | Field::Time
        | Field::RecordedAt
        | Field::Seq
        | Field::Count => return None,
    };
    Some(vec![tag])
}

fn detail(term: &mut Vec<u8>, name: &str) {
    term.push(DETAIL);
    for byte in name.bytes() {
        match byte {
            BETWEEN | ESCAPE => term.extend([ESCAPE, byte + 1]),
            byte => term.push(byte),
        }
    }
    term.push(BETWEEN);
}

/// The term of the rows that have any value in a field.
#[must_use]
pub fn exists(of: &Field) -> Option<Vec<u8>> {
    field(of).map(|tag| [vec![EXISTS], tag].concat())
}

/// What the terms that name foreign fields begin with, and the name in such a term.
#[must_use]
pub fn detail_names() -> Vec<u8> {
    vec![EXISTS, DETAIL]
}

/// The foreign field's name in a term that begins with [`detail_names`].
#[must_use]
pub fn detail_name(term: &[u8]) -> Option<String> {
    let mut bytes = term
        .strip_prefix(detail_names().as_slice())?
        .strip_suffix(&[BETWEEN])?
        .iter();
    let mut name = Vec::with_capacity(bytes.len());
    while let Some(byte) = bytes.next() {
        name.push(if *byte == ESCAPE {
            bytes.next()?.checked_sub(1)?
        } else {
            *byte
        });
    }
    String::from_utf8(name).ok()
}

/// The term of a person whom a group is about.
#[must_use]
pub fn subject(person: SubjectId) -> Vec<u8> {
    let mut term = field(&Field::Subject).unwrap_or_default();
    term.extend(person.0);
    term
}

/// The first term after all those that begin with this; `None` where there is none.
#[must_use]
pub fn after(beginning: &[u8]) -> Option<Vec<u8>> {
    let mut end = beginning.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

/// Writes the dictionary's text for a word of a column: a letter for the column, then the word.
pub fn name(out: &mut String, column: Column, word: &str) {
    out.clear();
    out.push(match column {
        Column::Kind => 'k',
        Column::Service => 's',
        Column::Who => 'w',
        _ => 'a',
    });
    out.push_str(word);
}

/// The word that the dictionary has this text for.
#[must_use]
pub fn named(text: &str) -> &str {
    text.get(1..).unwrap_or_default()
}

/// Writes the dictionary's text for who did it: e-mail, else name, else id, else the person whom it
/// is sealed for. Says whether there is anybody.
pub fn who(out: &mut String, facts: &Facts) -> bool {
    let named = facts
        .actor_email
        .as_ref()
        .or(facts.actor_name.as_ref())
        .or(facts.actor_id.as_ref());
    match (named, facts.person) {
        (Some(word), _) => name(out, Column::Who, word),
        (None, Some(person)) => {
            out.clear();
            out.push('p');
            out.push_str(&person.to_string());
        }
        (None, None) => return false,
    }
    true
}

/// The person whom this text stands for, where nothing of them may be seen.
#[must_use]
pub fn masked(text: &str) -> Option<SubjectId> {
    text.strip_prefix('p').and_then(|id| id.parse().ok())
}

/// Writes the dictionary's text for an address.
pub fn address(out: &mut String, ip: [u8; 16]) {
    name(out, Column::Address, "");
    for byte in ip {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
}

/// The address that this text stands for.
#[must_use]
pub fn address_of(text: &str) -> Option<std::net::IpAddr> {
    let number = u128::from_str_radix(text.strip_prefix('a')?, 16).ok()?;
    Some(std::net::Ipv6Addr::from(number).to_canonical())
}

/// Calls `each` for every term of an event; some twice.
pub fn terms(facts: &Facts, mut each: impl FnMut(&[u8])) {
    let mut term = Vec::with_capacity(64);
    let texts = [
        (Text::Message, facts.message.as_deref()),
        (Text::UserAgent, facts.user_agent.as_deref()),
        (Text::Other, Some(facts.other.as_str())),
    ];
    for (text, words) in texts {
        for word in words.into_iter().flat_map(|words| words.split(' ')) {
            if word.is_empty() || word == GAP {
                continue;
            }
            term.clear();
            term.push(text.tag());
            term.extend(word.as_bytes());
            each(&term);
        }
    }
    let mut value = |tag: &[u8], value: &[u8]| {
        term.clear();
        term.push(EXISTS);
        term.extend(tag);
        each(&term);
        if !value.is_empty() {
            term.clear();
            term.extend(tag);
            term.extend(value);
            each(&term);
        }
    };
    for (tag, text) in [
        (b"A", &facts.status),
        (b"B", &facts.country),
        (b"C", &facts.actor_email),
        (b"D", &facts.actor_name),
        (b"E", &facts.actor_id),
        (b"F", &facts.actor_role),
        (b"G", &facts.actor_session),
        (b"H", &facts.source_host),
        (b"I", &facts.target_type),
        (b"J", &facts.target_id),
        (b"K", &facts.target_email),
        (b"L", &facts.target_name),
    ] {
        if let Some(text) = text {
            value(tag, text.as_bytes());
        }
    }
    // A trace is mostly of one event or few: its words in the other texts lead to it.
    if facts.trace_id.is_some() {
        value(b"M", &[]);
    }
    value(b"N", facts.id.as_bytes());
    if let Some(ip) = facts.source_ip {
        value(b"O", &ip);
    }
    for person in &facts.subjects {
        value(b"P", &person.0);
    }
    if facts.message.is_some() {
        value(b"Q", &[]);
    }
    if facts.user_agent.is_some() {
        value(b"R", &[]);
    }
    let mut tag = Vec::new();
    for (name, text) in &facts.details {
        tag.clear();
        detail(&mut tag, name);
        value(&tag, text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_alike_lies_before_its_end() {
        assert_eq!(after(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(after(b"a\xff"), Some(b"b".to_vec()));
        assert_eq!(after(b"\xff"), None);
    }

    #[test]
    fn an_address_reads_back_from_its_word() {
        let ip: std::net::IpAddr = "203.0.113.9".parse().unwrap();
        let mut word = String::new();
        address(&mut word, vigia_query::value::sortable(ip));
        assert_eq!(address_of(&word), Some(ip));
        assert_eq!(masked(&word), None);
    }

    #[test]
    fn a_foreign_field_is_named_by_the_term_of_its_existence() {
        for name in ["device.name", "a\0b\u{1}c", ""] {
            let term = exists(&Field::Detail(name.to_owned())).unwrap();
            assert_eq!(detail_name(&term).as_deref(), Some(name));
        }
    }
}
