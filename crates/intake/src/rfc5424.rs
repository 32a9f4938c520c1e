//! The syslog protocol of today (RFC 5424 § 6):
//! `<34>1 2003-10-11T22:14:15.003Z host app 1234 ID47 [origin ip="192.0.2.7"] message`.
//!
//! The message is read like any other line of the program that `APP-NAME` names. What is not as the
//! standard says is left to the older form, and in the end kept as a plain line.

use crate::Hints;
use crate::syslog::{self, Header};
use crate::time;
use serde_json::{Map, Value};

/// The most elements and parameters of structured data that are taken apart; more stay in the line.
const MAX_PARAMETERS: usize = 256;

/// Structured data, and what else stands in a header of this form alone.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Extra {
    /// `MSGID`.
    pub(crate) message_id: Option<String>,
    /// `PROCID` where it is no number.
    pub(crate) process: Option<String>,
    /// Elements by their id, each with its parameters.
    pub(crate) data: Map<String, Value>,
}

/// Takes the header off a line.
pub(crate) fn header<'a>(text: &'a str, hints: &Hints) -> Option<(Header<'a>, Extra, &'a str)> {
    let (priority, rest) = syslog::priority(text);
    let priority = priority?;
    let rest = rest.strip_prefix("1 ")?;
    let (stamp, rest) = rest.split_once(' ')?;
    let time = match stamp {
        "-" => hints.received_at,
        stamp => time::iso(stamp, hints)?,
    };
    let (host, rest) = rest.split_once(' ')?;
    let (program, rest) = rest.split_once(' ')?;
    let (process, rest) = rest.split_once(' ')?;
    let (message_id, rest) = rest.split_once(' ').unwrap_or((rest, "-"));
    let (data, rest) = structured_data(rest)?;
    let pid = process.parse().ok();
    let extra = Extra {
        message_id: given(message_id).map(str::to_owned),
        process: given(process).filter(|_| pid.is_none()).map(str::to_owned),
        data,
    };
    let header = Header {
        time,
        host: given(host).unwrap_or_default(),
        program: given(program).unwrap_or_default(),
        pid,
        priority: Some(priority),
    };
    // § 6.4: a byte order mark says that the message is UTF-8.
    let message = rest.strip_prefix(' ').unwrap_or(rest);
    Some((header, extra, message.strip_prefix('\u{feff}').unwrap_or(message)))
}

fn given(word: &str) -> Option<&str> {
    Some(word).filter(|word| !word.is_empty() && *word != "-")
}

/// `-`, or `[id name="value" …]` without a blank between the elements (§ 6.3).
fn structured_data(text: &str) -> Option<(Map<String, Value>, &str)> {
    let mut data = Map::new();
    if let Some(rest) = text.strip_prefix('-') {
        return (rest.is_empty() || rest.starts_with(' ')).then_some((data, rest));
    }
    let mut rest = text;
    let mut room = MAX_PARAMETERS;
    while let Some(inside) = rest.strip_prefix('[') {
        let end = inside.find([' ', ']'])?;
        let (id, mut after) = inside.split_at_checked(end)?;
        let mut parameters = Map::new();
        loop {
            after = after.trim_start_matches(' ');
            if let Some(closed) = after.strip_prefix(']') {
                after = closed;
                break;
            }
            let (name, value) = after.split_once("=\"")?;
            let (value, behind) = value_until_quote(value)?;
            room = room.checked_sub(1)?;
            // A parameter may stand more than once (§ 6.3.3).
            match parameters.get_mut(name) {
                Some(Value::Array(values)) => values.push(Value::String(value)),
                Some(first) => *first = Value::Array(vec![first.take(), Value::String(value)]),
                None => {
                    parameters.insert(name.to_owned(), Value::String(value));
                }
            }
            after = behind;
        }
        room = room.checked_sub(1)?;
        if !data.contains_key(id) {
            data.insert(id.to_owned(), Value::Object(parameters));
        }
        rest = after;
    }
    (!data.is_empty()).then_some((data, rest))
}

