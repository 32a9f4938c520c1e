//! Refusals, so that the ledger knows of them without anybody being able to flood it.
//!
//! Identical ones are counted per address and minute and become one event when the minute is over.
//! Of failed sign-ins the first per address, tried name and minute is written at the writer's next
//! turn. Whether the account exists must change nothing about how many events there are and when:
//! the size of the log is public. The table is bounded: once full, refusals are no longer told apart
//! by whom and from where.

use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use vigia_domain::access::Principal;
use vigia_domain::event::{Actor, Event, Source, Status};
use vigia_domain::person::normalise;
use vigia_domain::{AccountId, ApiKeyId, EventId, Kind, Timestamp};

/// Refusals told apart at the same time.
const MAX_KEYS: usize = 4_096;

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// Signing in with a wrong password, or to an account that does not exist or may not sign in.
    /// One variant, so that nothing can treat the two apart.
    WrongCredentials,
    /// Signing in too often.
    LimitedSignIn,
    /// A token or key that is none of ours, or is revoked.
    BadToken,
    /// A token that has ended.
    ExpiredToken,
    /// An operation without this permission.
    Denied(&'static str),
}

impl Refusal {
    fn kind(self) -> Kind {
        match self {
            Self::WrongCredentials => Kind::AUTH_LOGIN_FAILED,
            Self::LimitedSignIn => Kind::AUTH_LOGIN_LIMITED,
            Self::BadToken => Kind::AUTH_TOKEN_INVALID,
            Self::ExpiredToken => Kind::AUTH_TOKEN_EXPIRED,
            Self::Denied(_) => Kind::ACCESS_DENIED,
        }
    }

    fn message(self, who: Who) -> String {
        match self {
            Self::WrongCredentials if who == Who::Stranger => "Sign-in refused: no such account".to_owned(),
            Self::WrongCredentials => "Sign-in refused: wrong password".to_owned(),
            Self::LimitedSignIn => "Sign-in refused: too many attempts".to_owned(),
            Self::BadToken => "Request refused: the token is not valid".to_owned(),
            Self::ExpiredToken => "Request refused: the token has ended".to_owned(),
            Self::Denied(permission) => format!("Request refused: {permission} is not granted"),
        }
    }
}

/// Who was refused, as far as the platform knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Nobody known.
    Stranger,
    /// The account that was tried or that asked.
    Account(AccountId),
    /// The key that asked.
    ApiKey(ApiKeyId),
}

impl From<Principal> for Who {
    fn from(principal: Principal) -> Self {
        match principal {
            Principal::Account(id) => Self::Account(id),
            Principal::ApiKey(id) => Self::ApiKey(id),
            Principal::Operator => Self::Stranger,
        }
    }
}

/// A tried name, hashed, so that all have one length and none lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Tried([u8; 32]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    refusal: Refusal,
    tried: Option<Tried>,
    who: Who,
    address: Option<IpAddr>,
    minute: i64,
}

/// Identical refusals of one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coalesced {
    /// What was refused.
    pub refusal: Refusal,
    /// To whom.
    pub who: Who,
    /// From where; `None` once too many addresses were told apart.
    pub address: Option<IpAddr>,
    /// How often.
    pub count: u32,
    /// The first time.
    pub first: Timestamp,
    tried: Option<Tried>,
}

/// What one key counted.
#[derive(Debug, Clone, Copy)]
struct Count {
    /// Refusals that are not written yet.
    waiting: u32,
    /// When the first of those was.
    first: Timestamp,
    /// Whether an event of this minute is written already.
    told: bool,
}

/// Counts refusals until they are written.
#[derive(Default)]
pub struct Refusals {
    table: Mutex<HashMap<Key, Count>>,
}

impl Refusals {
    /// Counts one.
    pub fn note(&self, refusal: Refusal, who: Who, address: Option<IpAddr>, now: Timestamp) {
        self.count(refusal, who, None, address, now);
    }

    /// Counts a sign-in with a wrong password, or to an account that is none.
    pub fn note_sign_in(&self, tried: &str, who: Who, address: Option<IpAddr>, now: Timestamp) {
        let tried = Tried(Sha256::digest(normalise(tried)).into());
        self.count(Refusal::WrongCredentials, who, Some(tried), address, now);
    }

    fn count(
        &self,
        refusal: Refusal,
        who: Who,
        tried: Option<Tried>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Key {
            refusal,
            tried,
            who,
            address,
            minute: now.timestamp().div_euclid(60),
        };
        if table.len() >= MAX_KEYS && !table.contains_key(&key) {
            key.address = None;
            key.tried = None;
            key.who = Who::Stranger;
        }
        let count = table.entry(key).or_insert(Count {
            waiting: 0,
            first: now,
            told: false,
        });
        if count.waiting == 0 {
            count.first = now;
        }
        count.waiting = count.waiting.saturating_add(1);
    }

