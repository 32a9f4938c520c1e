//! `[AUTH]` lines of applications that log with winston:
//! `2026-02-17 08:15:23 [INFO] [AUTH] Login falhou | Email: … | IP: … (China) | Erro: …`.
//!
//! Time and level may stand before the tag, the time also in a `Timestamp` field; winston's own
//! `info: [AUTH] …` and the short `10:30:00 - [AUTH] …` are read too.

use crate::sshd::{become_kind, set_address};
use crate::{Draft, Hints, country, plain, time};
use vigia_domain::event::Status;
use vigia_domain::{Kind, Timestamp};

/// The application that such lines come from, unless the sender names another.
pub(crate) const SERVICE: &str = "api";
const TAG: &str = "[AUTH]";

/// The event of an `[AUTH]` line; `None` where it is none.
pub(crate) fn read(text: &str, hints: &Hints) -> Option<Draft> {
    let (before, after) = text.split_once(TAG)?;
    let (moment, level) = prefix(before.trim(), hints)?;
    let service = hints.service.as_deref().unwrap_or(SERVICE);
    let mut draft = Draft::new(moment.unwrap_or(hints.received_at), Kind::APP_LOG, service);
    // What winston's simple format adds after the message is a JSON object.
    let after = match after.rsplit_once(" {") {
        Some((message, rest)) if rest.ends_with('}') => {
            let meta = serde_json::from_str(&format!("{{{rest}"));
            if let Ok(serde_json::Value::Object(meta)) = meta {
                for (name, value) in meta {
                    if let ("timestamp", Some(found)) =
                        (name.as_str(), value.as_str().and_then(|v| time::iso(v, hints)))
                    {
                        draft.event_mut().time = vigia_domain::clock::whole_micros(found);
                    }
                    draft.detail(&name, value);
                }
            }
            message
        }
        _ => after,
    };
    describe(after, level, hints, &mut draft);
    draft.event_mut().message = Some(format!("{TAG}{after}").trim().to_owned());
    Some(draft)
}

/// What an `[AUTH]` message says, wherever it was logged. `after` is what follows the tag.
pub(crate) fn describe(after: &str, level: Option<&str>, hints: &Hints, draft: &mut Draft) {
    let mut parts = after.split(" | ").map(str::trim);
    let what = parts.next().unwrap_or_default();
    let pairs: Vec<(&str, &str)> = parts
        .map(|part| {
            part.split_once(':')
                .map_or(("", part), |(n, v)| (n.trim(), v.trim()))
        })
        .collect();
    let failure = pairs
        .iter()
        .find(|(name, _)| *name == "Erro")
        .map_or("", |(_, value)| value);
    match kind_of(what, failure) {
        Some(kind) => become_kind(draft, kind),
        None => {
            if let Some(severity) = level.and_then(plain::severity) {
                draft.event_mut().severity = severity;
            }
        }
    }
    if let Some(level) = level {
        draft.detail("level", level);
    }
    let attempt = draft.event().kind.is_attempt() && draft.event().status == Some(Status::Failure);
    for (name, value) in pairs {
        field(name, value, attempt, hints, draft);
    }
}

/// By the words that do not depend on accents, which may be damaged beyond repair.
fn kind_of(what: &str, failure: &str) -> Option<Kind> {
    let what = what.to_lowercase();
    let starts = |start: &str| what.starts_with(start);
    Some(match () {
        () if starts("login bem-sucedido") || starts("login bem sucedido") => Kind::AUTH_LOGIN_SUCCEEDED,
        () if starts("login falhou") => Kind::AUTH_LOGIN_FAILED,
        () if starts("novo usu") && what.contains("registrado") => Kind::ACCOUNT_REGISTERED,
        () if starts("senha atualizada") => Kind::ACCOUNT_PASSWORD_CHANGED,
        () if starts("token") && (what.contains("expirado") || failure.contains("expired")) => {
            Kind::AUTH_TOKEN_EXPIRED
        }
        () if starts("token inv") => Kind::AUTH_TOKEN_INVALID,
        () if starts("rate limit atingido") => Kind::AUTH_LOGIN_LIMITED,
        () if starts("logout") => Kind::AUTH_LOGOUT,
        () => return None,
    })
}

fn field(name: &str, value: &str, attempt: bool, hints: &Hints, draft: &mut Draft) {
    if value.is_empty() {
        return;
    }
    let event = draft.event_mut();
    let actor = &mut event.actor;
    match name {
        "Email" if actor.email.is_none() => {
            actor.email = Some(value.to_owned());
            // A tried user name is also a name.
            if attempt {
                actor.name = Some(value.to_owned());
            }
        }
        "UserID" if actor.id.is_none() => actor.id = Some(value.to_owned()),
        "Role" if actor.role.is_none() => actor.role = Some(value.to_owned()),
        "IP" if event.source.ip.is_none() && event.source.host.is_none() => address(value, draft),
        "Timestamp" => match time::iso(value, hints) {
            Some(found) => event.time = vigia_domain::clock::whole_micros(found),
            None => draft.detail(name, value),
        },
        "" => draft.detail("note", value),
        _ => draft.detail(name, value),
    }
}

/// `45.123.67.89 (China) ⚠️`: the address, the country where it is known, the rest as a note.
fn address(value: &str, draft: &mut Draft) {
    let end = value.find(char::is_whitespace).unwrap_or(value.len());
    let (address, rest) = value.split_at_checked(end).unwrap_or((value, ""));
    set_address(&mut draft.event_mut().source, address);
    let mut note = rest.trim();
    if let Some((name, after)) = note.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        match country::code(name) {
            Some(code) => draft.event_mut().source.country = Some(code),
            None => draft.detail("country", name),
        }
        note = after.trim();
    }
    if !note.is_empty() {
        draft.detail("note", note);
    }
}

