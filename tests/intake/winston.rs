//! What the printed configuration of winston's logger writes: coloured `simple()` lines on the terminal,
//! JSON lines in the files, with times that name no zone.

use crate::{events, hints, read};
use serde_json::json;
use vigia_domain::event::Severity;
use vigia_domain::{Event, Kind};
use vigia_intake::{Format, Hints};

fn lines(text: &str, format: Format) -> Vec<Event> {
    events(read(text.as_bytes(), &hints(format)))
}

/// `colorize()` and `simple()` of logform, for one record.
fn coloured(level: &str, message: &str, timestamp: &str) -> String {
    let colour = match level {
        "info" => 32,
        "warn" => 33,
        _ => 31,
    };
    format!("\u{1b}[{colour}m{level}\u{1b}[39m: {message} {{\"timestamp\":\"{timestamp}\"}}")
}

const AUTH: &str =
    "[AUTH] Login falhou | Email: joao@example.com | IP: 203.0.113.7 | Erro: Credenciais inválidas";

#[test]
fn the_terminal_and_the_file_say_the_same() {
    for (level, message, kind) in [
        ("warn", AUTH, Kind::AUTH_LOGIN_FAILED),
        ("error", "Banco de dados offline", Kind::APP_LOG),
        ("info", "Servidor na porta 3000", Kind::APP_LOG),
    ] {
        let stamp = "2026-02-17 10:36:00";
        let file = json!({"level": level, "message": message, "timestamp": stamp}).to_string();
        for format in [Format::Auto, Format::Winston] {
            let seen = lines(&coloured(level, message, stamp), format).remove(0);
            let kept = lines(&file, format).remove(0);
            assert_eq!((&seen.kind, &kept.kind), (&kind, &kind), "{message}");
            assert_eq!((seen.time, seen.severity), (kept.time, kept.severity));
            assert_eq!((&seen.actor, &seen.source), (&kept.actor, &kept.source));
            assert_eq!(seen.message, kept.message);
            assert_eq!(seen.details["level"], level);
            assert!(
                seen.raw.as_text().expect("UTF-8").contains('\u{1b}'),
                "the bytes stay"
            );
        }
    }
    let offline = lines(
        &coloured("error", "Banco de dados offline", "2026-02-17 10:36:00"),
        Format::Auto,
    );
    assert_eq!(offline[0].severity, Severity::Medium);
}

#[test]
fn a_time_without_a_zone_is_in_the_hinted_one() {
    let zone = Hints {
        zone: Some(chrono_tz::America::Sao_Paulo),
        ..hints(Format::Winston)
    };
    for body in [
        coloured("warn", AUTH, "2026-02-17 10:36:00"),
        json!({"level": "warn", "message": AUTH, "timestamp": "2026-02-17 10:36:00"}).to_string(),
        format!("2026-02-17 10:36:00 [WARN] {AUTH}"),
    ] {
        let event = events(read(body.as_bytes(), &zone)).remove(0);
        assert_eq!(event.time.to_rfc3339(), "2026-02-17T13:36:00+00:00", "{body}");
    }
}

#[test]
fn logstash_metadata_and_errors_with_a_stack_are_understood() {
    let logstash = json!({"@fields": {"level": "error", "user": "ana@example.com"}, "@message": "offline",
        "@timestamp": "2026-02-17T10:36:00.000Z"});
    let nested = json!({"level": "error", "message": "offline",
        "metadata": {"timestamp": "2026-02-17 10:36:00", "user_id": "7"}});
    let stack = json!({"level": "error", "message": "offline", "timestamp": "2026-02-17 10:36:00",
        "stack": "Error: offline\n    at Object.<anonymous> (/app/db.js:1:7)"});
    for record in [&logstash, &nested, &stack] {
        let event = lines(&record.to_string(), Format::Winston).remove(0);
        assert_eq!(event.kind, Kind::APP_LOG);
        assert_eq!(event.severity, Severity::Medium, "{record}");
        assert_eq!(event.message.as_deref(), Some("offline"));
        assert_eq!(event.time.to_rfc3339(), "2026-02-17T10:36:00+00:00");
    }
    let kept = lines(&stack.to_string(), Format::Auto).remove(0);
    assert_eq!(kept.details["stack"], stack["stack"]);
    let auth =
        json!({"@fields": {"level": "warn"}, "@message": AUTH, "@timestamp": "2026-02-17T10:36:00.000Z"});
    assert_eq!(
        lines(&auth.to_string(), Format::Auto)[0].kind,
        Kind::AUTH_LOGIN_FAILED
    );
}

#[test]
fn pretty_printed_records_are_one_event_each() {
    let printed = "{\n  level: 'warn',\n  message: '[AUTH] Login falhou | Email: joao@example.com | IP: 203.0.113.7 | Erro: x',\n  \
        timestamp: '2026-02-17 10:36:00',\n  [Symbol(level)]: 'warn'\n}\n";
    let short = "{ level: 'error', message: 'offline', timestamp: '2026-02-17 10:36:00' }\n";
    let other = "{\n  not: this\n}\n";
    let events = lines(&format!("{printed}{short}{printed}{other}"), Format::Auto);
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    let failed = "auth.login.failed";
    let log = "system.log";
    assert_eq!(
        kinds,
        [failed, "app.log", failed, log, log, log],
        "what is no record stays lines"
    );
    assert_eq!(events[0].raw.as_text(), Some(printed.trim_end()));
    assert_eq!(events[0].actor.email.as_deref(), Some("joao@example.com"));
    assert_eq!(events[1].severity, Severity::Medium);
    assert_eq!(events[1].time.to_rfc3339(), "2026-02-17T10:36:00+00:00");
}
