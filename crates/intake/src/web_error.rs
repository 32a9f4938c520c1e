//! Error logs of Apache (2.2 and 2.4) and nginx.
//!
//! `[Sun Dec 04 05:15:09 2005] [error] [client 192.0.2.7] Directory index forbidden by rule: /www/`,
//! `2015/05/17 10:05:03 [error] 7#7: *1 open() "/x" failed …, client: 192.0.2.7, server: _, request: "…"`.

use crate::access_log::SERVICE;
use crate::sshd::{become_kind, name_actor, set_address};
use crate::{Draft, Hints, plain, time};
use chrono::NaiveDateTime;
use vigia_domain::{Kind, Timestamp};

/// The event of a line; `None` where it is none.
pub(crate) fn read(text: &str, hints: &Hints) -> Option<Draft> {
    if text.starts_with('[') {
        apache(text, hints)
    } else {
        nginx(text, hints)
    }
}

fn begin(time: Timestamp, level: &str, hints: &Hints) -> Draft {
    let service = hints.service.as_deref().unwrap_or(SERVICE);
    let mut draft = Draft::new(time, Kind::APP_LOG, service);
    if let Some(severity) = plain::severity(level) {
        draft.event_mut().severity = severity;
    }
    draft.detail("level", level);
    draft
}

/// `[STAMP] [MODULE:LEVEL] [pid N:tid N] [client ADDRESS:PORT] AH00124: message, referer: …`.
fn apache(text: &str, hints: &Hints) -> Option<Draft> {
    // Apache's stamp begins with the day of the week; others in brackets are other programs'.
    text.as_bytes().get(1).filter(|byte| byte.is_ascii_uppercase())?;
    let (moment, rest) = time::leading(text, hints)?;
    let (group, mut rest) = group(rest)?;
    let (module, level) = group.split_once(':').unwrap_or(("", group));
    let level = level.trim_end_matches(|c: char| c.is_ascii_digit());
    plain::severity(level).filter(|_| module.len() < 64)?;
    let mut draft = begin(moment, level, hints);
    if !module.is_empty() && module != "-" {
        draft.detail("module", module);
    }
    while let Some((inside, after)) = self::group(rest) {
        let (name, value) = inside.split_once(' ').unwrap_or((inside, ""));
        match name {
            "pid" => {
                let (pid, tid) = value.split_once(":tid ").unwrap_or((value, ""));
                draft.detail("pid", pid);
                draft.detail_some("tid", Some(tid).filter(|tid| !tid.is_empty()));
            }
            "client" | "remote" => client(value, &mut draft),
            _ => break,
        }
        rest = after;
    }
    if let Some((code, after)) = rest.split_once(": ").filter(|(code, _)| is_code(code)) {
        draft.detail("code", code);
        rest = after;
    }
    let mut message = rest;
    if let Some((before, referer)) = rest.rsplit_once(", referer: ") {
        draft.detail("referer", referer);
        message = before;
    }
    said(message, &mut draft);
    draft.event_mut().message = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
    Some(draft)
}

/// `AH01617`.
fn is_code(code: &str) -> bool {
    code.len() == 7 && code.starts_with("AH") && code.bytes().skip(2).all(|byte| byte.is_ascii_digit())
}

/// `[inside] rest`.
fn group(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((inside, rest.trim_start()))
}

/// An address, in Apache 2.4 with its port; IPv6 bare or in brackets.
fn client(value: &str, draft: &mut Draft) {
    let source = &mut draft.event_mut().source;
    if let Ok(address) = value.parse::<std::net::SocketAddr>() {
        source.ip = Some(address.ip().to_canonical());
        source.port = Some(address.port());
        return;
    }
    match value.rsplit_once(':') {
        // `2001:db8::1:50000`: Apache writes no brackets; the port is whatever follows the last colon.
        Some((address, port)) if value.parse::<std::net::IpAddr>().is_err() => {
            set_address(source, address);
            source.port = port.parse().ok();
        }
        _ => set_address(source, value),
    }
}

