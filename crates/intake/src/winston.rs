//! What winston prints besides JSON: `simple()`, `cli()` and the usual `printf` forms, with or without
//! colours and a time.
//!
//! `info: message {"key":1}`, `2026-02-17 08:15:23 [warn]: message`, `2026-02-17T08:15:23.000Z [label] error:
//! message`. Without a level that winston knows, a line is none of these.

use crate::draft::UNKNOWN_SERVICE;
use crate::fields::{self, Fields};
use crate::{Draft, Hints, nested, plain, time};
use serde_json::Value;
use vigia_domain::Kind;

/// The levels of npm, of syslog and of winston's own set.
const LEVELS: [&str; 17] = [
    "error", "warn", "info", "http", "verbose", "debug", "silly", "emerg", "alert", "crit", "warning",
    "notice", "help", "data", "prompt", "input", "fatal",
];

/// The event of a line; `None` where it is none.
pub(crate) fn read(text: &str, hints: &Hints) -> Option<Draft> {
    let text = text.trim_end();
    let (moment, rest) = match time::leading(text, hints) {
        Some((moment, rest)) => (Some(moment), rest.trim_start_matches("- ")),
        None => (None, text),
    };
    let (label, level, message) = level(rest)?;
    let (message, mut object) = meta(message);
    let stated = fields::state_time(&mut object, hints);
    let time = moment.or(stated).unwrap_or(hints.received_at);
    let named = fields::take_service(&mut object);
    let service = named
        .as_deref()
        .or(hints.service.as_deref())
        .unwrap_or(UNKNOWN_SERVICE);
    let kind = fields::kind(&object).unwrap_or(Kind::APP_LOG);
    let mut draft = Draft::new(time, kind, service);
    fields::describe(&mut object, &mut draft);
    nested::describe(&mut object, &mut draft);
    if let Some(status) = fields::status(&object) {
        draft.event_mut().status = Some(status);
    }
    fields::actor(&object, &mut draft);
    let event = draft.event_mut();
    if event.kind == Kind::APP_LOG {
        event.severity = plain::severity(level).unwrap_or(event.severity);
    }
    event.message = Some(message.to_owned()).filter(|message| !message.is_empty());
    draft.detail("level", level);
    draft.detail_some("label", label);
    for (name, value) in object {
        draft.detail(&name, value);
    }
    Some(draft)
}

/// `level: message`, `[level]: message`, `[level] message`, `[label] level: message`.
fn level(text: &str) -> Option<(Option<&str>, &str, &str)> {
    if let Some((inside, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let rest = rest.trim_start();
        if let Some(level) = known(inside) {
            return Some((None, level, rest.trim_start_matches(':').trim_start()));
        }
        let (level, message) = named(rest)?;
        return Some((Some(inside), level, message));
    }
    let (level, message) = named(text)?;
    Some((None, level, message))
}

/// `level: message`; the level as it was written.
fn named(text: &str) -> Option<(&str, &str)> {
    let (level, message) = text.split_once(':')?;
    Some((known(level)?, message.trim_start()))
}

fn known(word: &str) -> Option<&str> {
    LEVELS
        .iter()
        .any(|level| word.eq_ignore_ascii_case(level))
        .then_some(word)
}

/// What `simple()` puts behind the message: the rest of the fields as one JSON object.
fn meta(message: &str) -> (&str, Fields) {
    if message.ends_with('}') {
        // A message may hold braces of its own, so the first that begins an object up to the end counts.
        for (at, _) in message.match_indices('{').take(8) {
            let before = message.get(..at).unwrap_or_default();
            if !(before.is_empty() || before.ends_with(' ')) {
                continue;
            }
            if let Some(Ok(Value::Object(object))) = message.get(at..).map(serde_json::from_str) {
                return (before.trim_end(), object);
            }
        }
    }
    (message, Fields::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;
    use chrono_tz::America::Sao_Paulo;
    use proptest::prelude::*;
    use serde_json::json;
    use vigia_domain::event::Severity;

    fn hints() -> Hints {
        Hints::new("2026-11-20T12:00:00Z".parse().unwrap())
    }

    fn line(printed: &str) -> Draft {
        read(&text::read(printed.as_bytes()), &hints()).unwrap()
    }

    #[test]
    fn every_printed_form_says_the_same() {
        for printed in [
            "warn: disk almost full",
            "\u{1b}[33mwarn\u{1b}[39m: disk almost full",
            "WARN:    disk almost full",
            "[warn] disk almost full",
            "[WARN]: disk almost full",
            "2026-02-17 08:15:23 [WARN]: disk almost full",
            "2026-02-17 08:15:23 warn: disk almost full",
            "2026-02-17T08:15:23.000Z - warn: disk almost full",
            "[2026-02-17 08:15:23] warn: disk almost full",
            "2026-02-17T08:15:23.000Z [storage] warn: disk almost full",
        ] {
            let draft = line(printed);
            let event = draft.event();
            assert_eq!(
                (&event.kind, event.severity),
                (&Kind::APP_LOG, Severity::Low),
                "{printed}"
            );
            assert_eq!(event.message.as_deref(), Some("disk almost full"), "{printed}");
            assert!(
                event.details["level"]
                    .as_str()
                    .unwrap()
                    .eq_ignore_ascii_case("warn")
            );
            let time = match printed.contains("2026-02-17") {
                true => "2026-02-17T08:15:23+00:00",
                false => "2026-11-20T12:00:00+00:00",
            };
            assert_eq!(event.time.to_rfc3339(), time, "{printed}");
        }
        assert_eq!(line("[storage] error: x").event().details["label"], "storage");
    }

    #[test]
    fn what_simple_puts_behind_the_message_are_fields() {
        let draft = line(
            r#"info: paid {"timestamp":"2026-02-17 08:15:23","service":"billing","user":{"id":"7"},"n":{"a":1},"ip":"192.0.2.7"}"#,
        );
        let event = draft.event();
        assert_eq!(event.message.as_deref(), Some("paid"));
        assert_eq!(event.service, "billing");
        assert_eq!(event.time.to_rfc3339(), "2026-02-17T08:15:23+00:00");
        assert_eq!(event.actor.id.as_deref(), Some("7"));
        assert_eq!(event.source.ip, Some([192, 0, 2, 7].into()));
        assert_eq!(event.details["n"], json!({"a": 1}));
        let braces = line("info: set {a} to {b}");
        assert_eq!(braces.event().message.as_deref(), Some("set {a} to {b}"));
    }

    #[test]
    fn a_time_without_a_zone_is_in_the_hinted_one() {
        let hints = Hints {
            zone: Some(Sao_Paulo),
            ..hints()
        };
        for printed in [
            "2026-02-17 08:15:23 [info]: x",
            r#"info: x {"timestamp":"2026-02-17 08:15:23"}"#,
        ] {
            let time = read(printed, &hints).unwrap().event().time;
            assert_eq!(time.to_rfc3339(), "2026-02-17T11:15:23+00:00", "{printed}");
        }
    }

    #[test]
    fn a_word_with_a_colon_is_no_level() {
        for text in [
            "note: x",
            "kernel: usb",
            "",
            ":",
            "[x]",
            "2026-02-17 08:15:23 x",
            "informal: x",
        ] {
            assert!(read(text, &hints()).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"(2026-02-17 08:15:23 )?(\[?(info|warn)\]?: ?)?[ -~é{}\[\]"]{0,60}"#) {
            let _ = read(&text, &hints());
        }
    }
}
