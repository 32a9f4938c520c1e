//! Moments as logs write them.
//!
//! A date without a year is the latest such date that is not after the receipt; a time of day
//! without a date likewise; anything without a zone is in the hinted zone, else in UTC.

use crate::Hints;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use vigia_domain::Timestamp;

/// How far the clock of a source may run ahead before a date without a year means last year.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(10);

/// A local time as a moment. One that a clock change skips is read as if it had not.
fn in_zone(local: NaiveDateTime, hints: &Hints) -> Timestamp {
    match hints.zone {
        Some(zone) => zone
            .from_local_datetime(&local)
            .earliest()
            .map_or_else(|| local.and_utc(), |time| time.with_timezone(&Utc)),
        None => local.and_utc(),
    }
}

/// A date without a year.
pub(crate) fn latest(month: u32, day: u32, time: NaiveTime, hints: &Hints) -> Option<Timestamp> {
    if let Some(year) = hints.year {
        return Some(in_zone(
            NaiveDate::from_ymd_opt(year, month, day)?.and_time(time),
            hints,
        ));
    }
    let newest = hints.received_at.checked_add_signed(CLOCK_SKEW)?;
    // Eight years back cover every leap day.
    (0..=9).find_map(|back| {
        // A zone ahead of UTC may already be in the next year.
        let date = NaiveDate::from_ymd_opt(hints.received_at.year() + 1 - back, month, day)?;
        Some(in_zone(date.and_time(time), hints)).filter(|moment| *moment <= newest)
    })
}

/// A time of day without a date.
pub(crate) fn latest_day(time: NaiveTime, hints: &Hints) -> Option<Timestamp> {
    let newest = hints.received_at.checked_add_signed(CLOCK_SKEW)?;
    let today = hints.received_at.date_naive();
    [
        today.succ_opt(),
        Some(today),
        today.pred_opt(),
        today.pred_opt()?.pred_opt(),
    ]
    .into_iter()
    .flatten()
    .map(|date| in_zone(date.and_time(time), hints))
    .find(|moment| *moment <= newest)
}

/// `hh:mm:ss`, with or without a fraction.
pub(crate) fn clock(text: &str) -> Option<NaiveTime> {
    if let (8, Some(time)) = (text.len(), digits_clock(text)) {
        return Some(time);
    }
    NaiveTime::parse_from_str(&text.replace(',', "."), "%H:%M:%S%.f").ok()
}

/// The hot path of syslog: exactly `hh:mm:ss`.
fn digits_clock(text: &str) -> Option<NaiveTime> {
    let [h1, h0, b':', m1, m0, b':', s1, s0] = text.as_bytes() else {
        return None;
    };
    let two = |tens: &u8, ones: &u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
    };
    // A leap second reads as the one before it.
    NaiveTime::from_hms_opt(two(h1, h0)?, two(m1, m0)?, two(s1, s0)?.min(59))
}

/// `Dec` to 12.
pub(crate) fn month(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let place = NAMES.iter().position(|known| *known == name)?;
    u32::try_from(place + 1).ok()
}

/// RFC 3339 or ISO 8601 text, `T` or a blank between date and time, with or without a zone.
pub(crate) fn iso(text: &str, hints: &Hints) -> Option<Timestamp> {
    let text = text.trim();
    // The shortest is a date and hh:mm:ss; longer than any is not worth the parser's time.
    if !(19..=40).contains(&text.len()) || !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M:%S%.f %z",
    ] {
        if let Ok(time) = DateTime::parse_from_str(text, form) {
            return Some(time.with_timezone(&Utc));
        }
    }
    let text = text
        .strip_suffix("UTC")
        .unwrap_or(text)
        .trim_end()
        .replace(',', ".");
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y/%m/%d %H:%M:%S%.f",
    ] {
        if let Ok(local) = NaiveDateTime::parse_from_str(&text, form) {
            return Some(in_zone(local, hints));
        }
    }
    None
}

/// A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told by its size.
pub(crate) fn epoch(number: f64) -> Option<Timestamp> {
    let seconds = match number {
        n if (1e8..1e11).contains(&n) => n,
        n if (1e11..1e14).contains(&n) => n / 1e3,
        n if (1e14..1e17).contains(&n) => n / 1e6,
        n if (1e17..1e19).contains(&n) => n / 1e9,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below 1e17, as the ranges above say"
    )]
    let micros = (seconds * 1e6).round() as i64;
    vigia_domain::clock::from_micros(micros)
}

