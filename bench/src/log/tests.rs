//! The generated log is what it is said to be, and the platform reads all of it.

use super::*;
use std::collections::BTreeSet;
use vigia_domain::event::Severity;
use vigia_intake::{Format, Hints, Line, Reader};

const SAMPLE: u64 = 20_000;
/// How long a line is on average, its end included, in bytes.
const LINE_BYTES: u64 = 397;

fn lines(numbers: impl Iterator<Item = u64>, log: &Log) -> String {
    let mut text = String::new();
    numbers.for_each(|number| log.line(number, &mut text));
    text
}

#[test]
fn a_line_has_397_bytes_on_average() {
    let log = Log::new(SAMPLE);
    let bytes = lines(0..SAMPLE, &log).len() as u64;
    let average = (bytes + SAMPLE / 2) / SAMPLE;
    assert_eq!(average, LINE_BYTES, "{bytes} bytes");
}

#[test]
fn a_line_is_the_same_whatever_was_asked_before() {
    let log = Log::new(SAMPLE);
    let both = lines([7, 4_711].into_iter(), &log);
    assert_eq!(
        lines([4_711].into_iter(), &Log::new(SAMPLE)),
        both.lines().nth(1).unwrap().to_owned() + "\n"
    );
}

#[test]
fn times_ascend_over_ninety_days_and_go_on() {
    let log = Log::new(SAMPLE);
    let text = lines(0..SAMPLE + 10, &log);
    let times: Vec<Timestamp> = text
        .lines()
        .map(|line| line.split('"').nth(3).unwrap().parse().unwrap())
        .collect();
    assert!(times.is_sorted());
    assert_eq!(times[0].date_naive(), days_before_end(DAYS).date_naive());
    assert!(times[usize::try_from(SAMPLE).unwrap() - 1] < end());
    assert!(*times.last().unwrap() > end());
}

#[test]
fn the_rare_word_is_rare_and_accounts_and_addresses_are_many() {
    let log = Log::new(10_000_000);
    assert!(
        lines([77_777, 9_077_777].into_iter(), &log)
            .lines()
            .all(|line| line.contains(RARE_WORD))
    );
    assert!(!lines(0..SAMPLE, &log).contains(RARE_WORD));
    let addresses: BTreeSet<String> = (0..ADDRESSES).map(ip).collect();
    assert_eq!(addresses.len(), ADDRESSES);
    let accounts: BTreeSet<String> = (0..ACCOUNTS).map(email).collect();
    assert_eq!(accounts.len(), ACCOUNTS);
    assert_eq!(KINDS.iter().map(|kind| kind.per_mille).sum::<u64>(), 1_000);
}

#[test]
fn the_platform_reads_every_field() {
    let log = Log::new(SAMPLE);
    let text = lines(0..2_000, &log);
    let mut hints = Hints::new(end());
    hints.format = Format::Ndjson;
    let mut reader = Reader::new(hints);
    let mut read = reader.push(text.as_bytes());
    read.extend(reader.finish());
    assert_eq!(read.len(), 2_000);
    for (line, text) in read.iter().zip(text.lines()) {
        let Line::Events { events, .. } = line else {
            panic!("{line:?}")
        };
        let event = events[0].event();
        let sent: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(!format!("{event:?}").contains("[redacted"), "{text}");
        assert_eq!(event.raw.0, text.as_bytes());
        assert_eq!(
            event.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            sent["timestamp"]
        );
        assert_eq!(
            (event.kind.as_str(), event.service.as_str()),
            (sent["kind"].as_str().unwrap(), sent["service"].as_str().unwrap())
        );
        assert_eq!(event.actor.email.as_deref(), sent["email"].as_str());
        assert_eq!(
            event.source.ip.map(|ip| ip.to_string()).as_deref(),
            sent["ip"].as_str()
        );
        assert_eq!(event.source.country.as_deref(), sent["country"].as_str());
        assert_eq!(event.source.user_agent.as_deref(), sent["user_agent"].as_str());
        assert_eq!(event.trace_id.as_deref(), sent["trace_id"].as_str());
        assert_eq!(event.message.as_deref(), sent["message"].as_str());
        let severity = match sent["level"].as_str().unwrap() {
            "info" => Severity::Info,
            "warn" => Severity::Low,
            "error" => Severity::Medium,
            _ => Severity::High,
        };
        assert_eq!(event.severity, severity);
        for name in ["method", "duration_ms"] {
            assert_eq!(event.details[name], sent[name]);
        }
    }
}
