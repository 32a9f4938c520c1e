//! Access logs of Apache and nginx: the common and the combined format, with or without the virtual
//! host before them.
//!
//! `HOST IDENT USER [17/May/2015:10:05:03 +0000] "GET /path HTTP/1.1" 200 203023 "REFERER" "AGENT"`.
//! Fields stand under `details` by their W3C names (`cs-method`, `sc-status` …), which public rules for
//! web servers ask for.

use crate::sshd::{become_kind, name_actor, set_address};
use crate::{Draft, Hints, text};
use chrono::{DateTime, Utc};
use std::net::IpAddr;
use vigia_domain::event::Status;
use vigia_domain::{Kind, Timestamp};

/// The application that such lines come from, unless the sender names another.
pub(crate) const SERVICE: &str = "web";

/// A line taken apart; texts with their escapes undone.
struct Parts<'a> {
    host: Option<&'a str>,
    client: &'a str,
    ident: &'a str,
    user: &'a str,
    time: Timestamp,
    request: String,
    status: u16,
    bytes: Option<u64>,
    referer: Option<String>,
    agent: Option<String>,
    rest: &'a str,
}

/// The event of a line; `None` where it is none.
pub(crate) fn read(text: &str, hints: &Hints) -> Option<Draft> {
    let parts = parts(text)?;
    let service = hints.service.as_deref().unwrap_or(SERVICE);
    let mut draft = Draft::new(parts.time, Kind::HTTP_SERVED, service);
    become_kind(
        &mut draft,
        match parts.status {
            401 | 403 | 407 => Kind::HTTP_DENIED,
            400..=499 => Kind::HTTP_REFUSED,
            500.. => Kind::HTTP_FAILED,
            _ => Kind::HTTP_SERVED,
        },
    );
    if let Some(user) = given(parts.user) {
        name_actor(&mut draft, user);
        draft.detail("cs-username", user);
    }
    let event = draft.event_mut();
    event.status = Some(if parts.status < 400 {
        Status::Success
    } else {
        Status::Failure
    });
    set_address(&mut event.source, parts.client);
    event.source.user_agent.clone_from(&parts.agent);
    event.message = Some(format!("{} → {}", shown(&parts.request), parts.status));
    draft.detail("c-ip", parts.client);
    request(&parts.request, &mut draft);
    draft.detail("sc-status", parts.status);
    draft.detail_some("sc-bytes", parts.bytes);
    draft.detail_some("cs-referer", parts.referer);
    draft.detail_some("cs-user-agent", parts.agent);
    draft.detail_some("cs-host", parts.host);
    draft.detail_some("ident", given(parts.ident));
    draft.detail_some("extra", given(parts.rest));
    Some(draft)
}

fn given(word: &str) -> Option<&str> {
    Some(word.trim()).filter(|word| !word.is_empty() && *word != "-")
}

/// The request without its protocol.
fn shown(request: &str) -> &str {
    request
        .rsplit_once(" HTTP/")
        .map_or(request, |(request, _)| request)
}

/// `GET /path?query HTTP/1.1`; what is none, as probes send it, stays whole.
fn request(request: &str, draft: &mut Draft) {
    let (before, version) = match request.rsplit_once(' ') {
        Some((before, version)) if version.starts_with("HTTP/") => (before, Some(version)),
        _ => (request, None),
    };
    let method = before.split_once(' ').filter(|(method, _)| {
        (1..=20).contains(&method.len())
            && method
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b == b'-' || b == b'_')
    });
    let Some((method, uri)) = method else {
        return draft.detail("request", request);
    };
    draft.detail("cs-method", method);
    draft.detail("cs-uri", uri);
    let (stem, query) = uri
        .split_once('?')
        .map_or((uri, None), |(stem, query)| (stem, Some(query)));
    draft.detail("cs-uri-stem", stem);
    draft.detail_some("cs-uri-query", query);
    draft.detail_some("cs-version", version);
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (before, time, after) = stamp(text)?;
    let mut words = before.splitn(4, ' ');
    let (one, two, three) = (words.next()?, words.next()?, words.next()?);
    let four = words.next();
    // A virtual host stands before the client's address, and the user may hold blanks.
    let behind_host =
        four.is_some() && (two.parse::<IpAddr>().is_ok() || one.contains(':') && !is_address(one));
    let (host, client, ident, user) = if behind_host {
        (Some(one), two, three, four?)
    } else {
        let user = before.splitn(3, ' ').nth(2)?;
        (None, one, two, user)
    };
    if client.is_empty() || user.is_empty() {
        return None;
    }
    let (request, after) = quoted(after)?;
    let (status, after) = word(after)?;
    let (bytes, after) = word(after)?;
    let status = Some(status).filter(|status| status.len() == 3)?.parse().ok()?;
    let bytes = match bytes {
        "-" => None,
        number => Some(number.parse().ok()?),
    };
    let (referer, after) = quoted(after).map_or((None, after), |(text, after)| (Some(text), after));
    let (agent, after) = quoted(after).map_or((None, after), |(text, after)| (Some(text), after));
    let said = |text: Option<String>| text.filter(|text| given(text).is_some());
    Some(Parts {
        host,
        client,
        ident,
        user,
        time,
        request,
        status,
        bytes,
        referer: said(referer),
        agent: said(agent),
        rest: after.trim(),
    })
}