/// What Apache says about a request that it turned down.
fn said(message: &str, draft: &mut Draft) {
    if message.starts_with("Directory index forbidden by rule")
        || message.starts_with("client denied by server configuration")
    {
        return refused(Kind::HTTP_DENIED, draft);
    }
    let Some(rest) = message.strip_prefix("user ") else {
        return;
    };
    for sign in [": authentication failure for", " not found: "] {
        if let Some((name, _)) = rest.split_once(sign) {
            refused(Kind::AUTH_LOGIN_FAILED, draft);
            return name_actor(draft, name);
        }
    }
}

/// Another kind, with the severity that the line gives where that is more.
fn refused(kind: Kind, draft: &mut Draft) {
    let given = draft.event().severity;
    become_kind(draft, kind);
    let event = draft.event_mut();
    event.severity = event.severity.max(given);
}

/// `STAMP [LEVEL] PID#TID: *N message, client: …, server: …, request: "…", host: "…"`.
fn nginx(text: &str, hints: &Hints) -> Option<Draft> {
    let (stamp, rest) = text.split_at_checked(19)?;
    NaiveDateTime::parse_from_str(stamp, "%Y/%m/%d %H:%M:%S").ok()?;
    let moment = time::iso(stamp, hints)?;
    let (level, rest) = group(rest.strip_prefix(' ')?)?;
    plain::severity(level)?;
    let (process, rest) = rest.split_once(": ")?;
    let (pid, tid) = process.split_once('#')?;
    let (pid, tid) = (pid.parse::<u32>().ok()?, tid.parse::<u32>().ok()?);
    let mut draft = begin(moment, level, hints);
    draft.detail("pid", pid);
    draft.detail("tid", tid);
    let mut message = rest;
    if let Some((number, after)) = rest.strip_prefix('*').and_then(|rest| rest.split_once(' ')) {
        draft.detail("connection", number);
        message = after;
    }
    for (name, field) in [
        (", host: ", "cs-host"),
        (", upstream: ", "upstream"),
        (", request: ", "request"),
        (", server: ", "server"),
        (", client: ", "client"),
    ] {
        let Some((_, value)) = message.split_once(name) else {
            continue;
        };
        let end = value.find(", ").filter(|_| !value.starts_with('"'));
        let value = match value.strip_prefix('"') {
            Some(inside) => inside.split_once('"').map_or(inside, |(inside, _)| inside),
            None => end.and_then(|end| value.get(..end)).unwrap_or(value),
        };
        match field {
            "client" => client(value, &mut draft),
            _ => draft.detail(field, value),
        }
    }
    if message.starts_with("access forbidden by rule") {
        refused(Kind::HTTP_DENIED, &mut draft);
    } else if let Some((name, why)) = message
        .strip_prefix("user \"")
        .and_then(|rest| rest.split_once("\": ").or_else(|| rest.split_once("\" ")))
        && (why.starts_with("password mismatch") || why.starts_with("was not found"))
    {
        refused(Kind::AUTH_LOGIN_FAILED, &mut draft);
        name_actor(&mut draft, name);
    }
    draft.event_mut().message = Some(message.to_owned());
    Some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vigia_domain::event::{Severity, Status};

    fn line(text: &str) -> vigia_domain::Event {
        let hints = Hints::new("2026-11-20T12:00:00Z".parse().unwrap());
        read(text, &hints).unwrap().event().clone()
    }

    #[test]
    fn both_generations_of_apache_are_read() {
        let old = line(
            "[Sun Dec 04 05:15:09 2005] [error] [client 192.0.2.7] Directory index forbidden by rule: /var/www/html/",
        );
        assert_eq!(old.kind, Kind::HTTP_DENIED);
        assert_eq!(old.source.ip, Some([192, 0, 2, 7].into()));
        assert_eq!(old.time.to_rfc3339(), "2005-12-04T05:15:09+00:00");
        assert_eq!(old.details["level"], "error");
        let new = line(
            "[Wed Oct 11 14:32:52.123456 2000] [core:error] [pid 35708:tid 4328636416] [client 192.0.2.7:1234] AH00128: File does not exist: /usr/local/x, referer: http://example.com/",
        );
        assert_eq!((new.kind, new.severity), (Kind::APP_LOG, Severity::Medium));
        assert_eq!(
            (new.source.ip, new.source.port),
            (Some([192, 0, 2, 7].into()), Some(1234))
        );
        for (name, value) in [
            ("module", "core"),
            ("pid", "35708"),
            ("tid", "4328636416"),
            ("code", "AH00128"),
            ("referer", "http://example.com/"),
        ] {
            assert_eq!(new.details[name], value, "{name}");
        }
        let notice = line(
            "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties",
        );
        assert_eq!(
            (notice.kind, notice.severity, notice.status),
            (Kind::APP_LOG, Severity::Info, None)
        );
        assert_eq!(
            notice.message.as_deref(),
            Some("workerEnv.init() ok /etc/httpd/conf/workers2.properties")
        );
    }

    #[test]
    fn a_failed_sign_in_names_who_tried() {
        for text in [
            "[Wed Oct 11 14:32:52.123456 2000] [auth_basic:error] [pid 1] [client 192.0.2.7:1] AH01617: user ana: authentication failure for \"/private\": Password Mismatch",
            "[Wed Oct 11 14:32:52.123456 2000] [auth_basic:error] [pid 1] [client 192.0.2.7:1] AH01618: user ana not found: /private",
            "2015/05/17 10:05:03 [error] 7#7: *1 user \"ana\": password mismatch, client: 192.0.2.7, server: _, request: \"GET / HTTP/1.1\", host: \"example.com\"",
            "2015/05/17 10:05:03 [error] 7#7: *1 user \"ana\" was not found in \"/etc/nginx/htpasswd\", client: 192.0.2.7, server: _, request: \"GET / HTTP/1.1\"",
        ] {
            let event = line(text);
            assert_eq!(
                (event.kind, event.status),
                (Kind::AUTH_LOGIN_FAILED, Some(Status::Failure)),
                "{text}"
            );
            assert_eq!(event.actor.name.as_deref(), Some("ana"));
            assert_eq!(event.source.ip, Some([192, 0, 2, 7].into()));
        }
    }

    #[test]
    fn nginx_names_client_server_request_and_host() {
        let event = line(
            "2015/05/17 10:05:03 [error] 1234#5: *67 open() \"/srv/x\" failed (2: No such file or directory), client: 2001:db8::1, server: example.com, request: \"GET /x, y HTTP/1.1\", host: \"example.com\"",
        );
        assert_eq!((event.kind, event.severity), (Kind::APP_LOG, Severity::Medium));
        assert_eq!(
            event.source.ip.map(|ip| ip.to_string()).as_deref(),
            Some("2001:db8::1")
        );
        assert_eq!(event.details["request"], "GET /x, y HTTP/1.1");
        assert_eq!(event.details["server"], "example.com");
        assert_eq!(event.details["cs-host"], "example.com");
        assert_eq!(
            (&event.details["pid"], &event.details["tid"]),
            (&1234.into(), &5.into())
        );
    }

    #[test]
    fn another_line_is_left_to_others() {
        let hints = Hints::new(Timestamp::UNIX_EPOCH);
        for text in [
            "",
            "[",
            "[INFO] [AUTH] x",
            "[2026-02-17 10:00:00] [error] x",
            "[Sun Dec 04 05:15:09 2005] no level",
            "2015/05/17 10:05:03 [error] no process",
            "2015/05/17 10:05:03 plain",
        ] {
            assert!(read(text, &hints).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"(\[Sun Dec 04 05:15:09 2005\] \[(core:)?error\] |2015/05/17 10:05:03 \[error\] 1#2: |)[ -~é\[\]]{0,80}"#) {
            let _ = read(&text, &Hints::new(Timestamp::UNIX_EPOCH));
        }
    }
}
