//! The header of a syslog line (RFC 3164 § 4.1, and the ISO stamps that rsyslog writes today):
//! `Dec 10 06:55:46 LabSZ sshd[24200]: body`; the form of RFC 5424 is taken off by its own module.
//!
//! What a program says in its own format (JSON, an access log, `[AUTH]` …) is read as that format.
//! `message repeated N times: [ … ]` (rsyslog) stands for N events and becomes N.

use crate::draft::UNKNOWN_SERVICE;
use crate::rfc5424::{self, Extra};
use crate::{Draft, Format, Hints, host_log, json, plain, sshd, time};
use serde_json::{Value, json};
use vigia_domain::event::Severity;
use vigia_domain::{Kind, Timestamp};

/// What stands before the message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Header<'a> {
    pub(crate) time: Timestamp,
    pub(crate) host: &'a str,
    pub(crate) program: &'a str,
    pub(crate) pid: Option<u32>,
    pub(crate) priority: Option<u8>,
}

/// How many events one `message repeated` line may become; the last counts for the rest.
const MAX_REPEATS: u32 = 1_000;
/// How many bytes the raw lines of those events may have together, or a few long lines would become
/// gigabytes; the last event counts for the rest here too.
const MAX_REPEATED_BYTES: usize = 1024 * 1024;

/// The events of a syslog line; `None` where it is none.
pub(crate) fn read(text: &str, raw: &[u8], hints: &Hints, expandable: &mut usize) -> Option<Vec<Draft>> {
    let (header, extra, body) = match rfc5424::header(text, hints) {
        Some(read) => read,
        None => {
            let (header, body) = header(text, hints).or_else(|| bare(text, hints))?;
            (header, Extra::default(), body)
        }
    };
    let one = |body| with_extra(one(&header, body, hints), &extra);
    let Some((times, inner)) = repeated(body) else {
        return Some(vec![one(body).finish(raw)]);
    };
    let single = one(inner);
    let events = times
        .min(MAX_REPEATS)
        .min(
            u32::try_from(MAX_REPEATED_BYTES / raw.len().max(1))
                .unwrap_or(MAX_REPEATS)
                .max(1),
        )
        .min(u32::try_from(*expandable).unwrap_or(u32::MAX).max(1));
    *expandable = expandable.saturating_sub(usize::try_from(events).unwrap_or(usize::MAX));
    let drafts = (1..=events).map(|index| {
        let mut draft = single.clone();
        draft.detail("repeated", json!({ "index": index, "of": times }));
        if index == events {
            draft.event_mut().count = times - events + 1;
        }
        draft.finish(raw)
    });
    Some(drafts.collect())
}

fn one(header: &Header<'_>, body: &str, hints: &Hints) -> Draft {
    // Since OpenSSH 9.8 the server's children log under names of their own.
    let is_sshd = matches!(header.program, "sshd" | "sshd-session" | "sshd-auth");
    let service = match (header.program, &hints.service) {
        _ if is_sshd => "sshd",
        ("", Some(service)) => service.as_str(),
        ("", None) => UNKNOWN_SERVICE,
        (program, _) => program,
    };
    let inner = if is_sshd {
        None
    } else {
        inner(body, header.time, service, hints)
    };
    let is_own = inner.is_none();
    let mut draft = inner.unwrap_or_else(|| {
        let mut draft = Draft::new(header.time, Kind::SYSTEM_LOG, service);
        draft.event_mut().message = Some(body.to_owned()).filter(|body| !body.is_empty());
        draft
    });
    if !header.host.is_empty() {
        draft.detail("host", header.host);
    }
    if let Some(pid) = header.pid {
        draft.detail("pid", pid);
    }
    if let Some(priority) = header.priority {
        // RFC 3164 § 4.1.1: facility times eight, plus severity.
        draft.detail("facility", priority / 8);
        draft.detail("level", priority % 8);
    }
    if is_sshd && header.program != "sshd" {
        draft.detail("program", header.program);
    }
    if is_own && !(is_sshd && sshd::describe(body, &mut draft)) {
        host_log::describe(body, &mut draft);
    }
    if is_own
        && draft.event().kind == Kind::SYSTEM_LOG
        && let Some(priority) = header.priority
    {
        draft.event_mut().severity = severity(priority);
    }
    draft
}

/// RFC 5424 § 6.2.1, table 2.
fn severity(priority: u8) -> Severity {
    match priority % 8 {
        0 => Severity::Critical,
        1 | 2 => Severity::High,
        3 => Severity::Medium,
        4 => Severity::Low,
        _ => Severity::Info,
    }
}