/// `\"`, `\\` and `\]` stand for the sign; another backslash stands for itself (§ 6.3.3).
fn value_until_quote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match characters.clone().next() {
                Some((_, sign @ ('"' | '\\' | ']'))) => {
                    value.push(sign);
                    characters.next();
                }
                _ => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Line, Reader};
    use proptest::prelude::*;
    use serde_json::json;
    use vigia_domain::Kind;
    use vigia_domain::event::Severity;

    fn hints() -> Hints {
        Hints::new("2026-11-20T12:00:00Z".parse().unwrap())
    }

    fn line(text: &[u8]) -> Draft {
        let mut reader = Reader::new(hints());
        let mut lines = reader.push(text);
        lines.extend(reader.finish());
        match lines.remove(0) {
            Line::Events { mut events, .. } => events.remove(0),
            refused @ Line::Rejected { .. } => panic!("{refused:?}"),
        }
    }

    #[test]
    fn the_examples_of_the_standard_are_read() {
        let first = line("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed for lonvick on /dev/pts/8".as_bytes());
        let event = first.event();
        assert_eq!((event.service.as_str(), &event.kind), ("su", &Kind::SYSTEM_LOG));
        assert_eq!(event.time.to_rfc3339(), "2003-10-11T22:14:15.003+00:00");
        assert_eq!(event.severity, Severity::High, "facility 4, severity 2");
        assert_eq!(
            event.message.as_deref(),
            Some("'su root' failed for lonvick on /dev/pts/8")
        );
        assert_eq!(event.details["host"], "mymachine.example.com");
        assert_eq!(event.details["msgid"], "ID47");
        assert_eq!(
            (&event.details["facility"], &event.details["level"]),
            (&json!(4), &json!(2))
        );
        assert!(event.details.get("pid").is_none());

        let second = line(b"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.");
        assert_eq!(second.event().details["pid"], 8710);
        assert_eq!(
            second.event().time.to_rfc3339(),
            "2003-08-24T12:14:15.000003+00:00"
        );
        assert_eq!(second.event().severity, Severity::Info);

        let third = line(br#"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]"#);
        assert_eq!(
            third.event().details["structured_data"],
            json!({
                "exampleSDID@32473": {"iut": "3", "eventSource": "Application", "eventID": "1011"},
                "examplePriority@32473": {"class": "high"},
            })
        );
        assert_eq!(third.event().message, None);
    }

    #[test]
    fn escapes_repeated_names_and_nothing_at_all_are_understood() {
        let escaped = line(br#"<13>1 - - - - - [a b="x\"y\\z\]" b="\n" c=""] m"#);
        assert_eq!(
            escaped.event().details["structured_data"],
            json!({"a": {"b": ["x\"y\\z]", "\\n"], "c": ""}})
        );
        assert_eq!(escaped.event().time, hints().received_at);
        assert_eq!(escaped.event().service, "unknown");
        assert_eq!(escaped.event().message.as_deref(), Some("m"));
        let process = line(b"<13>1 2026-01-01T00:00:00Z h app worker-1 - -");
        assert_eq!(process.event().details["procid"], "worker-1");
        let broken = line(b"<13>1 2026-01-01T00:00:00Z h app - - - \xff\xfe damaged");
        assert_eq!(
            broken.event().message.as_deref(),
            Some("\u{fffd}\u{fffd} damaged")
        );
    }

    #[test]
    fn what_a_program_says_is_read_as_its_own_format() {
        let sshd = line(
            b"<38>1 2026-01-01T00:00:00Z gate sshd 7 - - Failed password for ana from 192.0.2.7 port 5 ssh2",
        );
        assert_eq!(sshd.event().kind, Kind::AUTH_LOGIN_FAILED);
        assert_eq!(sshd.event().actor.name.as_deref(), Some("ana"));
        assert_eq!(sshd.event().severity, Severity::Medium, "the kind's own");
        let json = line(br#"<14>1 2026-01-01T00:00:00Z gate billing 7 - - {"level":"warn","message":"late","trace_id":"t1"}"#);
        assert_eq!(json.event().kind, Kind::APP_LOG);
        assert_eq!(json.event().service, "billing");
        assert_eq!(json.event().trace_id.as_deref(), Some("t1"));
        assert_eq!(json.event().time.to_rfc3339(), "2026-01-01T00:00:00+00:00");
        assert_eq!(json.event().details["host"], "gate");
        assert_eq!(json.event().details["level"], "warn");
        let web = line(br#"<190>1 2026-01-01T00:00:00Z gate nginx - - - 192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 403 1 "-" "-""#);
        assert_eq!(
            (&web.event().kind, web.event().service.as_str()),
            (&Kind::HTTP_DENIED, "nginx")
        );
    }

    #[test]
    fn what_is_not_of_this_form_is_left_to_the_older_one() {
        for text in [
            "<34>Oct 11 22:14:15 h su: x",
            "<34>2 2003-10-11T22:14:15Z h su - - - x",
            "<192>1 - - - - - - x",
            "<>1 - - - - - - x",
            "<34>1 yesterday h su - - - x",
            "<34>1 - - - - - [a b=c] x",
            "<34>1 - - - - - [a b=\"c x",
            "<34>1 - - -",
        ] {
            assert!(header(text, &hints()).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"<[0-9]{0,4}>1? ?(-|2026-01-01T00:00:00Z) ([a-z-]{1,4} ){4}[ -~é\[\]"\\=]{0,60}"#) {
            let _ = header(&text, &hints());
        }
    }
}