    /// Takes out what is to be written now: whatever lies in a minute that is over, and of the
    /// running minute the first failed sign-in of each address and name. At the end, everything.
    #[must_use]
    pub fn take(&self, now: Timestamp, everything: bool) -> Vec<Coalesced> {
        let minute = now.timestamp().div_euclid(60);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        table.retain(|key, count| {
            let over = everything || key.minute < minute;
            let first = key.refusal == Refusal::WrongCredentials && !count.told;
            if (over || first) && count.waiting > 0 {
                taken.push(Coalesced {
                    refusal: key.refusal,
                    who: key.who,
                    address: key.address,
                    count: count.waiting,
                    first: count.first,
                    tried: key.tried,
                });
                count.waiting = 0;
                count.told = true;
            }
            !over
        });
        taken.sort_by_key(|one| (one.first, one.refusal, one.address));
        taken
    }

    /// What could not be written waits for the next turn.
    pub fn put_back(&self, taken: Vec<Coalesced>) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        for one in taken {
            let key = Key {
                refusal: one.refusal,
                tried: one.tried,
                who: one.who,
                address: one.address,
                minute: one.first.timestamp().div_euclid(60),
            };
            let count = table.entry(key).or_insert(Count {
                waiting: 0,
                first: one.first,
                told: false,
            });
            count.waiting = count.waiting.saturating_add(one.count);
            count.first = one.first;
            count.told = false;
        }
    }
}

impl Coalesced {
    /// The event that tells of it; `email` is the known account's, opened for this purpose.
    #[must_use]
    pub fn event(&self, id: EventId, email: Option<String>) -> Event {
        let mut event = Event::new(id, self.first, self.refusal.kind(), crate::SERVICE);
        event.count = self.count;
        event.status = Some(Status::Failure);
        event.message = Some(self.refusal.message(self.who));
        event.source = Source {
            ip: self.address,
            ..Source::default()
        };
        event.actor = match self.who {
            Who::Stranger => Actor::default(),
            Who::Account(id) => Actor {
                id: Some(id.to_string()),
                email,
                ..Actor::default()
            },
            Who::ApiKey(id) => crate::event::api_key(id),
        };
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn now() -> Timestamp {
        Timestamp::from_timestamp(1_771_324_200, 0).unwrap()
    }

    #[test]
    fn identical_refusals_of_a_minute_are_one_with_a_count() {
        let refusals = Refusals::default();
        let address = Some(IpAddr::from([203, 0, 113, 9]));
        for second in 0..50 {
            let moment = now() + TimeDelta::seconds(second);
            refusals.note(Refusal::BadToken, Who::Stranger, address, moment);
        }
        assert!(refusals.take(now() + TimeDelta::seconds(59), false).is_empty());
        let taken = refusals.take(now() + TimeDelta::seconds(60), false);
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].count, taken[0].first), (50, now()));
        assert!(refusals.take(now() + TimeDelta::hours(1), true).is_empty());
    }

    #[test]
    fn a_flood_from_everywhere_stays_bounded_and_loses_no_count() {
        let refusals = Refusals::default();
        for number in 0..10_000_u32 {
            let address = Some(IpAddr::from(number.to_be_bytes()));
            refusals.note(Refusal::BadToken, Who::Stranger, address, now());
        }
        let taken = refusals.take(now(), true);
        assert!(taken.len() <= MAX_KEYS + 1);
        assert_eq!(taken.iter().map(|one| one.count).sum::<u32>(), 10_000);
    }

    #[test]
    fn whether_the_account_exists_changes_neither_the_number_nor_the_moment_of_events() {
        let known = Who::Account(AccountId(uuid::Uuid::from_u128(7)));
        let sizes = |who| {
            let refusals = Refusals::default();
            let mut sizes = Vec::new();
            for second in 0..125 {
                let moment = now() + TimeDelta::seconds(second);
                if second % 10 == 0 && second < 90 {
                    refusals.note_sign_in("ana@example.com", who, None, moment);
                }
                let taken = refusals.take(moment, false);
                sizes.push(taken.iter().map(|one| one.count).collect::<Vec<_>>());
            }
            sizes
        };
        assert_eq!(sizes(known), sizes(Who::Stranger));
        assert_eq!(
            sizes(known)[..11],
            [&[vec![1]][..], &vec![Vec::new(); 10]].concat()
        );
        assert_eq!(sizes(known).concat().iter().sum::<u32>(), 9);
    }
}
