//! Links into the console: `vigia://event/42`, `vigia://events?q=…`, `vigia://ledger`.
//!
//! A link comes from anywhere: a mail, a chat, a hostile page. It can name a page of the console and
//! what to look for there, and nothing else; whatever is not exactly one of the forms is refused. The
//! window is given the parsed [`Link`], never the text.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use ts_rs::TS;

/// The longest link that is read, in bytes.
pub const MAX_BYTES: usize = 4_096;
/// The longest query that a link carries, in characters.
const MAX_QUERY: usize = 1_000;
/// The largest place in the ledger that the window can name: 2^53 − 1.
const MAX_SEQ: u64 = (1 << 53) - 1;

/// A page of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "page", rename_all = "snake_case")]
pub enum Link {
    /// One event.
    Event {
        /// Its place in the ledger.
        #[ts(type = "number")]
        seq: u64,
    },
    /// A search.
    Events {
        /// The query; may be empty.
        query: String,
    },
    /// The ledger.
    Ledger,
}

/// Not a link of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no link into Vigia")]
pub struct NotALink;

impl Link {
    /// Reads a link.
    ///
    /// # Errors
    /// Whatever is not exactly one of the forms.
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        if text.len() > MAX_BYTES {
            return Err(NotALink);
        }
        let (scheme, rest) = text.split_once("://").ok_or(NotALink)?;
        if !scheme.eq_ignore_ascii_case("vigia") {
            return Err(NotALink);
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        // What the system hands over may have got a slash at its end.
        let path = path.strip_suffix('/').unwrap_or(path);
        match (path.split_once('/'), query) {
            (Some(("event", seq)), None) => place(seq).map(|seq| Self::Event { seq }),
            (None, query) if path == "events" => {
                let query = match query {
                    Some(query) => text_of(query.strip_prefix("q=").ok_or(NotALink)?)?,
                    None => String::new(),
                };
                Ok(Self::Events { query })
            }
            (None, None) if path == "ledger" => Ok(Self::Ledger),
            _ => Err(NotALink),
        }
    }

    /// The link among a program's arguments, if there is one.
    #[must_use]
    pub fn among<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Option<Self> {
        arguments.find_map(|argument| Self::parse(argument).ok())
    }

    /// The link's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Event { seq } => format!("vigia://event/{seq}"),
            Self::Events { query } if query.is_empty() => "vigia://events".to_owned(),
            Self::Events { query } => format!("vigia://events?q={}", escaped(query)),
            Self::Ledger => "vigia://ledger".to_owned(),
        }
    }
}

fn place(text: &str) -> Result<u64, NotALink> {
    let plain = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seq = text.parse().ok().filter(|seq| plain && *seq <= MAX_SEQ);
    seq.ok_or(NotALink)
}

/// Undoes percent-encoding; text only, without control characters, not too long.
fn text_of(escaped: &str) -> Result<String, NotALink> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                match (digit(rest.next()), digit(rest.next())) {
                    (Some(high), Some(low)) => u8::try_from(high * 16 + low).map_err(|_| NotALink)?,
                    _ => return Err(NotALink),
                }
            }
            b'&' | b'#' => return Err(NotALink),
            byte => byte,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| NotALink)?;
    let fits = text.chars().count() <= MAX_QUERY && !text.chars().any(char::is_control);
    if fits { Ok(text) } else { Err(NotALink) }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:@/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Link, MAX_BYTES, NotALink};
    use proptest::prelude::*;

    #[test]
    fn the_three_forms_are_read() {
        let events = |query: &str| Link::Events {
            query: query.to_owned(),
        };
        for (text, link) in [
            ("vigia://event/42", Link::Event { seq: 42 }),
            ("vigia://event/42/", Link::Event { seq: 42 }),
            ("VIGIA://event/0", Link::Event { seq: 0 }),
            ("vigia://events", events("")),
            ("vigia://events/?q=kind:a", events("kind:a")),
            (
                "vigia://events?q=kind%3Aauth%20-actor.email%3Ajo%C3%A3o%40example.com",
                events("kind:auth -actor.email:joão@example.com"),
            ),
            ("vigia://ledger", Link::Ledger),
            ("vigia://ledger/", Link::Ledger),
        ] {
            assert_eq!(Link::parse(text), Ok(link), "{text}");
        }
    }

    #[test]
    fn nothing_else_leads_anywhere() {
        let long = format!("vigia://events?q={}", "a".repeat(MAX_BYTES));
        let wide = format!("vigia://events?q={}", "a".repeat(1_001));
        for text in [
            "",
            "vigia:",
            "vigia://",
            "vigia:event/1",
            "http://event/1",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "vigia://event",
            "vigia://event/",
            "vigia://event/-1",
            "vigia://event/+1",
            "vigia://event/1e3",
            "vigia://event/0x10",
            "vigia://event/1/2",
            "vigia://event/1?q=x",
            "vigia://event/1#x",
            "vigia://event/..%2fsettings",
            "vigia://event/9007199254740992",
            "vigia://event/99999999999999999999",
            "vigia://event/١",
            "vigia://settings",
            "vigia://setup",
            "vigia://sign-in",
            "vigia://ledger?verify=1",
            "vigia://ledger//",
            "vigia://Ledger",
            "vigia://user@ledger",
            "vigia://ledger:80",
            "vigia://events?q=a&q=b",
            "vigia://events?q=a#b",
            "vigia://events?Q=a",
            "vigia://events?q=%",
            "vigia://events?q=%zz",
            "vigia://events?q=%ff",
            "vigia://events?q=%00",
            "vigia://events?q=%0a",
            "vigia://events/../settings?q=a",
            " vigia://ledger",
            "vigia://ledger\n",
            &long,
            &wide,
        ] {
            assert_eq!(Link::parse(text), Err(NotALink), "{text}");
        }
    }

    #[test]
    fn the_link_is_found_among_a_programs_arguments() {
        let arguments = ["/usr/bin/vigia", "--flag", "vigia://event/7", "vigia://ledger"];
        assert_eq!(Link::among(arguments.into_iter()), Some(Link::Event { seq: 7 }));
        assert_eq!(Link::among(["vigia"].into_iter()), None);
    }

    proptest! {
        #[test]
        fn a_link_survives_its_text(seq in 0..(1_u64 << 53), query in "\\PC{0,200}") {
            for link in [Link::Event { seq }, Link::Events { query }, Link::Ledger] {
                prop_assert_eq!(Link::parse(&link.to_text()), Ok(link));
            }
        }

        #[test]
        fn no_text_does_more_than_name_a_page(text in "(?s)(vigia://)?.{0,80}") {
            if let Ok(Link::Events { query }) = Link::parse(&text) {
                prop_assert!(query.chars().count() <= 1_000 && !query.chars().any(char::is_control));
            }
        }
    }
}
