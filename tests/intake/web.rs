//! Ten thousand requests to a web server, and two thousand lines of another one's error log.

use crate::{events, hints, read};
use std::collections::BTreeMap;
use vigia_domain::event::{Severity, Status};
use vigia_domain::{Event, Kind};
use vigia_intake::Format;
use vigia_tests::shared;

fn bytes(path: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(shared(path)?).expect("the log is readable"))
}

#[test]
fn every_request_is_taken_apart_and_the_counts_are_the_known_ones() {
    let Some(log) = bytes("data/logs/elastic-examples/apache_access.log") else {
        return;
    };
    for format in [Format::Auto, Format::Combined] {
        let events = events(read(&log, &hints(format)));
        assert_eq!(events.len(), 10_000);
        let mut statuses: BTreeMap<u64, usize> = BTreeMap::new();
        let mut addresses = std::collections::BTreeSet::new();
        for event in &events {
            *statuses
                .entry(event.details["sc-status"].as_u64().expect("a status"))
                .or_default() += 1;
            addresses.insert(event.source.ip.expect("an address"));
            assert_eq!(event.service, "web");
            assert!(event.details.contains_key("cs-method"), "{:?}", event.message);
            assert!(event.details.contains_key("cs-uri-stem"));
            let failed = event.details["sc-status"].as_u64() >= Some(400);
            assert_eq!(event.status == Some(Status::Failure), failed);
        }
        let expected = [
            (200, 9126),
            (206, 45),
            (301, 164),
            (304, 445),
            (403, 2),
            (404, 213),
            (416, 2),
            (500, 3),
        ];
        assert_eq!(statuses, BTreeMap::from(expected));
        assert_eq!(addresses.len(), 1_753);
        let kind = |kind: &Kind| events.iter().filter(|event| event.kind == *kind).count();
        assert_eq!(
            [
                Kind::HTTP_SERVED,
                Kind::HTTP_DENIED,
                Kind::HTTP_REFUSED,
                Kind::HTTP_FAILED
            ]
            .map(|wanted| kind(&wanted)),
            [9126 + 45 + 164 + 445, 2, 213 + 2, 3]
        );
        assert_eq!(events[0].time.to_rfc3339(), "2015-05-17T10:05:03+00:00");
    }
}

#[test]
fn the_error_log_holds_the_levels_and_clients_that_it_is_known_to_hold() {
    let Some(log) = bytes("data/logs/loghub/Apache/Apache_2k.log") else {
        return;
    };
    for format in [Format::Auto, Format::WebError] {
        let events = events(read(&log, &hints(format)));
        assert_eq!(events.len(), 2_000);
        let count = |test: &dyn Fn(&Event) -> bool| events.iter().filter(|event| test(event)).count();
        assert_eq!(count(&|event| event.details["level"] == "notice"), 1_405);
        assert_eq!(count(&|event| event.details["level"] == "error"), 595);
        assert_eq!(count(&|event| event.severity == Severity::Medium), 595);
        assert_eq!(count(&|event| event.kind == Kind::HTTP_DENIED), 32);
        assert_eq!(count(&|event| event.source.ip.is_some()), 32);
        let broken = "mod_jk child workerEnv in error state 6";
        assert_eq!(count(&|event| event.message.as_deref() == Some(broken)), 369);
        assert_eq!(events[0].time.to_rfc3339(), "2005-12-04T04:47:44+00:00");
    }
}
