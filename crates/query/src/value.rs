//! What stands after the colon, read for the field before it.

use crate::field::FieldKind;
use crate::text;
use crate::{Field, Phrase, QueryError, Test};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta};
use ipnet::IpNet;
use std::net::IpAddr;
use vigia_domain::clock::{Timestamp, to_micros};
use vigia_domain::event::Severity;

/// An end of a range.
#[derive(Debug, Clone, Copy)]
pub enum Bound<'a> {
    /// With the value.
    Inclusive(&'a str),
    /// Without it.
    Exclusive(&'a str),
    /// None.
    Open,
}

fn mismatch(field: &Field, takes: &'static str, value: &str) -> QueryError {
    QueryError::Value {
        field: field.name(),
        takes,
        value: value.to_owned(),
    }
}

fn takes(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Word => "a word or the beginning of one, as in abc*",
        FieldKind::Text => "words or a phrase in quotes",
        FieldKind::Ip => "an address or a network, as in 192.168.0.0/16",
        FieldKind::Number => "a whole number",
        FieldKind::Time => "a time, as in 2026-02-17T10:00",
        FieldKind::Severity => "a severity: unknown, info, low, medium, high, critical, fatal, or 0 to 6",
    }
}

/// The test that one value makes. `prefix` where a star follows it.
pub fn single(field: &Field, value: &str, prefix: bool) -> Result<Test, QueryError> {
    let wrong = || mismatch(field, takes(field.kind()), value);
    if prefix && !matches!(field.kind(), FieldKind::Word | FieldKind::Text) {
        return Err(wrong());
    }
    match field.kind() {
        FieldKind::Word if prefix => Ok(Test::Prefix(text::fold(value))),
        FieldKind::Word => Ok(Test::Word(text::fold(value))),
        FieldKind::Text => phrase(value, prefix).map(Test::Phrase),
        FieldKind::Ip => network(value)
            .map(|(low, high)| Test::Address(low, high))
            .ok_or_else(wrong),
        FieldKind::Number | FieldKind::Severity | FieldKind::Time => {
            let (low, high) = span(field, value)?;
            Ok(Test::Between(low, high))
        }
    }
}

/// The test that a range makes.
pub fn range(field: &Field, lower: Bound<'_>, upper: Bound<'_>) -> Result<Test, QueryError> {
    if field.kind() == FieldKind::Ip {
        return address_range(field, lower, upper);
    }
    let low = match lower {
        Bound::Inclusive(value) => span(field, value)?.0,
        Bound::Exclusive(value) => span(field, value)?.1.saturating_add(1),
        Bound::Open => i64::MIN,
    };
    let high = match upper {
        Bound::Inclusive(value) => span(field, value)?.1,
        Bound::Exclusive(value) => span(field, value)?.0.saturating_sub(1),
        Bound::Open => i64::MAX,
    };
    match field.kind() {
        FieldKind::Number | FieldKind::Severity | FieldKind::Time => Ok(Test::Between(low, high)),
        kind => Err(mismatch(field, takes(kind), "a range")),
    }
}

fn address_range(field: &Field, lower: Bound<'_>, upper: Bound<'_>) -> Result<Test, QueryError> {
    let read = |value: &str| network(value).ok_or_else(|| mismatch(field, takes(FieldKind::Ip), value));
    let step = |bytes: [u8; 16], by: i8| {
        let number = u128::from_be_bytes(bytes);
        let next = if by > 0 {
            number.saturating_add(1)
        } else {
            number.saturating_sub(1)
        };
        next.to_be_bytes()
    };
    let low = match lower {
        Bound::Inclusive(value) => read(value)?.0,
        Bound::Exclusive(value) => step(read(value)?.1, 1),
        Bound::Open => [0; 16],
    };
    let high = match upper {
        Bound::Inclusive(value) => read(value)?.1,
        Bound::Exclusive(value) => step(read(value)?.0, -1),
        Bound::Open => [0xff; 16],
    };
    Ok(Test::Address(low, high))
}