/// What a program says in a format of its own.
fn inner(body: &str, time: Timestamp, service: &str, hints: &Hints) -> Option<Draft> {
    let hints = Hints {
        received_at: time,
        service: Some(service.to_owned()).filter(|service| service != UNKNOWN_SERVICE),
        ..hints.clone()
    };
    // `@cee:` announces JSON (rsyslog's mmjsonparse, systemd).
    let text = body.trim();
    let text = text.strip_prefix("@cee:").map_or(text, str::trim_start);
    if text.starts_with('{') {
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            return None;
        };
        return Some(json::any(object, &hints));
    }
    plain::known(text, &hints, |format| {
        matches!(format, Format::Combined | Format::WebError) || text.contains("[AUTH]")
    })
}

/// What stands in a header of RFC 5424 alone.
fn with_extra(mut draft: Draft, extra: &Extra) -> Draft {
    draft.detail_some("procid", extra.process.clone());
    draft.detail_some("msgid", extra.message_id.clone());
    if !extra.data.is_empty() {
        draft.detail("structured_data", extra.data.clone());
    }
    draft
}

/// A priority and nothing else that is known (RFC 3164 § 4.3.3).
fn bare<'a>(text: &'a str, hints: &Hints) -> Option<(Header<'a>, &'a str)> {
    let (priority, body) = priority(text);
    let header = Header {
        time: hints.received_at,
        host: "",
        program: "",
        pid: None,
        priority: Some(priority?),
    };
    Some((header, body))
}

/// `message repeated 5 times: [ … ]`.
fn repeated(body: &str) -> Option<(u32, &str)> {
    let (times, inner) = body.strip_prefix("message repeated ")?.split_once(" times: [")?;
    let inner = inner.trim_end().strip_suffix(']')?;
    let times = times.parse().ok().filter(|times| *times > 0)?;
    Some((times, inner.strip_prefix(' ').unwrap_or(inner)))
}

/// Takes the header off a line.
pub(crate) fn header<'a>(text: &'a str, hints: &Hints) -> Option<(Header<'a>, &'a str)> {
    let (priority, text) = priority(text);
    let (time, rest) = stamp(text, hints)?;
    let (host, rest) = rest.split_once(' ')?;
    if host.is_empty() || host.starts_with('[') {
        return None;
    }
    let (program, pid, body) = tag(rest);
    let header = Header {
        time,
        host,
        program,
        pid,
        priority,
    };
    Some((header, body))
}

/// `<34>`: facility times eight plus severity, at most 191 (RFC 5424 § 6.2.1).
pub(crate) fn priority(text: &str) -> (Option<u8>, &str) {
    let found = text.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    match found.map(|(number, rest)| (number.parse::<u8>(), number, rest)) {
        Some((Ok(value @ 0..=191), number, rest)) if !number.starts_with('+') => (Some(value), rest),
        _ => (None, text),
    }
}

/// `Dec 10 06:55:46 ` (the day may be padded with a blank) or one ISO word with a `T`.
fn stamp<'a>(text: &'a str, hints: &Hints) -> Option<(Timestamp, &'a str)> {
    if let Some(month) = text.get(..3).and_then(time::month) {
        let rest = text.get(3..)?.strip_prefix(' ')?.trim_start_matches(' ');
        let (day, rest) = rest.split_once(' ')?;
        let (clock, rest) = rest.split_once(' ')?;
        let time = time::latest(month, day.parse().ok()?, time::clock(clock)?, hints)?;
        return Some((time, rest.trim_start_matches(' ')));
    }
    let (word, rest) = text.split_once(' ')?;
    word.contains('T').then_some(())?;
    Some((time::iso(word, hints)?, rest))
}