/// The moment that a line begins with, and what follows it: ISO forms, and those of Apache
/// (`[Sun Dec 04 04:47:44 2005]`).
pub(crate) fn leading<'a>(text: &'a str, hints: &Hints) -> Option<(Timestamp, &'a str)> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (inside, rest) = bracketed.split_once(']')?;
        let local = || NaiveDateTime::parse_from_str(inside, "%a %b %d %H:%M:%S%.f %Y").ok();
        let time = iso(inside, hints).or_else(|| Some(in_zone(local()?, hints)))?;
        return Some((time, rest.trim_start()));
    }
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    // Date and time may stand apart, so the stamp is the first word or the first two.
    let first = text.find(' ').unwrap_or(text.len());
    let second = text
        .get(first + 1..)
        .and_then(|rest| rest.find(' '))
        .map_or(text.len(), |at| first + 1 + at);
    [second, first].into_iter().find_map(|end| {
        let (stamp, rest) = text.split_at_checked(end)?;
        let stamp = stamp.trim_end_matches([',', ':', ';']);
        Some((iso(stamp, hints)?, rest.trim_start()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(received_at: &str) -> Hints {
        Hints::new(received_at.parse().unwrap())
    }

    fn text(time: Option<Timestamp>) -> String {
        time.unwrap().format("%Y-%m-%d %H:%M:%S%.f").to_string()
    }

    #[test]
    fn a_date_without_a_year_is_the_latest_past_one() {
        let at = |month, day, received| {
            latest(month, day, clock("06:55:46").unwrap(), &hints(received)).map(|time| time.year())
        };
        assert_eq!(at(12, 10, "2026-11-20T12:00:00Z"), Some(2025));
        assert_eq!(at(12, 10, "2026-12-10T06:55:46Z"), Some(2026));
        assert_eq!(at(12, 10, "2026-12-10T06:40:00Z"), Some(2025));
        assert_eq!(at(12, 31, "2027-01-01T00:00:00Z"), Some(2026));
        assert_eq!(at(2, 29, "2026-11-20T12:00:00Z"), Some(2024));
        assert_eq!(at(2, 30, "2026-11-20T12:00:00Z"), None);
        let with_year = Hints {
            year: Some(2015),
            ..hints("2026-11-20T12:00:00Z")
        };
        assert_eq!(
            latest(12, 10, clock("06:55:46").unwrap(), &with_year)
                .unwrap()
                .year(),
            2015
        );
    }

    #[test]
    fn a_time_without_a_date_is_the_latest_past_one() {
        let at = |received| text(latest_day(clock("10:30:00").unwrap(), &hints(received)));
        assert_eq!(at("2026-02-17T12:00:00Z"), "2026-02-17 10:30:00");
        assert_eq!(at("2026-02-17T09:00:00Z"), "2026-02-16 10:30:00");
    }

    #[test]
    fn a_time_without_a_zone_is_in_the_hinted_one_or_utc() {
        let plain = hints("2026-02-20T00:00:00Z");
        let zone = Hints {
            zone: Some(chrono_tz::America::Sao_Paulo),
            ..plain.clone()
        };
        assert_eq!(text(iso("2026-02-17 08:15:23", &plain)), "2026-02-17 08:15:23");
        assert_eq!(text(iso("2026-02-17 08:15:23", &zone)), "2026-02-17 11:15:23");
        for stamp in [
            "2026-02-17T08:15:23Z",
            "2026-02-17T05:15:23-03:00",
            "2026-02-17T05:15:23-0300",
            "2026-02-17 08:15:23 UTC",
        ] {
            assert_eq!(text(iso(stamp, &plain)), "2026-02-17 08:15:23", "{stamp}");
        }
        assert_eq!(
            text(iso("2026-02-17 08:15:23,250", &plain)),
            "2026-02-17 08:15:23.250"
        );
        assert!(iso("2026-02-31 08:15:23", &plain).is_none());
    }

    #[test]
    fn a_number_is_seconds_or_a_finer_unit_by_its_size() {
        for number in [1_771_323_323.0, 1_771_323_323_000.0, 1_771_323_323_000_000.0] {
            assert_eq!(text(epoch(number)), "2026-02-17 10:15:23");
        }
        assert!(epoch(12.0).is_none());
        assert!(epoch(f64::NAN).is_none());
    }
}