/// The words of a free text.
pub fn phrase(value: &str, prefix: bool) -> Result<Phrase, QueryError> {
    let words = text::words(value);
    if words.is_empty() {
        return Err(QueryError::Unsupported(
            "there is no letter or digit to look for; to find everything, write nothing",
        ));
    }
    Ok(Phrase { words, prefix })
}

/// First and last whole value that the text stands for: a day is all of its microseconds.
fn span(field: &Field, value: &str) -> Result<(i64, i64), QueryError> {
    let wrong = || mismatch(field, takes(field.kind()), value);
    match field.kind() {
        FieldKind::Number => value.parse().map(|number| (number, number)).map_err(|_| wrong()),
        FieldKind::Severity => severity(value).map(|number| (number, number)).ok_or_else(wrong),
        FieldKind::Time => moment(value)
            .map(|(from, to)| (to_micros(from), to_micros(to) - 1))
            .ok_or_else(wrong),
        FieldKind::Word | FieldKind::Text | FieldKind::Ip => Err(wrong()),
    }
}

fn severity(value: &str) -> Option<i64> {
    let value = value.to_lowercase();
    Severity::ALL
        .into_iter()
        .find(|severity| severity.name() == value || severity.number().to_string() == value)
        .map(|severity| i64::from(severity.number()))
}

/// The moment a text names and the first one after it, by the precision it is written in: a date
/// is its day, `T10:00` its minute. Without a zone it is UTC.
#[must_use]
pub fn moment(value: &str) -> Option<(Timestamp, Timestamp)> {
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        let next = date.checked_add_days(Days::new(1))?;
        return Some((midnight(date)?, midnight(next)?));
    }
    let local = value.strip_suffix(['Z', 'z']).unwrap_or(value);
    for (format, width) in [
        ("%Y-%m-%dT%H:%M", TimeDelta::minutes(1)),
        ("%Y-%m-%dT%H:%M:%S", TimeDelta::seconds(1)),
    ] {
        if let Ok(time) = NaiveDateTime::parse_from_str(local, format) {
            return Some((time.and_utc(), time.and_utc().checked_add_signed(width)?));
        }
        if let Ok(time) = DateTime::parse_from_str(value, &format!("{format}%:z")) {
            return Some((time.to_utc(), time.to_utc().checked_add_signed(width)?));
        }
    }
    let exact = DateTime::parse_from_rfc3339(value)
        .map(|time| time.to_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()))
        .ok()?;
    let exact = vigia_domain::clock::whole_micros(exact);
    Some((exact, exact.checked_add_signed(TimeDelta::microseconds(1))?))
}

fn midnight(date: NaiveDate) -> Option<Timestamp> {
    date.and_hms_opt(0, 0, 0).map(|time| time.and_utc())
}

/// First and last address of a network, or an address twice.
fn network(value: &str) -> Option<([u8; 16], [u8; 16])> {
    if let Ok(address) = value.parse::<IpAddr>() {
        return Some((sortable(address), sortable(address)));
    }
    let net = value.parse::<IpNet>().ok()?;
    Some((sortable(net.network()), sortable(net.broadcast())))
}

/// An address as 16 bytes that sort as addresses do: IPv4 as `::ffff:a.b.c.d`.
#[must_use]
pub fn sortable(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_stands_for_all_of_what_it_leaves_out() {
        let micros = |value: &str| {
            let (from, to) = moment(value).unwrap();
            to_micros(to) - to_micros(from)
        };
        assert_eq!(micros("2026-02-17"), 86_400_000_000);
        assert_eq!(micros("2026-02-17T10:00"), 60_000_000);
        assert_eq!(micros("2026-02-17T10:00:05Z"), 1_000_000);
        assert_eq!(micros("2026-02-17T10:00:05.25"), 1);
        assert_eq!(moment("2026-02-17T10:00-03:00"), moment("2026-02-17T13:00Z"));
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn a_network_is_its_first_and_last_address() {
        let Ok(Test::Address(low, high)) = single(&Field::SourceIp, "192.168.0.0/16", false) else {
            panic!("a network is an address test");
        };
        assert_eq!(low[12..], [192, 168, 0, 0]);
        assert_eq!(high[12..], [192, 168, 255, 255]);
        assert!(single(&Field::SourceIp, "192.168.0.0/40", false).is_err());
    }
}
