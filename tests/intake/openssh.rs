//! Two thousand real lines of an OpenSSH server under attack, counted by hand elsewhere.

use crate::{events, hints, read};
use std::collections::BTreeMap;
use vigia_domain::{Event, Kind};
use vigia_intake::{Format, Hints};
use vigia_tests::shared;

fn log() -> Option<Vec<u8>> {
    let path = shared("data/logs/loghub/OpenSSH/OpenSSH_2k.log")?;
    Some(std::fs::read(path).expect("the log is readable"))
}

fn of(events: &[Event], kind: &Kind) -> Vec<Event> {
    events
        .iter()
        .filter(|event| event.kind == *kind)
        .cloned()
        .collect()
}

fn counted<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<(K, usize)> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

#[test]
fn the_log_holds_the_failures_addresses_and_names_that_it_is_known_to_hold() {
    let Some(log) = log() else { return };
    let events = events(read(&log, &hints(Format::Auto)));
    assert_eq!(
        events.len(),
        2_000 + 4 + 4,
        "two lines stand for five events each"
    );
    assert!(events.iter().all(|event| event.service == "sshd"));
    let failed = of(&events, &Kind::AUTH_LOGIN_FAILED);
    assert_eq!(failed.len(), 528);
    let addresses = counted(failed.iter().map(|event| event.source.ip.expect("an address")));
    assert_eq!(addresses.len(), 23);
    let top: Vec<(String, usize)> = addresses
        .iter()
        .take(4)
        .map(|(ip, count)| (ip.to_string(), *count))
        .collect();
    let expected = [
        ("183.62.140.253", 286),
        ("187.141.143.180", 80),
        ("103.99.0.122", 46),
        ("112.95.230.3", 26),
    ];
    assert_eq!(top, expected.map(|(ip, count)| (ip.to_owned(), count)));
    let names = counted(
        failed
            .iter()
            .map(|event| event.actor.name.clone().expect("a name")),
    );
    assert_eq!(names.len(), 63);
    assert_eq!(names[0], ("root".to_owned(), 378));
    assert!(
        names.iter().any(|(name, _)| name == " 0101"),
        "a name stays as it was typed"
    );
    assert!(failed.iter().all(|event| event.source.port.is_some()));

    let accepted = of(&events, &Kind::AUTH_LOGIN_SUCCEEDED);
    let [only] = accepted.as_slice() else {
        panic!("one sign-in, not {}", accepted.len());
    };
    assert_eq!(only.actor.name.as_deref(), Some("fztu"));
    assert_eq!(only.source.ip, Some([119, 137, 62, 142].into()));
    assert_eq!(
        only.time.to_rfc3339(),
        "2025-12-10T09:32:20+00:00",
        "the latest past December"
    );
    assert_eq!(of(&events, &Kind::NETWORK_NAME_MISMATCH).len(), 85);
}

#[test]
fn a_year_and_a_zone_move_every_time() {
    let Some(log) = log() else { return };
    let hints = Hints {
        year: Some(2015),
        zone: Some(chrono_tz::Asia::Hong_Kong),
        ..hints(Format::Sshd)
    };
    let events = events(read(&log, &hints));
    assert_eq!(events[0].time.to_rfc3339(), "2015-12-09T22:55:46+00:00");
}

#[test]
fn every_template_has_a_kind_and_no_person_or_address_stays_in_the_text_alone() {
    let Some(log) = log() else { return };
    let events = events(read(&log, &hints(Format::Auto)));
    for event in &events {
        let message = event.message.as_deref().expect("a message");
        assert_ne!(event.kind, Kind::SYSTEM_LOG, "{message}");
        let names_somebody = message.contains(" user=")
            || message.contains("nvalid user ")
            || message.contains(" for user ")
            || message.contains("failures for ")
            || message.starts_with("Failed ")
            || message.starts_with("Accepted ");
        assert_eq!(event.actor.name.is_some(), names_somebody, "{message}");
        let has_address = message
            .split([' ', '=', '[', ']', ':'])
            .any(|word| word.parse::<std::net::Ipv4Addr>().is_ok());
        let known = event.source.ip.is_some() || event.source.host.is_some();
        assert_eq!(known, has_address || message.contains("rhost="), "{message}");
        assert_eq!(event.details["host"], "LabSZ");
        assert!(event.details["pid"].is_u64());
    }
    let mut kinds = counted(events.iter().map(|event| event.kind.as_str().to_owned()));
    kinds.sort();
    let expected = [
        ("auth.attempts.exceeded", 3),
        ("auth.login.failed", 528),
        ("auth.login.succeeded", 1),
        ("auth.none.failed", 4),
        ("auth.pam.failed", 646),
        ("auth.session.closed", 1),
        ("auth.session.opened", 1),
        ("auth.user.invalid", 226),
        ("network.connection.closed", 502),
        ("network.connection.failed", 1),
        ("network.name.mismatch", 85),
        ("network.probe.seen", 10),
    ];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)));
}

#[test]
fn the_bytes_of_every_line_are_kept() {
    let Some(log) = log() else { return };
    let text = String::from_utf8(log.clone()).expect("this log is UTF-8");
    let mut events = events(read(&log, &hints(Format::Auto)));
    events.dedup_by(|one, other| one.raw == other.raw && one.details.contains_key("repeated"));
    let lines: Vec<&str> = text.lines().collect();
    let raws: Vec<&str> = events
        .iter()
        .map(|event| event.raw.as_text().expect("UTF-8"))
        .collect();
    assert_eq!(raws, lines);
}
