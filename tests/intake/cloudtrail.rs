//! An attack simulation recorded by AWS CloudTrail, and other people's records.

use crate::{events, hints, log::logs_in, read};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use vigia_domain::event::Status;
use vigia_domain::{Event, Kind};
use vigia_intake::{Format, Line};
use vigia_tests::shared;

/// The files of the simulation, without what was computed from them.
fn files() -> Option<Vec<PathBuf>> {
    let mut files = logs_in("data/logs/cloudtrail-invictus", &["json"])?;
    files.retain(|path| path.to_string_lossy().contains("_CloudTrail_"));
    assert_eq!(files.len(), 55);
    Some(files)
}

fn bytes(path: &PathBuf) -> Vec<u8> {
    std::fs::read(path).expect("the file is readable")
}

fn all() -> Option<Vec<Event>> {
    let files = files()?;
    Some(
        files
            .iter()
            .flat_map(|path| events(read(&bytes(path), &hints(Format::Auto))))
            .collect(),
    )
}

#[test]
fn every_one_of_two_thousand_nine_hundred_events_is_taken_once() {
    let Some(events) = all() else { return };
    assert_eq!(events.len(), 2_900);
    let ids: BTreeSet<&str> = events
        .iter()
        .map(|event| event.details["eventID"].as_str().expect("an id"))
        .collect();
    let mut printed = BTreeSet::new();
    let mut records = 0;
    for path in files().expect("they are there") {
        let file: Value = serde_json::from_slice(&bytes(&path)).expect("JSON");
        for record in file["Records"].as_array().expect("records") {
            records += 1;
            printed.insert(record["eventID"].as_str().expect("an id").to_owned());
        }
    }
    assert_eq!((records, ids.len()), (2_900, printed.len()));
    let times: Vec<_> = events.iter().map(|event| event.time).collect();
    let ends = (
        times.iter().min().expect("events"),
        times.iter().max().expect("events"),
    );
    assert_eq!(ends.0.to_rfc3339(), "2023-07-10T11:42:18+00:00");
    assert_eq!(ends.1.to_rfc3339(), "2023-07-10T12:37:50+00:00");
    let by_bert = |event: &&Event| event.actor.name.as_deref() == Some("bert-jan");
    assert_eq!(
        events.iter().filter(by_bert).count(),
        2_641 + 1,
        "one of them without an ARN"
    );
}

#[test]
fn every_field_of_every_record_stands_under_its_own_name() {
    let Some(events) = all() else { return };
    let mut printed = BTreeMap::new();
    for path in files().expect("they are there") {
        let file: Value = serde_json::from_slice(&bytes(&path)).expect("JSON");
        for record in file["Records"].as_array().expect("records") {
            printed.insert(record["eventID"].to_string(), record.clone());
        }
    }
    for event in &events {
        let record = &printed[&event.details["eventID"].to_string()];
        same_but_redacted(record, &Value::Object(event.details.clone()), "");
        assert_eq!(event.service, "aws");
        assert!(event.source.ip.is_some() || event.source.host.is_some());
        assert!(event.actor.name.is_some(), "{record}");
        let failed = record.get("errorCode").is_some();
        assert_eq!(event.status == Some(Status::Failure), failed, "{record}");
    }
}

/// Equal, but for values that were marked; those stand under the names of secrets.
fn same_but_redacted(printed: &Value, kept: &Value, name: &str) {
    match (printed, kept) {
        (Value::Object(printed), Value::Object(kept)) => {
            let names = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(printed), names(kept));
            for (name, value) in printed {
                same_but_redacted(value, &kept[name], name);
            }
        }
        (Value::Array(printed), Value::Array(kept)) => {
            assert_eq!(printed.len(), kept.len());
            for (one, other) in printed.iter().zip(kept) {
                same_but_redacted(one, other, name);
            }
        }
        (Value::String(_), Value::String(mark)) if mark.starts_with("[redacted:") => {
            let name = name.to_lowercase();
            assert!(name.ends_with("token") || name.ends_with("password"), "{name}");
        }
        _ => assert_eq!(printed, kept, "{name}"),
    }
}

#[test]
fn what_an_analyst_looks_for_has_a_kind_of_its_own() {
    let Some(events) = all() else { return };
    let count = |kind: &Kind| events.iter().filter(|event| event.kind == *kind).count();
    assert_eq!(count(&Kind::AUTH_LOGIN_SUCCEEDED), 2);
    assert_eq!(count(&Kind::CLOUD_API_DENIED), 44 + 16);
    for kind in [
        Kind::AUTH_ROLE_ASSUMED,
        Kind::ACCOUNT_CREATED,
        Kind::ACCOUNT_DELETED,
        Kind::ACCOUNT_KEY_CREATED,
        Kind::ACCOUNT_POLICY_ATTACHED,
        Kind::CLOUD_LOGGING_STOPPED,
        Kind::CLOUD_API_READ,
        Kind::CLOUD_API_CREATE,
        Kind::CLOUD_API_UPDATE,
        Kind::CLOUD_API_DELETE,
    ] {
        assert!(count(&kind) > 0, "{kind}");
    }
}

#[test]
fn the_whole_simulation_as_one_body_loses_nothing_whatever_the_chunks() {
    let Some(files) = files() else { return };
    let body: Vec<u8> = files.iter().flat_map(bytes).collect();
    assert!(body.len() > 3_000_000, "far longer than a line may be");
    let mut reader = vigia_intake::Reader::new(hints(Format::Cloudtrail));
    let mut lines = 0;
    for chunk in body.chunks(7_919) {
        lines += reader.push(chunk).len();
    }
    lines += reader.finish().len();
    assert_eq!(lines, 2_900);
}

#[test]
fn records_of_others_are_taken_in_every_shape_they_come_in() {
    let Some(files) = logs_in("data/logs/stratus-red-team", &["json"]) else {
        return;
    };
    let mut taken = 0;
    for path in files
        .iter()
        .filter(|path| !path.ends_with("PEER_RESULTS_rsigma-0.23.0_sigma-aws-57rules.json"))
    {
        let records: Value = serde_json::from_slice(&bytes(path)).expect("JSON");
        let expected = records.as_array().expect("an array").len();
        let read = events(read(&bytes(path), &hints(Format::Cloudtrail)));
        assert_eq!(read.len(), expected, "{}", path.display());
        taken += read.len();
    }
    assert_eq!(taken, 275);
    let path = shared("data/logs/panther-analysis/aws_cloudtrail.ndjson").expect("it is there");
    let text = std::fs::read_to_string(path).expect("text");
    let mut records = 0;
    for line in text.lines() {
        let labelled: Value = serde_json::from_str(line).expect("JSON");
        let record = labelled["log"].to_string();
        for format in [Format::Auto, Format::Cloudtrail] {
            let lines = read(record.as_bytes(), &hints(format));
            let refused = lines.iter().any(|line| matches!(line, Line::Rejected { .. }));
            let complete = ["eventName", "eventSource"]
                .iter()
                .all(|name| labelled["log"][name].is_string());
            assert!(
                !refused || (format == Format::Cloudtrail && !complete),
                "{record}"
            );
        }
        records += 1;
    }
    assert_eq!(records, 364);
}
