//! Time as the whole house means it: UTC, whole microseconds, given as a parameter.
//!
//! Microseconds because that is what an entry stores; a finer time would not survive the ledger,
//! and a copy that differs from its original by nanoseconds is a bug waiting.

use chrono::{DateTime, SubsecRound, Utc};

/// A moment in UTC. Made with [`whole_micros`] wherever a foreign or finer time comes in.
pub type Timestamp = DateTime<Utc>;

/// Where the present comes from. Only the edge (a binary, a test) implements it.
pub trait Clock: Send + Sync {
    /// The present moment, in whole microseconds.
    fn now(&self) -> Timestamp;
}

/// Cuts a time to the microseconds that the ledger keeps.
#[must_use]
pub fn whole_micros(time: Timestamp) -> Timestamp {
    time.trunc_subsecs(6)
}

/// Microseconds since 1970-01-01T00:00:00Z, negative before.
#[must_use]
pub fn to_micros(time: Timestamp) -> i64 {
    time.timestamp_micros()
}

/// The moment that lies `micros` microseconds after 1970; `None` beyond the years chrono knows.
#[must_use]
pub fn from_micros(micros: i64) -> Option<Timestamp> {
    DateTime::from_timestamp_micros(micros)
}

/// The day of a moment, counted from 1970-01-01 in UTC: one half of a period key's name.
#[must_use]
pub fn day_of(time: Timestamp) -> i32 {
    i32::try_from(to_micros(time).div_euclid(86_400_000_000)).unwrap_or(i32::MAX)
}