/// `sshd[24200]: body`; a line without a tag is all body.
fn tag(text: &str) -> (&str, Option<u32>, &str) {
    let none = ("", None, text);
    let Some(end) = text.find([':', '[', ' ']) else {
        return none;
    };
    let Some((program, rest)) = text.split_at_checked(end) else {
        return none;
    };
    if program.is_empty() {
        return none;
    }
    if let Some(body) = rest.strip_prefix(':') {
        return (program, None, body.strip_prefix(' ').unwrap_or(body));
    }
    let bracketed = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((Ok(pid), rest)) = bracketed.map(|(pid, rest)| (pid.parse::<u32>(), rest)) else {
        return none;
    };
    let body = rest.strip_prefix(':').unwrap_or(rest);
    (program, Some(pid), body.strip_prefix(' ').unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints() -> Hints {
        Hints::new("2026-11-20T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_header_is_taken_off_in_all_its_forms() {
        for line in [
            "Nov  9 06:55:46 gate sshd[24200]: body",
            "<38>Nov 9 06:55:46 gate sshd[24200]: body",
            "2026-11-09T06:55:46.000000+00:00 gate sshd[24200]: body",
        ] {
            let (header, body) = header(line, &hints()).unwrap();
            assert_eq!(header.time.to_rfc3339(), "2026-11-09T06:55:46+00:00", "{line}");
            assert_eq!(
                (header.host, header.program, header.pid),
                ("gate", "sshd", Some(24_200))
            );
            assert_eq!(body, "body");
        }
        let (header, body) = header("Nov  9 06:55:46 gate kernel: usb 1-1: new", &hints()).unwrap();
        assert_eq!(
            (header.program, header.pid, body),
            ("kernel", None, "usb 1-1: new")
        );
    }

    #[test]
    fn what_is_no_syslog_is_left_to_others() {
        for line in [
            "",
            "Dec",
            "Dec 10",
            "Dec 41 06:55:46 a b: c",
            "10:30:00 - [AUTH] x",
            "May be",
        ] {
            assert!(header(line, &hints()).is_none(), "{line}");
        }
    }

    #[test]
    fn a_repeated_message_becomes_as_many_events() {
        let line = "Nov 9 07:13:56 gate sshd[1]: message repeated 5 times: [ Failed password for root from 192.0.2.7 port 42393 ssh2]";
        let drafts = read(line, line.as_bytes(), &hints(), &mut 1_000).unwrap();
        assert_eq!(drafts.len(), 5);
        for (index, draft) in (1..).zip(&drafts) {
            let event = draft.event();
            assert_eq!(event.kind, Kind::AUTH_LOGIN_FAILED);
            assert_eq!(event.actor.name.as_deref(), Some("root"));
            assert_eq!(event.details["repeated"], json!({ "index": index, "of": 5 }));
            assert_eq!(event.raw.as_text(), Some(line));
            assert_eq!(event.count, 1);
        }
    }

    #[test]
    fn a_line_that_claims_millions_stays_small_and_loses_none() {
        let line = "Nov 9 07:13:56 gate sshd[1]: message repeated 4000000000 times: [ x]";
        let drafts = read(line, line.as_bytes(), &hints(), &mut 10).unwrap();
        assert_eq!(drafts.len(), 10);
        let counted: u64 = drafts.iter().map(|draft| u64::from(draft.event().count)).sum();
        assert_eq!(counted, 4_000_000_000);
        let more = read(line, line.as_bytes(), &hints(), &mut 0).unwrap();
        assert_eq!(more.len(), 1);
    }

    #[test]
    fn the_service_is_the_program_and_every_part_of_openssh_is_sshd() {
        for (line, service, kind) in [
            (
                "Nov 9 06:55:46 gate sshd-session[7]: Accepted password for ana from 192.0.2.7 port 2 ssh2",
                "sshd",
                Kind::AUTH_LOGIN_SUCCEEDED,
            ),
            (
                "Nov 9 06:55:46 gate sshd[7]: Disconnected from invalid user a b 192.0.2.7 port 22 [preauth]",
                "sshd",
                Kind::NETWORK_CONNECTION_CLOSED,
            ),
            (
                "Nov 9 06:55:46 gate kernel: usb 1-1: new",
                "kernel",
                Kind::SYSTEM_LOG,
            ),
            ("Nov 9 06:55:46 gate no tag at all", "unknown", Kind::SYSTEM_LOG),
            (
                "Nov 9 06:55:46 gate sudo: pam_unix(sudo:session): session opened for user root by ana(uid=1000)",
                "sudo",
                Kind::AUTH_SESSION_OPENED,
            ),
        ] {
            let drafts = read(line, line.as_bytes(), &hints(), &mut 0).unwrap();
            assert_eq!(
                (drafts[0].event().service.as_str(), &drafts[0].event().kind),
                (service, &kind),
                "{line}"
            );
        }
    }

    #[test]
    fn every_form_of_a_message_names_the_person_and_the_address() {
        for (body, name) in [
            (
                "Failed password for invalid user  0101 from 192.0.2.7 port 5 ssh2",
                " 0101",
            ),
            (
                "Failed password for ana from home from 192.0.2.7 port 5 ssh2",
                "ana from home",
            ),
            (
                "Disconnected from authenticating user ana b 192.0.2.7 port 5 [preauth]",
                "ana b",
            ),
            (
                "Connection closed by invalid user ana 192.0.2.7 port 5 [preauth]",
                "ana",
            ),
            (
                "User ana from 192.0.2.7 not allowed because not listed in AllowUsers",
                "ana",
            ),
            (
                "error: maximum authentication attempts exceeded for ana from 192.0.2.7 port 5 ssh2 [preauth]",
                "ana",
            ),
            (
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=ana",
                "ana",
            ),
            (
                "PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=ana",
                "ana",
            ),
        ] {
            let line = format!("Nov 9 06:55:46 gate sshd[7]: {body}");
            let drafts = read(&line, line.as_bytes(), &hints(), &mut 0).unwrap();
            let event = drafts[0].event();
            assert_eq!(event.actor.name.as_deref(), Some(name), "{body}");
            assert_eq!(event.source.ip, Some([192, 0, 2, 7].into()), "{body}");
        }
    }
}
