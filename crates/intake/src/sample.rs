//! A believable week of logs, from the project's own generator.
//!
//! Deterministic: the same moment gives the same bytes, by a small generator of its own. Several
//! services write in the real formats, at the hours at which a company in São Paulo works; within
//! the last day lie three attacks (brute force with a rate limit, credential stuffing with one
//! success, a sign-in from an impossible place) and sign-ins in the small hours. Names are of
//! example.com and addresses of the documentation ranges (RFC 2606, RFC 5737), so nobody real
//! stands in it. No line lies after the given moment.

mod host;
mod person;
mod random;
mod structured;
mod web;

use crate::Format;
use chrono::{Datelike, TimeDelta, Timelike, Weekday};
use random::Random;
use vigia_domain::Timestamp;

/// One log of the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// The service of lines that name none: the hint to read the file with.
    pub service: &'static str,
    /// In what its lines are written.
    pub format: Format,
    /// The lines, oldest first, times in UTC.
    pub lines: String,
}

/// How far back the sample reaches.
const REACH: TimeDelta = TimeDelta::days(7);

/// The sample, anchored to now.
#[must_use]
pub fn generate(now: Timestamp) -> Vec<SampleFile> {
    let week = Week { now };
    let people = person::staff();
    let file = |service, format, seed, write: fn(&Week, &[person::Person], &mut Random, &mut Log)| {
        let mut log = Log::new(now);
        write(&week, &people, &mut Random::new(seed), &mut log);
        SampleFile {
            service,
            format,
            lines: log.finish(),
        }
    };
    vec![
        file("api", Format::Winston, 1, web::plain),
        file("portal", Format::Winston, 2, web::json),
        file("sshd", Format::Sshd, 3, host::auth_log),
        file("api", Format::AuditJson, 4, structured::audit),
        file("billing", Format::Ndjson, 5, structured::logs),
    ]
}

/// The hours that the sample covers.
struct Week {
    now: Timestamp,
}

impl Week {
    /// Every hour from a week ago, with how busy it is: 0 at night, 16 in the middle of a morning.
    fn hours(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        let first = self.now - REACH;
        (0..REACH.num_hours()).map(move |hour| {
            let start = first + TimeDelta::hours(hour);
            (start, busy(start))
        })
    }

    /// A moment before now, in minutes.
    fn ago(&self, minutes: i64) -> Timestamp {
        self.now - TimeDelta::minutes(minutes)
    }

    /// The latest time that this hour began in São Paulo.
    fn latest_local_hour(&self, hour: u32) -> Timestamp {
        let mut start = self.now - TimeDelta::minutes(i64::from(self.now.minute()));
        while start.with_timezone(&chrono_tz::America::Sao_Paulo).hour() != hour {
            start -= TimeDelta::hours(1);
        }
        start
    }
}

/// How much is done in an hour, by the clock of São Paulo.
fn busy(start: Timestamp) -> u32 {
    const HOURS: [u32; 24] = [
        0, 0, 0, 0, 0, 0, 1, 4, 12, 16, 15, 12, 7, 11, 15, 14, 12, 9, 5, 3, 2, 1, 1, 0,
    ];
    let local = start.with_timezone(&chrono_tz::America::Sao_Paulo);
    let hour = usize::try_from(local.hour()).unwrap_or_default();
    let weight = HOURS.get(hour).copied().unwrap_or_default();
    match local.weekday() {
        Weekday::Sat | Weekday::Sun => weight / 6,
        _ => weight,
    }
}

/// Lines on their way into a file.
struct Log {
    now: Timestamp,
    lines: Vec<(Timestamp, String)>,
}

impl Log {
    fn new(now: Timestamp) -> Self {
        Self {
            now,
            lines: Vec::new(),
        }
    }

    /// Adds a line, unless it lies ahead.
    fn add(&mut self, time: Timestamp, line: String) {
        if time <= self.now {
            self.lines.push((time, line));
        }
    }

    fn finish(mut self) -> String {
        self.lines.sort_by_key(|(time, _)| *time);
        let mut text = String::with_capacity(self.lines.len() * 160);
        for (_, line) in self.lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests;
