//! What the five documents print, as printed there, damaged accents included.

use crate::{events, hints, read};
use serde_json::{Value, json};
use vigia_domain::entry::{Entry, Group};
use vigia_domain::event::Status;
use vigia_domain::person::partition;
use vigia_domain::{Event, Kind};
use vigia_intake::Format;
use vigia_tests::shared;

/// The blocks between fences of a document.
fn blocks(path: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(shared(path)?).expect("the document is readable");
    let blocks = text.split("\n```").skip(1).step_by(2);
    Some(
        blocks
            .filter_map(|block| Some(block.split_once('\n')?.1.to_owned()))
            .collect(),
    )
}

fn block(path: &str, needle: &str) -> Option<String> {
    Some(
        blocks(path)?
            .into_iter()
            .find(|block| block.contains(needle))
            .expect("the block is there"),
    )
}

const SEED_001: &str = "seeds/001_450cf9b01bcc5061.txt";
const SEED_004: &str = "seeds/004_316500859eec7611.txt";

/// Every log line of seed 004; what is code or prose there is none.
fn auth_lines() -> Option<Vec<String>> {
    let lines = blocks(SEED_004)?.join("\n");
    let is_log =
        |line: &&str| line.contains("[AUTH]") && line.starts_with(|c: char| c == '[' || c.is_ascii_digit());
    Some(lines.lines().filter(is_log).map(str::to_owned).collect())
}

fn one(events: Vec<Event>) -> Event {
    let [event] = <[Event; 1]>::try_from(events).expect("one event");
    event
}

#[test]
fn every_printed_auth_line_is_known_and_complete() {
    let Some(lines) = auth_lines() else { return };
    assert_eq!(lines.len(), 25);
    let events = events(read(lines.join("\n").as_bytes(), &hints(Format::Auto)));
    assert_eq!(events.len(), lines.len());
    for (event, line) in events.iter().zip(&lines) {
        assert_eq!(event.raw.as_text(), Some(line.as_str()));
        assert_eq!(event.service, "api");
        assert_ne!(event.kind, Kind::APP_LOG, "{line}");
        assert_eq!(event.actor.email.is_some(), line.contains("Email: "), "{line}");
        assert_eq!(event.actor.id.is_some(), line.contains("UserID: "), "{line}");
        assert_eq!(event.actor.role.is_some(), line.contains("Role: "), "{line}");
        assert!(event.source.ip.is_some(), "{line}");
        assert_eq!(
            event.details.contains_key("Erro"),
            line.contains("Erro: "),
            "{line}"
        );
        let message = event.message.as_deref().expect("a message");
        assert!(!message.contains(['√', '∏', 'Ã']), "{message}");
    }
    let count = |kind: &Kind| events.iter().filter(|event| event.kind == *kind).count();
    assert_eq!(count(&Kind::AUTH_LOGIN_FAILED), 3 + 1 + 5 + 4);
    assert_eq!(count(&Kind::AUTH_LOGIN_SUCCEEDED), 1 + 3 + 1 + 2);
    assert_eq!(count(&Kind::AUTH_LOGIN_LIMITED), 1);
    assert_eq!(count(&Kind::ACCOUNT_REGISTERED), 2);
    assert_eq!(count(&Kind::ACCOUNT_PASSWORD_CHANGED), 1);
    assert_eq!(count(&Kind::AUTH_TOKEN_INVALID), 1);
}

#[test]
fn damaged_accents_and_countries_are_read_as_they_were_meant() {
    let Some(lines) = auth_lines() else { return };
    let events = events(read(lines.join("\n").as_bytes(), &hints(Format::Winston)));
    let failed = events
        .iter()
        .find(|event| event.details.contains_key("Erro"))
        .expect("a failure");
    assert_eq!(failed.details["Erro"], "Credenciais inválidas");
    assert_eq!(failed.time.to_rfc3339(), "2026-02-17T10:36:00+00:00");
    let far = events
        .iter()
        .find(|event| event.source.country.as_deref() == Some("CN"))
        .expect("China");
    assert_eq!(far.source.ip, Some([45, 123, 67, 89].into()));
    assert_eq!(far.details["note"], "⚠\u{fe0f}");
    let near = events
        .iter()
        .find(|event| event.source.country.as_deref() == Some("BR"))
        .expect("Brazil");
    assert_eq!(far.time - near.time, chrono::TimeDelta::minutes(10));
    assert_eq!(far.actor, near.actor);
}

