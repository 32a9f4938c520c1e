//! How often one may try to sign in: per pair of account and address, and per address.
//!
//! An attempt takes its place before the password is checked, so that a hundred attempts at once
//! are a hundred attempts; a successful one gives its place back. Nothing is counted per account
//! alone: a stranger elsewhere can never lock its owner out. An attempt from before the clock was set
//! back counts no more, or it would lock out for as long as the clock lost. Memory is bounded: the
//! keys are hashes, and when a table is full the one that was quiet longest goes.

use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use vigia_domain::Timestamp;
use vigia_domain::limit::{LOGIN_PER_ADDRESS, LOGIN_PER_PAIR, Limit, Window};
use vigia_domain::person::normalise;

/// How far ahead of the clock an attempt may lie and still count. Attempts at once take their moments
/// in another order than their places, and none of them may make another one forgotten.
const MAX_AHEAD: TimeDelta = TimeDelta::seconds(5);
/// How many keys a table holds.
const MAX_KEYS: usize = 20_000;

/// Counts failed sign-ins.
#[derive(Default)]
pub struct LoginLimiter {
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    pairs: Table<[u8; 32]>,
    addresses: Table<IpAddr>,
}

/// An attempt that was allowed; it stays counted unless it is given back.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    pair: [u8; 32],
    address: IpAddr,
}

impl LoginLimiter {
    /// Takes the place of one attempt, or says how many seconds to wait for one.
    ///
    /// # Errors
    /// Seconds to wait, at least 1.
    pub fn begin(&self, email: &str, address: IpAddr, now: Timestamp) -> Result<Attempt, u32> {
        let address = network(address);
        let attempt = Attempt {
            pair: pair(email, address),
            address,
        };
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let Tables { pairs, addresses } = &mut *tables;
        let pair = pairs.window(attempt.pair, LOGIN_PER_PAIR, now);
        let from = addresses.window(address, LOGIN_PER_ADDRESS, now);
        let waits = [
            wait(pair, LOGIN_PER_PAIR, now),
            wait(from, LOGIN_PER_ADDRESS, now),
        ];
        if let Some(longest) = waits.into_iter().flatten().max() {
            let whole = longest.num_seconds();
            let seconds = whole + i64::from(TimeDelta::seconds(whole) < longest);
            return Err(u32::try_from(seconds).unwrap_or(1).max(1));
        }
        pair.count(LOGIN_PER_PAIR, now);
        from.count(LOGIN_PER_ADDRESS, now);
        Ok(attempt)
    }

    /// The attempt succeeded: its place is free again, and so are those of the pair's failures.
    /// The address keeps its other failures, or one good account would buy endless guesses.
    pub fn succeeded(&self, attempt: Attempt) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.pairs.keys.remove(&attempt.pair);
        if let Some(window) = tables.addresses.keys.get_mut(&attempt.address) {
            window.forgive();
        }
    }
}

/// How long to wait for a place, at most the window.
fn wait(window: &mut Window, limit: Limit, now: Timestamp) -> Option<TimeDelta> {
    while window.last().is_some_and(|last| last - now > MAX_AHEAD) {
        window.forgive();
    }
    let wait = window.check(limit, now).err()?;
    Some(wait.min(limit.window))
}

struct Table<K> {
    keys: HashMap<K, Window>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self { keys: HashMap::new() }
    }
}

impl<K: Hash + Eq + Copy> Table<K> {
    fn window(&mut self, key: K, limit: Limit, now: Timestamp) -> &mut Window {
        if self.keys.len() >= MAX_KEYS && !self.keys.contains_key(&key) {
            self.keys.retain(|_, window| !window.is_over(limit, now));
            let quietest = self.keys.iter().min_by_key(|(_, window)| window.last());
            if let Some(quietest) = quietest.map(|(key, _)| *key)
                && self.keys.len() >= MAX_KEYS
            {
                self.keys.remove(&quietest);
            }
        }
        self.keys.entry(key).or_default()
    }
}

