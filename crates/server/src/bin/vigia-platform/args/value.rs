//! Values of options, as people write them.

use vigia_domain::Timestamp;
use vigia_domain::event::Severity;
use vigia_domain::retention::{Class, Keep, MalformedKeep, UnknownClass};

pub(super) fn keep(text: &str) -> Result<(Class, Keep), String> {
    let parts = text.split_once('=');
    let (class, keep) = parts.ok_or_else(|| "write it as CLASS=DAYS, like audit=365".to_owned())?;
    let class = class
        .trim()
        .parse()
        .map_err(|error: UnknownClass| error.to_string())?;
    let keep = keep
        .trim()
        .parse()
        .map_err(|error: MalformedKeep| error.to_string())?;
    Ok((class, keep))
}

pub(super) fn severity(text: &str) -> Result<Severity, String> {
    (0..=6)
        .map(Severity::from_number)
        .find(|severity| severity.name() == text)
        .ok_or_else(|| "one of info, low, medium, high, critical".to_owned())
}

pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let (key, value) = parts.ok_or_else(|| "write it as KEY=VALUE, like log.format=text".to_owned())?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let day = |text: &str| {
        let day: chrono::NaiveDate = text.parse().ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    };
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(moment) => Ok(vigia_domain::clock::whole_micros(moment.to_utc())),
        Err(error) => day(text).ok_or_else(|| format!("neither RFC 3339 nor a date: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_rfc_3339_or_a_day() {
        assert_eq!(
            moment("2026-02-17").unwrap(),
            moment("2026-02-17T00:00:00Z").unwrap()
        );
        assert_eq!(
            moment("2026-02-17T10:00:00-03:00").unwrap(),
            moment("2026-02-17T13:00:00Z").unwrap()
        );
        assert!(moment("yesterday").is_err());
    }
}
