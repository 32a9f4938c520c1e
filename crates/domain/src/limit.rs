//! A sliding window over attempts, as a pure value: who may try again, and when.
//!
//! Exact rather than approximate: it keeps the moments themselves, which is cheap because a key
//! never holds more of them than its limit.

use crate::clock::Timestamp;
use chrono::TimeDelta;
use std::collections::VecDeque;

/// How many attempts within how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Attempts allowed within the window.
    pub attempts: usize,
    /// The window.
    pub window: TimeDelta,
}

/// Sign-in attempts for one pair of account and address.
pub const LOGIN_PER_PAIR: Limit = Limit {
    attempts: 5,
    window: TimeDelta::minutes(15),
};
/// Sign-in attempts from one address, whatever the account.
pub const LOGIN_PER_ADDRESS: Limit = Limit {
    attempts: 20,
    window: TimeDelta::minutes(15),
};

/// The attempts of one key, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Window {
    attempts: VecDeque<Timestamp>,
}

impl Window {
    /// `Ok` where another attempt is allowed now, else how long until one is. Counts nothing.
    ///
    /// # Errors
    /// The time to wait, where the limit is reached.
    pub fn check(&mut self, limit: Limit, now: Timestamp) -> Result<(), TimeDelta> {
        let Some(start) = now.checked_sub_signed(limit.window) else {
            return Ok(());
        };
        while self.attempts.front().is_some_and(|first| *first <= start) {
            self.attempts.pop_front();
        }
        match self.attempts.front() {
            Some(first) if self.attempts.len() >= limit.attempts => Err(*first + limit.window - now),
            _ => Ok(()),
        }
    }

    /// Counts an attempt.
    pub fn count(&mut self, limit: Limit, now: Timestamp) {
        if self.attempts.len() >= limit.attempts {
            self.attempts.pop_front();
        }
        self.attempts.push_back(now);
    }

    /// Takes the last attempt back: it succeeded, and only failures count.
    pub fn forgive(&mut self) {
        self.attempts.pop_back();
    }

    /// The last attempt.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.attempts.back().copied()
    }

    /// Whether nothing in it matters any more.
    #[must_use]
    pub fn is_over(&self, limit: Limit, now: Timestamp) -> bool {
        self.attempts
            .back()
            .is_none_or(|last| *last + limit.window <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_attempt_waits_until_the_first_is_fifteen_minutes_old() {
        let start = Timestamp::UNIX_EPOCH;
        let mut window = Window::default();
        for second in 0..5 {
            let now = start + TimeDelta::seconds(second);
            assert_eq!(window.check(LOGIN_PER_PAIR, now), Ok(()));
            window.count(LOGIN_PER_PAIR, now);
        }
        let late = start + TimeDelta::seconds(60);
        assert_eq!(window.check(LOGIN_PER_PAIR, late), Err(TimeDelta::minutes(14)));
        assert_eq!(
            window.check(LOGIN_PER_PAIR, start + TimeDelta::minutes(15)),
            Ok(())
        );
        assert!(window.is_over(LOGIN_PER_PAIR, start + TimeDelta::minutes(16)));
    }
}
