//! What OpenSSH's server says, by hand-written scanning: it is most of what an auth.log holds.
//!
//! Every message that names a person has them parsed into `actor`, so that what is said lies under
//! their key. One failed sign-in makes several lines; only `Failed password` and its like are
//! `auth.login.failed`, the others have kinds of their own, so nothing counts twice.

use crate::{Draft, pam};
use std::net::IpAddr;
use vigia_domain::Kind;
use vigia_domain::event::Source;

/// Fills in what a message says; `false` where it is not sshd's own.
pub(crate) fn describe(body: &str, draft: &mut Draft) -> bool {
    let mut text = body.trim_end();
    if let Some(before) = text.strip_suffix("[preauth]") {
        draft.detail("preauth", true);
        text = before.trim_end();
    }
    for level in ["error: ", "fatal: "] {
        if let Some(rest) = text.strip_prefix(level) {
            draft.detail("level", level.trim_end_matches(": "));
            text = rest;
        }
    }
    attempt(text, draft) || session(text, draft) || connection(text, draft) || pam::describe(text, draft)
}

/// Lines about one try to sign in.
fn attempt(text: &str, draft: &mut Draft) -> bool {
    if let Some(rest) = text.strip_prefix("Failed ") {
        return tried(rest, draft, |method| match method {
            "none" => Kind::AUTH_NONE_FAILED,
            _ => Kind::AUTH_LOGIN_FAILED,
        });
    }
    if let Some(rest) = text.strip_prefix("Accepted ") {
        return tried(rest, draft, |_| Kind::AUTH_LOGIN_SUCCEEDED);
    }
    if let Some(rest) = text.strip_prefix("Invalid user ") {
        become_kind(draft, Kind::AUTH_USER_INVALID);
        from(rest, draft);
        return true;
    }
    if let Some(name) = text.strip_prefix("input_userauth_request: invalid user ") {
        become_kind(draft, Kind::AUTH_USER_INVALID);
        name_actor(draft, name);
        return true;
    }
    if let Some((who, _)) = text
        .strip_prefix("User ")
        .and_then(|rest| rest.rsplit_once(" not allowed because"))
    {
        become_kind(draft, Kind::AUTH_USER_INVALID);
        from(who, draft);
        return true;
    }
    if let Some(rest) = text.strip_prefix("maximum authentication attempts exceeded for ") {
        become_kind(draft, Kind::AUTH_ATTEMPTS_EXCEEDED);
        from(whose(rest, draft), draft);
        return true;
    }
    if let Some(rest) = text
        .strip_prefix("Disconnecting: ")
        .unwrap_or(text)
        .strip_prefix("Too many authentication failures for ")
    {
        become_kind(draft, Kind::AUTH_ATTEMPTS_EXCEEDED);
        let name = whose(rest, draft);
        name_actor(draft, name);
        return true;
    }
    false
}

/// `password for [invalid user ]NAME from ADDRESS port N ssh2[: KEY]`.
fn tried(rest: &str, draft: &mut Draft, kind: fn(&str) -> Kind) -> bool {
    let Some((method, who)) = rest.split_once(" for ") else {
        return false;
    };
    become_kind(draft, kind(method));
    draft.detail("method", method);
    let who = whose(who, draft);
    from(who, draft);
    true
}

/// Lines about a session that was opened.
fn session(text: &str, draft: &mut Draft) -> bool {
    // PAM's own lines open and close the session; these name it again.
    if let Some((_, who)) = text
        .strip_prefix("Starting session: ")
        .and_then(|rest| rest.split_once(" for "))
        .or_else(|| text.strip_prefix("Close session: user ").map(|who| ("", who)))
        .or_else(|| {
            text.strip_prefix("Postponed ")
                .and_then(|rest| rest.split_once(" for "))
        })
    {
        let who = whose(who, draft);
        from(who, draft);
        return true;
    }
    false
}

/// Lines about the connection.
fn connection(text: &str, draft: &mut Draft) -> bool {
    if let Some(rest) = text.strip_prefix("Received disconnect from ") {
        become_kind(draft, Kind::NETWORK_CONNECTION_CLOSED);
        let (peer, reason) = rest.split_once(": ").unwrap_or((rest, ""));
        let (peer, code) = port_or_code(peer);
        peer_address(peer, draft);
        draft.detail_some("code", code);
        draft.detail_some("reason", Some(reason).filter(|reason| !reason.is_empty()));
        return true;
    }
    for (start, kind) in [
        ("Connection closed by ", Kind::NETWORK_CONNECTION_CLOSED),
        ("Disconnected from ", Kind::NETWORK_CONNECTION_CLOSED),
        ("Connection reset by ", Kind::NETWORK_CONNECTION_FAILED),
        (
            "Did not receive identification string from ",
            Kind::NETWORK_PROBE_SEEN,
        ),
        ("Unable to negotiate with ", Kind::NETWORK_CONNECTION_FAILED),
        ("banner exchange: Connection from ", Kind::NETWORK_PROBE_SEEN),
        (
            "ssh_dispatch_run_fatal: Connection from ",
            Kind::NETWORK_CONNECTION_FAILED,
        ),
        ("Disconnecting ", Kind::NETWORK_CONNECTION_CLOSED),
        ("Connection from ", Kind::NETWORK_CONNECTION_OPENED),
        (
            "Timeout, client not responding from ",
            Kind::NETWORK_CONNECTION_FAILED,
        ),
    ] {
        if let Some(rest) = text.strip_prefix(start) {
            let kind = match rest.contains("Too many authentication failures") {
                true => Kind::AUTH_ATTEMPTS_EXCEEDED,
                false => kind,
            };
            become_kind(draft, kind);
            peer(rest, draft);
            return true;
        }
    }
    if text.starts_with("Write failed: ") || text.starts_with("Read error from remote host") {
        become_kind(draft, Kind::NETWORK_CONNECTION_FAILED);
        return true;
    }
    if let Some((_, rest)) = text
        .strip_prefix("Bad protocol version identification ")
        .and_then(|rest| rest.rsplit_once(" from "))
    {
        become_kind(draft, Kind::NETWORK_PROBE_SEEN);
        peer(rest, draft);
        return true;
    }
    name_mismatch(text, draft)
}

