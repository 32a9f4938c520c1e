//! The sample is read by the reader like any other body, and holds what it promises.

use super::*;
use crate::{Hints, Line, Reader};
use std::collections::BTreeSet;
use vigia_domain::{Event, Kind};

fn now() -> Timestamp {
    "2026-11-20T12:34:56Z".parse().unwrap()
}

fn events(now: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    for file in generate(now) {
        let hints = Hints {
            format: file.format,
            service: Some(file.service.to_owned()),
            ..Hints::new(now)
        };
        let mut reader = Reader::new(hints);
        let mut lines = reader.push(file.lines.as_bytes());
        lines.extend(reader.finish());
        for line in lines {
            match line {
                Line::Events { events: drafts, .. } => {
                    events.extend(drafts.iter().map(|draft| draft.event().clone()))
                }
                Line::Rejected { line, reason, .. } => panic!("{} line {line}: {reason}", file.service),
            }
        }
    }
    events
}

fn count(events: &[Event], kind: &Kind) -> usize {
    events.iter().filter(|event| event.kind == *kind).count()
}

#[test]
fn the_same_moment_gives_the_same_week_and_another_moves_it() {
    assert_eq!(generate(now()), generate(now()));
    assert_ne!(generate(now()), generate(now() + TimeDelta::hours(1)));
}

#[test]
fn the_week_is_large_enough_to_look_real_and_lies_in_the_past() {
    for now in [
        now(),
        "2027-01-02T00:00:30Z".parse().unwrap(),
        "2028-03-01T03:00:00Z".parse().unwrap(),
    ] {
        let events = events(now);
        assert!((3_000..12_000).contains(&events.len()), "{}", events.len());
        assert!(
            events
                .iter()
                .all(|event| event.time <= now && event.time > now - TimeDelta::days(8))
        );
        let services: BTreeSet<&str> = events.iter().map(|event| event.service.as_str()).collect();
        for service in ["api", "portal", "sshd", "billing", "reports", "worker"] {
            assert!(services.contains(service), "{service}");
        }
    }
}

#[test]
fn the_three_attacks_lie_within_the_last_day() {
    let recent: Vec<Event> = events(now())
        .into_iter()
        .filter(|event| event.time > now() - TimeDelta::days(1))
        .collect();
    let from = |address: &str| -> Vec<Event> {
        let address = address.parse().unwrap();
        recent
            .iter()
            .filter(|event| event.source.ip == Some(address))
            .cloned()
            .collect()
    };
    let forced = from("203.0.113.66");
    assert_eq!(count(&forced, &Kind::AUTH_LOGIN_FAILED), 45);
    assert_eq!(count(&forced, &Kind::AUTH_LOGIN_LIMITED), 27);
    let stuffed = from("203.0.113.145");
    assert_eq!(count(&stuffed, &Kind::AUTH_LOGIN_FAILED), 89);
    assert_eq!(count(&stuffed, &Kind::AUTH_LOGIN_SUCCEEDED), 1);
    assert_eq!(count(&stuffed, &Kind::USER_ROLE_CHANGED), 1);
    let far = recent
        .iter()
        .find(|event| event.source.country.as_deref() == Some("CN"))
        .unwrap();
    let near = recent
        .iter()
        .find(|event| event.source.country.as_deref() == Some("BR"))
        .unwrap();
    assert_eq!(far.actor, near.actor);
    assert_eq!(far.time - near.time, TimeDelta::minutes(10));
    let small_hours = recent.iter().filter(|event| {
        let hour = event.time.with_timezone(&chrono_tz::America::Sao_Paulo).hour();
        let own_address = event
            .source
            .ip
            .is_some_and(|ip| ip.to_string().starts_with("198.51.100."));
        event.service == "api" && event.kind == Kind::AUTH_LOGIN_SUCCEEDED && own_address && hour == 3
    });
    assert_eq!(small_hours.count(), 3);
}

#[test]
fn people_work_by_day_and_nobody_real_stands_in_it() {
    let events = events(now());
    let local = |event: &&Event| event.time.with_timezone(&chrono_tz::America::Sao_Paulo).hour();
    let by_day = events
        .iter()
        .filter(|event| event.service == "portal" && (8..18).contains(&local(event)))
        .count();
    let by_night = events
        .iter()
        .filter(|event| event.service == "portal" && local(event) < 6)
        .count();
    assert!(
        by_day > 20 * (by_night + 1),
        "{by_day} by day, {by_night} by night"
    );
    let text = generate(now())
        .into_iter()
        .map(|file| file.lines)
        .collect::<String>();
    for address in vigia_domain::person::emails_in(&text) {
        assert!(address.ends_with("@example.com"), "{address}");
    }
    for event in &events {
        if let Some(std::net::IpAddr::V4(address)) = event.source.ip {
            assert!(address.is_documentation(), "{address}");
        }
        assert!(event.source.host.is_none());
        assert!(
            !event.raw.as_text().unwrap().contains("[redacted"),
            "{:?}",
            event.raw.as_text()
        );
    }
}