/// Whoever has one IPv6 address has the whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

fn pair(email: &str, address: IpAddr) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(address.to_string());
    hash.update([0]);
    hash.update(normalise(email));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    #[test]
    fn the_sixth_failure_of_a_pair_waits_and_the_owner_elsewhere_does_not() {
        let limiter = LoginLimiter::default();
        for _ in 0..5 {
            limiter
                .begin("admin@example.com", ip("203.0.113.9"), now())
                .unwrap();
        }
        let sixth = limiter.begin(" ADMIN@example.com", ip("203.0.113.9"), now());
        assert_eq!(sixth.unwrap_err(), 900);
        assert!(
            limiter
                .begin("admin@example.com", ip("198.51.100.1"), now())
                .is_ok()
        );
        let later = now() + TimeDelta::minutes(15);
        assert!(
            limiter
                .begin("admin@example.com", ip("203.0.113.9"), later)
                .is_ok()
        );
    }

    #[test]
    fn a_clock_set_back_forgets_what_lies_ahead_and_never_waits_longer_than_the_window() {
        let limiter = LoginLimiter::default();
        let begin = |moment| limiter.begin("admin@example.com", ip("203.0.113.9"), moment);
        for _ in 0..5 {
            begin(now() + TimeDelta::hours(2)).unwrap();
        }
        for _ in 0..5 {
            begin(now()).unwrap();
        }
        assert_eq!(begin(now()).unwrap_err(), 900);
    }

    #[test]
    fn attempts_at_once_count_in_whatever_order_they_come() {
        let limiter = LoginLimiter::default();
        let begin = |moment| limiter.begin("admin@example.com", ip("203.0.113.9"), moment);
        for earlier in 0..5 {
            begin(now() - TimeDelta::milliseconds(earlier)).unwrap();
        }
        assert_eq!(begin(now() - TimeDelta::milliseconds(9)).unwrap_err(), 900);
    }

    #[test]
    fn an_address_has_twenty_failures_whatever_the_account() {
        let limiter = LoginLimiter::default();
        for account in 0..20 {
            let begun = limiter.begin(&format!("user{account}@example.com"), ip("2001:db8::1"), now());
            assert!(begun.is_ok());
        }
        let neighbour = limiter.begin("other@example.com", ip("2001:db8::ffff"), now());
        assert!(neighbour.is_err(), "the same /64 is the same address");
        assert!(
            limiter
                .begin("other@example.com", ip("2001:db8:0:1::1"), now())
                .is_ok()
        );
    }

    #[test]
    fn success_gives_its_place_back_and_frees_the_pair_but_not_the_address() {
        let limiter = LoginLimiter::default();
        for _ in 0..100 {
            let attempt = limiter
                .begin("admin@example.com", ip("203.0.113.9"), now())
                .unwrap();
            limiter.succeeded(attempt);
        }
        for account in 0..19 {
            limiter
                .begin(&format!("user{account}@example.com"), ip("203.0.113.9"), now())
                .unwrap();
        }
        let mine = limiter
            .begin("admin@example.com", ip("203.0.113.9"), now())
            .unwrap();
        limiter.succeeded(mine);
        assert!(limiter.begin("x@example.com", ip("203.0.113.9"), now()).is_ok());
        assert!(limiter.begin("y@example.com", ip("203.0.113.9"), now()).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = LoginLimiter::default();
        for number in 0..(MAX_KEYS + 10) {
            let [.., a, b, c] = number.to_be_bytes();
            let moment = now() + TimeDelta::milliseconds(i64::try_from(number).unwrap());
            limiter
                .begin("a@example.com", IpAddr::from([10, a, b, c]), moment)
                .unwrap();
        }
        let tables = limiter.tables.lock().unwrap();
        assert_eq!(tables.addresses.keys.len(), MAX_KEYS);
        assert_eq!(tables.pairs.keys.len(), MAX_KEYS);
    }
}
