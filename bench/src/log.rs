//! The events that everything here is measured with: an application's audit log as NDJSON.
//!
//! Event `i` of a log of `n` is always the same line, whatever was asked before. Times ascend over the
//! 90 days before [`END`]; a log that goes on beyond its `n` events goes on in time. Accounts and
//! services are drawn by Zipf's law. Nine of ten events come from one of the account's own two
//! addresses; the rest, and every failed sign-in, from any address by Zipf's law. Deliberately
//! absent: anything about a real person, and a second source of randomness.

mod random;
mod word;

use chrono::{DateTime, SecondsFormat, TimeDelta};
use random::{SplitMix64, Zipf};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use vigia_domain::Timestamp;
use word::{AGENTS, CONSEQUENCES, COUNTRIES, DOMAINS, FIRST_NAMES, LAST_NAMES, METHODS, OBJECTS, STATES};
pub use word::{KINDS, SERVICES};

/// The first moment after the log, in microseconds since 1970: 2026-07-01T00:00:00Z.
pub const END: i64 = 1_782_864_000_000_000;
/// How long the log lasts, in days.
pub const DAYS: i64 = 90;
/// A word of one message in [`RARE_EVERY`].
pub const RARE_WORD: &str = "heliotrope";
/// How many events there are for one that has the rare word.
const RARE_EVERY: u64 = 1_000_000;
/// The first one that has it: logs of 100 thousand have one too.
const RARE_FIRST: u64 = 77_777;

const ACCOUNTS: usize = 50_000;
const ADDRESSES: usize = 100_000;
/// Networks of 16 bits that the addresses lie in.
const NETWORKS: usize = 300;
const DAY_MICROS: i64 = 86_400_000_000;

/// A log of so many events.
pub struct Log {
    events: u64,
    accounts: Zipf,
    addresses: Zipf,
    services: Zipf,
    kinds: Vec<u64>,
}

impl Log {
    /// The log of so many events.
    #[must_use]
    pub fn new(events: u64) -> Self {
        let mut so_far = 0;
        let kinds = KINDS.iter().map(|kind| {
            so_far += kind.per_mille;
            so_far
        });
        Self {
            events: events.max(1),
            accounts: Zipf::new(ACCOUNTS),
            addresses: Zipf::new(ADDRESSES),
            services: Zipf::new(SERVICES.len()),
            kinds: kinds.collect(),
        }
    }

    /// When event `number` happened, give or take the distance to the next one, in microseconds.
    fn slot(&self, number: u64) -> i64 {
        let span = i128::from(DAYS * DAY_MICROS);
        let passed = span * i128::from(number) / i128::from(self.events);
        END - DAYS * DAY_MICROS + i64::try_from(passed).unwrap_or(0)
    }

    /// Writes the line of event `number` behind what is there, with its end.
    pub fn line(&self, number: u64, out: &mut String) {
        let mut random = SplitMix64::of(number);
        let draw = random.below(1_000);
        let kind = self.kinds.partition_point(|end| *end <= draw);
        let Some(kind) = KINDS.get(kind).or(KINDS.last()) else {
            return;
        };
        let begin = self.slot(number);
        let width = u64::try_from(self.slot(number + 1) - begin).unwrap_or(1).max(1);
        let time = begin + i64::try_from(random.below(width)).unwrap_or(0);
        let account = self.accounts.draw(&mut random);
        let strange = kind.name == "auth.login.failed" || random.below(10) == 0;
        let address = if strange {
            self.addresses.draw(&mut random)
        } else {
            (2 * account + usize::from(random.below(3) == 0)) % ADDRESSES
        };
        let level = if random.below(50) == 0 {
            kind.seldom
        } else {
            kind.level
        };
        let service = pick(&SERVICES, self.services.draw(&mut random));
        let time = DateTime::from_timestamp_micros(time).unwrap_or_default();
        let time = time.to_rfc3339_opts(SecondsFormat::Millis, true);
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{{\"timestamp\":\"{time}\",\"level\":\"{level}\",\"service\":\"{service}\",\"kind\":\"{}\",\
             \"email\":\"{}\",\"ip\":\"{}\",\"country\":\"{}\",\"user_agent\":\"{}\",\"trace_id\":\"{:016x}{:016x}\",\
             \"message\":\"",
            kind.name,
            email(account),
            ip(address),
            pick(&COUNTRIES, address % NETWORKS),
            pick(&AGENTS, random.index(AGENTS.len())),
            random.next(),
            random.next(),
        );
        self.message(number, kind.verb, &mut random, out);
        let _ = writeln!(
            out,
            "\",\"method\":\"{}\",\"duration_ms\":{}}}",
            pick(&METHODS, random.index(METHODS.len())),
            3 + random.below(900),
        );
    }

    fn message(&self, number: u64, verb: &str, random: &mut SplitMix64, out: &mut String) {
        let _ = write!(
            out,
            "{verb} {} {} {}",
            pick(&STATES, random.index(STATES.len())),
            pick(&OBJECTS, random.index(OBJECTS.len())),
            random.below(10_000),
        );
        let consequence = pick(&CONSEQUENCES, random.index(CONSEQUENCES.len()));
        let _ = write!(out, ", {consequence}");
        if number % RARE_EVERY == RARE_FIRST {
            let _ = write!(out, " {RARE_WORD}");
        }
    }

    /// Writes the log to a file that is there whole or not at all.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let part = path.with_extension("part");
        let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(&part)?);
        let mut line = String::new();
        for number in 0..self.events {
            line.clear();
            self.line(number, &mut line);
            file.write_all(line.as_bytes())?;
        }
        file.into_inner()?.sync_all()?;
        std::fs::rename(part, path)
    }
}

fn pick<const N: usize>(words: &[&'static str; N], index: usize) -> &'static str {
    words.get(index % N).copied().unwrap_or_default()
}

/// The end of the log.
#[must_use]
pub fn end() -> Timestamp {
    DateTime::from_timestamp_micros(END).unwrap_or_default()
}

/// So many days before its end.
#[must_use]
pub fn days_before_end(days: i64) -> Timestamp {
    end() - TimeDelta::days(days)
}

/// The e-mail address of the account of this rank; 0 is the busiest.
#[must_use]
pub fn email(rank: usize) -> String {
    let first = pick(&FIRST_NAMES, rank);
    let last = pick(&LAST_NAMES, rank / FIRST_NAMES.len());
    format!("{first}.{last}{rank}@{}", pick(&DOMAINS, rank))
}

/// The first two numbers of the addresses of a network.
#[must_use]
pub fn network(number: usize) -> (usize, usize) {
    (11 + number * 7 % 80, number * 37 % 256)
}

/// The address of this rank; 0 is the busiest.
#[must_use]
pub fn ip(rank: usize) -> String {
    let (first, second) = network(rank % NETWORKS);
    let host = rank / NETWORKS * 193 + 1;
    format!("{first}.{second}.{}.{}", host / 256 % 256, host % 256)
}

#[cfg(test)]
mod tests;