fn is_address(word: &str) -> bool {
    word.parse::<IpAddr>().is_ok()
}

/// The first `[17/May/2015:10:05:03 +0000]` that is a time: a user's name may hold a bracket.
fn stamp(text: &str) -> Option<(&str, Timestamp, &str)> {
    text.match_indices(" [").take(8).find_map(|(at, _)| {
        let after = text.get(at + 2..)?;
        let (inside, after) = after.split_once(']')?;
        if inside.len() != 26 {
            return None;
        }
        let time = DateTime::parse_from_str(inside, "%d/%b/%Y:%H:%M:%S %z").ok()?;
        Some((text.get(..at)?, time.with_timezone(&Utc), after))
    })
}

/// The next word.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix(' ')?;
    let end = text.find(' ').unwrap_or(text.len());
    text.split_at_checked(end)
}

/// The next text in quotes. Apache writes `\"`, `\\` and `\xhh`, nginx `\xhh` alone; without any the
/// text is only cut out.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix(' ')?.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    let (inside, after) = inside.split_at_checked(end)?;
    Some((unescaped(inside), after.strip_prefix('"')?))
}

fn unescaped(inside: &str) -> String {
    if !inside.contains('\\') {
        return inside.to_owned();
    }
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let Some((sign, after)) = rest.split_first() else {
            bytes.push(b'\\');
            break;
        };
        rest = after;
        match sign {
            b'n' => bytes.push(b'\n'),
            b't' => bytes.push(b'\t'),
            b'r' => bytes.push(b'\r'),
            b'x' => match hexadecimal(rest) {
                Some((byte, after)) => {
                    bytes.push(byte);
                    rest = after;
                }
                None => bytes.extend_from_slice(b"\\x"),
            },
            other => bytes.push(*other),
        }
    }
    text::read(&bytes).into_owned()
}

