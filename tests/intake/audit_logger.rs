//! The calls of an `AuditLogger` as a document prints them: each becomes the record that it writes, and
//! no field of that is lost.

use crate::{events, hints, read};
use serde_json::{Map, Value, json};
use vigia_domain::event::Status;
use vigia_domain::{Event, Kind};
use vigia_intake::Format;
use vigia_tests::shared;

const SEED_002: &str = "seeds/002_395de23db251b4c1.txt";

/// The keyword arguments of every printed call; what is no literal gets a value of our own.
fn calls() -> Option<Vec<Map<String, Value>>> {
    let text = std::fs::read_to_string(shared(SEED_002)?).expect("the document is readable");
    let calls = text.split("await audit_logger.log(").skip(1).map(|rest| {
        let mut arguments = Map::new();
        for line in rest.lines().skip(1) {
            let line = line.trim().trim_end_matches(',');
            if line == ")" {
                break;
            }
            let (name, value) = line.split_once('=').expect("a keyword argument");
            arguments.insert(name.to_owned(), evaluated(value));
        }
        arguments
    });
    Some(calls.collect())
}

fn evaluated(value: &str) -> Value {
    let literal = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    match (literal, value) {
        (Some(text), _) => text.into(),
        (None, "None") => Value::Null,
        (None, "str(user.id)" | "user_id" | "gdpr_req.user_id") => {
            "550e8400-e29b-41d4-a716-446655440000".into()
        }
        (None, "current_user.get(\"sub\")") => "660f9511-f30c-42e5-b827-557766551111".into(),
        (None, "request.client.host") => "203.0.113.7".into(),
        (None, "{\"reason\": \"invalid_credentials\"}") => json!({"reason": "invalid_credentials"}),
        (None, "{\"error\": str(e)}") => json!({"error": "database is down"}),
        (None, "{\"gdpr_request_id\": request_id}") => json!({"gdpr_request_id": "r-1"}),
        (None, other) => panic!("{other} is printed and not understood here"),
    }
}

/// The entry that the printed `AuditLogger.log` makes of a call.
fn entry(call: &Map<String, Value>) -> Value {
    let given = |name: &str| call.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "event_type": given("event_type"),
        "user_id": given("user_id"),
        "resource_type": given("resource_type"),
        "resource_id": given("resource_id"),
        "action": given("action"),
        "status": call.get("status").cloned().unwrap_or(json!("success")),
        "ip_address": given("ip_address"),
        "created_at": "2026-02-01T10:30:00.123456+00:00",
        "details": call.get("details").cloned().unwrap_or(json!({})),
    })
}

/// The line that it sends to the log besides.
fn logged(call: &Map<String, Value>) -> Value {
    let python = |name: &str| match call.get(name) {
        Some(Value::String(text)) => text.clone(),
        _ => "None".to_owned(),
    };
    json!({
        "message": "audit_event",
        "event_type": call["event_type"],
        "user_id": call.get("user_id").cloned().unwrap_or(Value::Null),
        "action": call["action"],
        "resource": format!("{}:{}", python("resource_type"), python("resource_id")),
    })
}

fn one(body: &Value, format: Format) -> Event {
    let mut read = events(read(body.to_string().as_bytes(), &hints(format)));
    assert_eq!(read.len(), 1);
    read.remove(0)
}

/// Every field of a record is in the event: under its own name, or as the field that it became.
fn nothing_is_lost(record: &Value, event: &Event) {
    for (name, value) in record.as_object().expect("an object") {
        let moved = match name.as_str() {
            "ip_address" => event.source.ip.map(|ip| json!(ip.to_string())),
            "created_at" => Some(json!(event.time.to_rfc3339())),
            "message" => event.message.clone().map(Value::from),
            _ => None,
        };
        let kept = event.details.get(name).cloned().or(moved).unwrap_or(Value::Null);
        assert_eq!(&kept, value, "{name} of {record}");
    }
    let raw: Value = serde_json::from_slice(&event.raw.0).expect("raw stays JSON");
    assert_eq!(&raw, record, "nothing here is a secret");
}

fn kind_of(event_type: &str) -> Kind {
    match event_type {
        "login_failed" | "login_error" => Kind::AUTH_LOGIN_FAILED,
        "login_success" => Kind::AUTH_LOGIN_SUCCEEDED,
        "unauthorized_deletion_attempt" => Kind::ACCESS_DENIED,
        "gdpr_deletion_executed" => Kind::DATA_SUBJECT_ERASED,
        "gdpr_data_export" => Kind::DATA_SUBJECT_EXPORTED,
        other => panic!("{other} is printed and has no kind"),
    }
}

#[test]
fn every_printed_call_becomes_an_event_without_losing_a_field() {
    let Some(calls) = calls() else { return };
    assert_eq!(calls.len(), 6);
    for call in &calls {
        let record = entry(call);
        for format in [Format::Auto, Format::AuditJson, Format::Ndjson] {
            let event = one(&record, format);
            nothing_is_lost(&record, &event);
            let kind = kind_of(call["event_type"].as_str().expect("a text"));
            let failed = record["status"] != "success" || kind == Kind::ACCESS_DENIED;
            assert_eq!(event.kind, kind, "{record}");
            assert_eq!(
                event.status,
                Some(if failed { Status::Failure } else { Status::Success })
            );
            assert_eq!(event.actor.id.as_deref(), record["user_id"].as_str());
            assert_eq!(event.target.kind.as_deref(), record["resource_type"].as_str());
            assert_eq!(event.target.id.as_deref(), record["resource_id"].as_str());
            assert_eq!(event.source.ip.is_some(), !record["ip_address"].is_null());
            assert_eq!(event.time.to_rfc3339(), "2026-02-01T10:30:00.123456+00:00");
        }
    }
}

#[test]
fn the_copy_that_goes_to_the_log_says_the_same() {
    let Some(calls) = calls() else { return };
    for call in &calls {
        let (record, copy) = (entry(call), logged(call));
        let (event, copied) = (one(&record, Format::Auto), one(&copy, Format::Auto));
        nothing_is_lost(&copy, &copied);
        assert_eq!((&copied.kind, &copied.actor), (&event.kind, &event.actor));
        assert_eq!(
            (&copied.target.kind, &copied.target.id),
            (&event.target.kind, &event.target.id)
        );
    }
}

#[test]
fn a_secret_in_a_record_is_marked_where_it_stood_and_nothing_else_changes() {
    let Some(calls) = calls() else { return };
    let mut record = entry(&calls[0]);
    record["details"] =
        json!({"password": "hunter2", "token": "abcdef0123456789", "cpf": "529.982.247-25", "n": 1});
    let event = one(&record, Format::Auto);
    assert_eq!(
        event.details["details"],
        json!({"password": "[redacted:password]", "token": "[redacted:token]", "cpf": "[redacted:national-id]", "n": 1})
    );
    let raw: Value = serde_json::from_slice(&event.raw.0).expect("raw stays JSON");
    assert_eq!(raw["details"], event.details["details"]);
    assert_eq!(raw["event_type"], record["event_type"]);
}