/// The name of an address and the address of that name do not agree.
fn name_mismatch(text: &str, draft: &mut Draft) -> bool {
    let found = text
        .strip_prefix("reverse mapping checking getaddrinfo for ")
        .and_then(|rest| rest.split_once(" ["))
        .and_then(|(host, rest)| Some((host, rest.split_once(']')?.0)))
        .or_else(|| {
            let (address, rest) = text.strip_prefix("Address ")?.split_once(" maps to ")?;
            Some((rest.split_once(',').map_or(rest, |(host, _)| host), address))
        });
    let Some((host, address)) = found else {
        return false;
    };
    become_kind(draft, Kind::NETWORK_NAME_MISMATCH);
    set_address(&mut draft.event_mut().source, address);
    draft.event_mut().source.host = Some(host.to_owned());
    true
}

/// Another kind, with the severity and outcome that it brings.
pub(crate) fn become_kind(draft: &mut Draft, kind: Kind) {
    let event = draft.event_mut();
    event.severity = kind.default_severity();
    event.status = kind.default_status();
    event.kind = kind;
}

/// A tried user name, as written; also an e-mail where it is one.
pub(crate) fn name_actor(draft: &mut Draft, name: &str) {
    if name.trim().is_empty() {
        return;
    }
    let actor = &mut draft.event_mut().actor;
    if vigia_domain::person::emails_in(name)
        .next()
        .is_some_and(|found| found == name.trim().to_lowercase())
    {
        actor.email = Some(name.trim().to_owned());
    }
    actor.name = Some(name.to_owned());
}

/// Drops `invalid user ` before a name, and notes it.
fn whose<'a>(text: &'a str, draft: &mut Draft) -> &'a str {
    for unknown in ["invalid user ", "illegal user "] {
        if let Some(name) = text.strip_prefix(unknown) {
            draft.detail("invalid_user", true);
            return name;
        }
    }
    text
}

/// `NAME from ADDRESS[ port N][ …]`: the last `from`, for a name may hold one.
fn from(text: &str, draft: &mut Draft) {
    // An empty name leaves nothing before the word.
    let found = text
        .rsplit_once(" from ")
        .or_else(|| Some(("", text.strip_prefix("from ")?)));
    let Some((name, rest)) = found else {
        return name_actor(draft, text);
    };
    name_actor(draft, name);
    let rest = peer_address(rest, draft);
    let rest = rest.trim_start();
    if let Some((protocol, key)) = rest.split_once(": ") {
        draft.detail("protocol", protocol);
        draft.detail("key", key);
    } else if !rest.is_empty() {
        draft.detail("protocol", rest);
    }
}

/// `[[invalid|authenticating] user NAME ]ADDRESS[ port N][: …]`.
fn peer(text: &str, draft: &mut Draft) {
    let named = ["invalid user ", "authenticating user ", "user "]
        .into_iter()
        .find_map(|start| Some((start, text.strip_prefix(start)?)));
    let Some((start, rest)) = named else {
        peer_address(text, draft);
        return;
    };
    if start == "invalid user " {
        draft.detail("invalid_user", true);
    }
    // The address stands right before the port, so a name with blanks stays whole.
    let (before, after) = rest.split_once(" port ").unwrap_or((rest, ""));
    let (name, address) = before.rsplit_once(' ').unwrap_or(("", before));
    name_actor(draft, name);
    let source = &mut draft.event_mut().source;
    set_address(source, address);
    source.port = leading_number(after);
}

/// `ADDRESS[ port N]`; what follows.
fn peer_address<'a>(text: &'a str, draft: &mut Draft) -> &'a str {
    let source = &mut draft.event_mut().source;
    let (address, rest) = text.split_once(' ').unwrap_or((text, ""));
    set_address(source, address.trim_end_matches([':', ',']));
    let Some(after) = rest.strip_prefix("port ") else {
        return rest;
    };
    source.port = leading_number(after);
    after.trim_start_matches(|c: char| c.is_ascii_digit())
}

fn leading_number(text: &str) -> Option<u16> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

/// `192.0.2.1 port 22:11` or `192.0.2.1: 11`: the disconnect code apart.
fn port_or_code(peer: &str) -> (&str, Option<&str>) {
    match peer.rsplit_once(':') {
        Some((before, code)) if before.contains(" port ") => (before, Some(code)),
        _ => (peer, None),
    }
}

/// An address, or the host name that stands in its place.
pub(crate) fn set_address(source: &mut Source, text: &str) {
    let text = text.trim().trim_matches(['[', ']']);
    let (without_zone, _) = text.split_once('%').unwrap_or((text, ""));
    match without_zone.parse::<IpAddr>() {
        Ok(ip) => source.ip = Some(ip.to_canonical()),
        Err(_) if text.is_empty() || text == "UNKNOWN" => {}
        Err(_) => source.host = Some(text.to_owned()),
    }
}