#[test]
fn the_same_lines_as_winston_writes_them_to_its_file_say_the_same() {
    let Some(lines) = auth_lines() else { return };
    let plain = events(read(lines.join("\n").as_bytes(), &hints(Format::Auto)));
    let json: Vec<String> = lines
        .iter()
        .zip(&plain)
        .map(|(line, event)| {
            let message = line
                .get(line.find("[AUTH]").expect("the tag")..)
                .expect("the message");
            let time = event.time.format("%Y-%m-%d %H:%M:%S").to_string();
            json!({"level": "info", "message": message, "timestamp": time}).to_string()
        })
        .collect();
    let read = events(read(json.join("\n").as_bytes(), &hints(Format::Auto)));
    for (json, plain) in read.iter().zip(&plain) {
        assert_eq!(
            (&json.kind, &json.actor, &json.source),
            (&plain.kind, &plain.actor, &plain.source)
        );
        assert_eq!((json.time, &json.service), (plain.time, &plain.service));
        assert_eq!(json.message, plain.message);
    }
}

#[test]
fn the_printed_audit_record_goes_in_with_and_without_its_envelope_and_on_one_line() {
    let Some(printed) = block(SEED_001, "\"audit_log\"") else {
        return;
    };
    let value: Value = serde_json::from_str(&printed).expect("the document prints JSON");
    let bare = value["audit_log"].clone();
    let forms = [
        printed.clone(),
        value.to_string(),
        bare.to_string(),
        serde_json::to_string_pretty(&bare).expect("JSON"),
        json!([bare]).to_string(),
    ];
    for format in [Format::Auto, Format::AuditJson, Format::Ndjson] {
        for form in &forms {
            let event = one(events(read(form.as_bytes(), &hints(format))));
            assert_eq!(event.kind, Kind::USER_ROLE_CHANGED);
            assert_eq!(event.status, Some(Status::Success));
            assert_eq!(event.time.to_rfc3339(), "2024-01-20T10:30:00+00:00");
            assert_eq!(event.actor.email.as_deref(), Some("admin@example.com"));
            assert_eq!(event.target.name.as_deref(), Some("user123"));
            assert_eq!(event.target.kind.as_deref(), Some("user"));
            assert_eq!(
                serde_json::to_value(&event.changes).expect("JSON"),
                json!([{"field": "role", "old": "user", "new": "manager"}])
            );
            assert_eq!(event.source.ip, Some([192, 168, 1, 1].into()));
            assert_eq!(event.source.user_agent.as_deref(), Some("Mozilla/5.0..."));
            assert_eq!(event.details["action"], "role_update");
            let raw: Value = serde_json::from_slice(&event.raw.0).expect("raw stays JSON");
            assert!(raw == value || raw == bare);
        }
    }
}

#[test]
fn the_printed_structured_log_keeps_every_field() {
    let Some(printed) = block(SEED_001, "\"trace_id\"") else {
        return;
    };
    let event = one(events(read(printed.as_bytes(), &hints(Format::Auto))));
    assert_eq!(event.kind, Kind::APP_LOG);
    assert_eq!(event.service, "api");
    assert_eq!(event.trace_id.as_deref(), Some("abc123"));
    assert_eq!(event.message.as_deref(), Some("Request processed successfully"));
    assert_eq!(event.actor.id.as_deref(), Some("user123"));
    assert_eq!(event.time.to_rfc3339(), "2024-01-20T10:30:00+00:00");
    assert_eq!(event.details["level"], "info");
    assert_eq!(
        event.details["metadata"],
        json!({"user_id": "user123", "action": "template_creation", "duration_ms": 150})
    );
}

/// The event as an export gives it back: split into its sealed parts and opened again.
fn opened_again(event: &Event) -> Event {
    let entry = Entry {
        salt: [0; 16],
        id: event.id,
        time: event.time,
        recorded_at: event.time,
        kind: event.kind.clone(),
        class_uid: event.kind.class_uid(),
        activity_id: event.kind.activity_id(),
        severity: event.severity,
        status: event.status,
        service: event.service.clone(),
        country: event.source.country.clone(),
        count: event.count,
        aggregate: None,
        groups: Vec::new(),
    };
    let groups = partition(event).into_iter().map(|part| part.group.to_bytes());
    entry.open(groups.map(|bytes| Group::from_bytes(&bytes).expect("a group")))
}

#[test]
fn nothing_that_went_in_is_missing_when_it_comes_out() {
    let (Some(lines), Some(audit), Some(log)) = (
        auth_lines(),
        block(SEED_001, "\"audit_log\""),
        block(SEED_001, "\"trace_id\""),
    ) else {
        return;
    };
    let body = format!("{}\n{audit}\n{log}\n", lines.join("\n"));
    let events = events(read(body.as_bytes(), &hints(Format::Auto)));
    assert_eq!(events.len(), lines.len() + 2);
    for event in &events {
        assert_eq!(&opened_again(event), event);
        let raw = event.raw.as_text().expect("UTF-8");
        assert!(body.contains(raw), "nothing here must be redacted: {raw}");
        let json = serde_json::to_string(event).expect("JSON");
        let back: Event = serde_json::from_str(&json).expect("an event");
        assert_eq!(&back, event);
    }
}