/// What may stand before the tag: a time, a level, both or neither. Anything else is another line
/// that happens to hold the tag.
fn prefix<'a>(before: &'a str, hints: &Hints) -> Option<(Option<Timestamp>, Option<&'a str>)> {
    let (moment, rest) = match time::leading(before, hints) {
        Some((moment, rest)) => (Some(moment), rest),
        None => match before.get(..8).and_then(time::clock) {
            Some(clock) => (
                time::latest_day(clock, hints),
                before.get(8..).unwrap_or_default(),
            ),
            None => (None, before),
        },
    };
    let rest = rest.trim_matches([' ', '-']);
    let level = rest.trim_start_matches('[').trim_end_matches([']', ':']);
    match level {
        "" => Some((moment, None)),
        _ => plain::severity(level).map(|_| (moment, Some(level))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Draft {
        read(text, &Hints::new("2026-02-18T12:00:00Z".parse().unwrap())).unwrap()
    }

    #[test]
    fn each_kind_of_line_is_known() {
        for (what, kind) in [
            (
                "Login bem-sucedido | Email: a@example.com",
                Kind::AUTH_LOGIN_SUCCEEDED,
            ),
            ("Login falhou | Email: a@example.com", Kind::AUTH_LOGIN_FAILED),
            (
                "Novo usuário registrado | Email: a@example.com",
                Kind::ACCOUNT_REGISTERED,
            ),
            (
                "Senha atualizada | Email: a@example.com",
                Kind::ACCOUNT_PASSWORD_CHANGED,
            ),
            (
                "Token inválido detectado | IP: 192.0.2.7 | Erro: jwt malformed",
                Kind::AUTH_TOKEN_INVALID,
            ),
            (
                "Token inválido detectado | IP: 192.0.2.7 | Erro: jwt expired",
                Kind::AUTH_TOKEN_EXPIRED,
            ),
            (
                "Rate limit atingido | Email: a@example.com",
                Kind::AUTH_LOGIN_LIMITED,
            ),
            ("Algo novo | Email: a@example.com", Kind::APP_LOG),
        ] {
            assert_eq!(
                line(&format!("[WARN] [AUTH] {what}")).event().kind,
                kind,
                "{what}"
            );
        }
    }

    #[test]
    fn time_and_level_may_stand_before_the_tag_or_behind() {
        for (text, time) in [
            (
                "2026-02-17 08:15:23 [INFO] [AUTH] Login falhou",
                "2026-02-17T08:15:23+00:00",
            ),
            (
                "[INFO] [AUTH] Login falhou | Timestamp: 2026-02-17T10:36:00.000Z",
                "2026-02-17T10:36:00+00:00",
            ),
            ("10:30:00 - [AUTH] Login falhou", "2026-02-18T10:30:00+00:00"),
            (
                "warn: [AUTH] Login falhou {\"timestamp\":\"2026-02-17 10:00:00\"}",
                "2026-02-17T10:00:00+00:00",
            ),
            ("[AUTH] Login falhou", "2026-02-18T12:00:00+00:00"),
        ] {
            assert_eq!(line(text).event().time.to_rfc3339(), time, "{text}");
        }
    }

    #[test]
    fn every_field_lands_where_it_belongs() {
        let draft = line(
            "[INFO] [AUTH] Login bem-sucedido | Email: joao@example.com | UserID: 123 | Role: user | IP: 198.51.100.9 (China) ⚠️ | Extra: x: y",
        );
        let event = draft.event();
        assert_eq!(event.service, "api");
        assert_eq!(event.actor.email.as_deref(), Some("joao@example.com"));
        assert_eq!(event.actor.name, None);
        assert_eq!(event.actor.id.as_deref(), Some("123"));
        assert_eq!(event.actor.role.as_deref(), Some("user"));
        assert_eq!(event.source.ip, Some([198, 51, 100, 9].into()));
        assert_eq!(event.source.country.as_deref(), Some("CN"));
        assert_eq!(event.details["note"], "⚠️");
        assert_eq!(event.details["Extra"], "x: y");
        assert_eq!(event.details["level"], "INFO");
        let failed =
            line("[WARN] [AUTH] Login falhou | Email: joao@example.com | Erro: Credenciais inválidas");
        assert_eq!(failed.event().actor.name.as_deref(), Some("joao@example.com"));
        assert_eq!(failed.event().details["Erro"], "Credenciais inválidas");
    }

    #[test]
    fn what_winston_prints_in_colour_on_a_terminal_is_read() {
        let printed = "\u{1b}[33mwarn\u{1b}[39m: [AUTH] Login falhou | Email: a@example.com";
        let draft = line(&crate::text::read(printed.as_bytes()));
        assert_eq!(draft.event().kind, Kind::AUTH_LOGIN_FAILED);
        assert_eq!(draft.event().details["level"], "warn");
    }

    #[test]
    fn a_line_that_only_mentions_the_tag_is_another() {
        let hints = Hints::new("2026-02-18T12:00:00Z".parse().unwrap());
        assert!(read("grep \"[AUTH] Login falhou\" combined.log", &hints).is_none());
        assert!(read("nothing", &hints).is_none());
    }
}
