//! Refusals, so that the ledger knows of them without anybody being able to flood it.
//!
//! Identical ones are counted per address and minute and become one event when the minute is over.
//! A wrong password for an account that exists is noted in the same way, in memory, so that the
//! answer takes no longer than for an account that does not; it is written at the next turn of the
//! writer rather than at the minute's end. The table is bounded: once full, addresses are no longer
//! told apart.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use vigia_domain::access::Principal;
use vigia_domain::event::{Actor, Event, Source, Status};
use vigia_domain::{AccountId, ApiKeyId, EventId, Kind, Timestamp};

/// Refusals told apart at the same time.
const MAX_KEYS: usize = 4_096;

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// Signing in to an account that does not exist or may not sign in.
    UnknownAccount,
    /// Signing in with a wrong password.
    WrongPassword,
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
            Self::UnknownAccount | Self::WrongPassword => Kind::AUTH_LOGIN_FAILED,
            Self::LimitedSignIn => Kind::AUTH_LOGIN_LIMITED,
            Self::BadToken => Kind::AUTH_TOKEN_INVALID,
            Self::ExpiredToken => Kind::AUTH_TOKEN_EXPIRED,
            Self::Denied(_) => Kind::ACCESS_DENIED,
        }
    }

    fn message(self) -> String {
        match self {
            Self::UnknownAccount => "Sign-in refused: no such account".to_owned(),
            Self::WrongPassword => "Sign-in refused: wrong password".to_owned(),
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    refusal: Refusal,
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
}

/// Counts refusals until they are written.
#[derive(Default)]
pub struct Refusals {
    table: Mutex<HashMap<Key, (u32, Timestamp)>>,
}

impl Refusals {
    /// Counts one.
    pub fn note(&self, refusal: Refusal, who: Who, address: Option<IpAddr>, now: Timestamp) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Key {
            refusal,
            who,
            address,
            minute: now.timestamp().div_euclid(60),
        };
        if table.len() >= MAX_KEYS && !table.contains_key(&key) {
            key.address = None;
            key.who = Who::Stranger;
        }
        let (count, _) = table.entry(key).or_insert((0, now));
        *count = count.saturating_add(1);
    }

    /// Takes out what is to be written now: whatever lies in a minute that is over, and of the
    /// running minute what concerns an account that exists. At the end, everything.
    #[must_use]
    pub fn take(&self, now: Timestamp, everything: bool) -> Vec<Coalesced> {
        let minute = now.timestamp().div_euclid(60);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let due = |key: &Key| everything || key.minute < minute || key.refusal == Refusal::WrongPassword;
        let mut taken: Vec<Coalesced> = table
            .extract_if(|key, _| due(key))
            .map(|(key, (count, first))| Coalesced {
                refusal: key.refusal,
                who: key.who,
                address: key.address,
                count,
                first,
            })
            .collect();
        taken.sort_by_key(|one| (one.first, one.refusal, one.address));
        taken
    }
}

impl Refusals {
    /// What could not be written waits for the next turn.
    pub fn put_back(&self, taken: Vec<Coalesced>) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        for Coalesced {
            refusal,
            who,
            address,
            count,
            first,
        } in taken
        {
            let minute = first.timestamp().div_euclid(60);
            let key = Key {
                refusal,
                who,
                address,
                minute,
            };
            let (waiting, _) = table.entry(key).or_insert((0, first));
            *waiting = waiting.saturating_add(count);
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
        event.message = Some(self.refusal.message());
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
            refusals.note(Refusal::UnknownAccount, Who::Stranger, address, now());
        }
        let taken = refusals.take(now(), true);
        assert!(taken.len() <= MAX_KEYS + 1);
        assert_eq!(taken.iter().map(|one| one.count).sum::<u32>(), 10_000);
    }
}
