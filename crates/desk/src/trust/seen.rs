//! The checkpoints that this desk has seen and found good: what a platform that later shows another
//! history is held against.
//!
//! Each was proven to continue the one before it when it was kept, so those that are left after
//! thinning are consistent too. All of the last day stay, then one an hour, then one a day; the
//! first, and each that another key signed than the one before, are never dropped.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use vigia_domain::Timestamp;
use vigia_domain::clock::to_micros;

/// Lines from which the file is thinned.
pub(super) const THIN_FROM: usize = 4_096;
/// Of the last day at most this many stay; where there were more, one a minute.
const LAST_DAY: usize = 2_048;
/// So many days keep one an hour.
const HOURLY_DAYS: i64 = 30;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A checkpoint that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The signed note, as it came.
    pub note: String,
    /// When it first verified here.
    pub at: Timestamp,
    /// Size of the one before it, which it was proven to continue.
    #[serde(default)]
    pub after: Option<u64>,
    /// Fingerprint of the key that it was opened with.
    pub key: String,
}

/// What is left of a list, oldest first.
pub(super) fn thin(list: Vec<Seen>, now: Timestamp) -> Vec<Seen> {
    let age = |seen: &Seen| now - seen.at;
    let young = list.iter().filter(|seen| age(seen) < TimeDelta::days(1)).count();
    // From the newest back: the newest of each stretch of time stays.
    let mut taken = BTreeSet::new();
    let mut keep: Vec<bool> = Vec::with_capacity(list.len());
    for seen in list.iter().rev() {
        let stretch = match age(seen) {
            age if age < TimeDelta::days(1) && young <= LAST_DAY => None,
            age if age < TimeDelta::days(1) => Some(MINUTE),
            age if age < TimeDelta::days(HOURLY_DAYS) => Some(HOUR),
            _ => Some(DAY),
        };
        keep.push(stretch.is_none_or(|length| taken.insert((length, to_micros(seen.at).div_euclid(length)))));
    }
    keep.reverse();
    let mut before: Option<String> = None;
    let mut left = Vec::with_capacity(list.len());
    for (seen, keep) in list.into_iter().zip(keep) {
        let other_key = before.as_ref() != Some(&seen.key);
        before = Some(seen.key.clone());
        if keep || other_key {
            left.push(seen);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::{LAST_DAY, Seen, thin};
    use chrono::TimeDelta;
    use vigia_domain::Timestamp;

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn seen(minutes_ago: i64, key: &str) -> Seen {
        Seen {
            note: minutes_ago.to_string(),
            at: now() - TimeDelta::minutes(minutes_ago),
            after: None,
            key: key.to_owned(),
        }
    }

    #[test]
    fn all_of_the_last_day_stay_and_older_ones_are_thinned() {
        let list: Vec<Seen> = (0..100 * 24 * 6).rev().map(|n| seen(n * 10, "a")).collect();
        let left = thin(list.clone(), now());
        let day = left
            .iter()
            .filter(|seen| now() - seen.at < TimeDelta::days(1))
            .count();
        assert_eq!(day, 144);
        let month = left
            .iter()
            .filter(|seen| now() - seen.at < TimeDelta::days(30))
            .count()
            - day;
        assert!((695..=697).contains(&month), "{month}");
        assert!((70..=72).contains(&(left.len() - day - month)), "{}", left.len());
        assert_eq!(left.first(), list.first());
        assert_eq!(left.last(), list.last());
        assert_eq!(
            thin(left.clone(), now()),
            left,
            "thinning twice drops nothing more"
        );
    }

    #[test]
    fn the_first_and_every_change_of_key_are_never_dropped() {
        let mut list: Vec<Seen> = (0..200).map(|n| seen(400 * 1_440 - n, "old")).collect();
        list.extend((200..400).map(|n| seen(400 * 1_440 - n, "new")));
        let left = thin(list, now());
        assert_eq!(left.first().map(|seen| seen.key.as_str()), Some("old"));
        assert_eq!(left.first().unwrap().at, now() - TimeDelta::days(400));
        assert!(
            left.iter()
                .any(|seen| seen.at == now() - TimeDelta::minutes(400 * 1_440 - 200))
        );
        assert!(left.len() < 6, "{left:?}");
    }

    #[test]
    fn a_busy_day_keeps_one_a_minute() {
        let list: Vec<Seen> = (0..10_000)
            .map(|n| Seen {
                at: now() - TimeDelta::seconds(10_000 - n),
                ..seen(0, "a")
            })
            .collect();
        let left = thin(list, now());
        assert!(left.len() <= LAST_DAY && left.len() >= 166, "{}", left.len());
    }
}