fn hexadecimal(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = bytes.split_at_checked(2)?;
    let digits = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| !digits.starts_with('+'))?;
    Some((u8::from_str_radix(digits, 16).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> vigia_domain::Event {
        let hints = Hints::new("2026-11-20T12:00:00Z".parse().unwrap());
        read(text, &hints).unwrap().event().clone()
    }

    #[test]
    fn a_combined_line_is_taken_apart() {
        let event = line(
            r#"192.0.2.7 - ana@example.com [17/May/2015:10:05:03 +0200] "GET /a/b?x=1&y HTTP/1.1" 200 203023 "http://example.com/" "Mozilla/5.0 (X11)""#,
        );
        assert_eq!(event.kind, Kind::HTTP_SERVED);
        assert_eq!(event.status, Some(Status::Success));
        assert_eq!(event.service, "web");
        assert_eq!(event.time.to_rfc3339(), "2015-05-17T08:05:03+00:00");
        assert_eq!(event.source.ip, Some([192, 0, 2, 7].into()));
        assert_eq!(event.source.user_agent.as_deref(), Some("Mozilla/5.0 (X11)"));
        assert_eq!(event.actor.email.as_deref(), Some("ana@example.com"));
        assert_eq!(event.message.as_deref(), Some("GET /a/b?x=1&y → 200"));
        for (name, value) in [
            ("cs-method", "GET"),
            ("cs-uri", "/a/b?x=1&y"),
            ("cs-uri-stem", "/a/b"),
            ("cs-uri-query", "x=1&y"),
            ("cs-version", "HTTP/1.1"),
            ("cs-referer", "http://example.com/"),
            ("cs-username", "ana@example.com"),
        ] {
            assert_eq!(event.details[name], value, "{name}");
        }
        assert_eq!(event.details["sc-status"], 200);
        assert_eq!(event.details["sc-bytes"], 203_023);
    }

    #[test]
    fn every_variant_is_known() {
        for (text, host, ip, user) in [
            (
                r#"2001:db8::1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/2.0" 304 -"#,
                None,
                "2001:db8::1",
                None,
            ),
            (
                r#"shop.example.com:443 192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "-""#,
                Some("shop.example.com:443"),
                "192.0.2.7",
                None,
            ),
            (
                r#"192.0.2.7 - ana maria [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "-" "198.51.100.2""#,
                None,
                "192.0.2.7",
                Some("ana maria"),
            ),
        ] {
            let event = line(text);
            assert_eq!(
                event.source.ip.map(|ip| ip.to_string()).as_deref(),
                Some(ip),
                "{text}"
            );
            assert_eq!(
                event.details.get("cs-host").and_then(|host| host.as_str()),
                host,
                "{text}"
            );
            assert_eq!(event.actor.name.as_deref(), user, "{text}");
            assert_eq!(event.source.user_agent, None);
        }
        let named = line(r#"client.example.com - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1"#);
        assert_eq!(named.source.host.as_deref(), Some("client.example.com"));
    }

    #[test]
    fn escapes_are_undone_and_a_request_that_is_none_stays_whole() {
        let event = line(
            r#"192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /\"x\"\xc3\xa9 HTTP/1.1" 404 1 "-" "a \"b\" \\ c""#,
        );
        assert_eq!(event.details["cs-uri"], "/\"x\"é");
        assert_eq!(event.source.user_agent.as_deref(), Some("a \"b\" \\ c"));
        for probe in [r"\x16\x03\x01\x00", "-", "", "get lower", "GET"] {
            let event = line(&format!(
                r#"192.0.2.7 - - [17/May/2015:10:05:03 +0000] "{probe}" 400 0 "-" "-""#
            ));
            assert!(event.details.contains_key("request"), "{probe}");
            assert_eq!(event.kind, Kind::HTTP_REFUSED);
        }
    }

    #[test]
    fn the_status_makes_the_kind() {
        for (status, kind, outcome) in [
            (101, Kind::HTTP_SERVED, Status::Success),
            (302, Kind::HTTP_SERVED, Status::Success),
            (401, Kind::HTTP_DENIED, Status::Failure),
            (403, Kind::HTTP_DENIED, Status::Failure),
            (404, Kind::HTTP_REFUSED, Status::Failure),
            (503, Kind::HTTP_FAILED, Status::Failure),
        ] {
            let event = line(&format!(
                r#"192.0.2.7 - bo [17/May/2015:10:05:03 +0000] "POST /login HTTP/1.1" {status} 5 "-" "-""#
            ));
            assert_eq!((event.kind, event.status), (kind, Some(outcome)));
        }
    }

    #[test]
    fn another_line_is_left_to_others() {
        let hints = Hints::new(Timestamp::UNIX_EPOCH);
        for text in [
            "",
            " [",
            "x [17/May/2015:10:05:03 +0000]",
            r#"192.0.2.7 - - [17/Foo/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1"#,
            r#"192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1 200 1"#,
            r#"192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /" abc 1"#,
        ] {
            assert!(read(text, &hints).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"([ -~é\\"\[\]]{0,40}|192\.0\.2\.7 - [a-z\[ ]{0,9} \[17/May/2015:10:05:03 \+0000\] "[ -~]{0,30}" [0-9]{0,4} [0-9-]{0,3} "[ -~]{0,20}"){0,2}"#) {
            let hints = Hints::new(Timestamp::UNIX_EPOCH);
            if let Some(draft) = read(&text, &hints) {
                prop_assert!(draft.event().status.is_some());
            }
        }
    }
}
