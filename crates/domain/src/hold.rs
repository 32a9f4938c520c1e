//! A legal hold: what is kept although its days are over, and until when.
//!
//! A hold says by clear fields what it covers, and may name one person. Who that is lies sealed in
//! the event that placed the hold; its state says only in which entry. A person under hold cannot
//! be erased before it is released (LGPD art. 16 I, GDPR art. 17(3)(b) and (e)).

use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use crate::entry::{Entry, Holder};
use crate::id::SubjectId;
use crate::outcome::Severity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a hold covers: everything that fits all of the conditions that are set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Criteria {
    /// Of one of these services.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<String>,
    /// Of one of these kinds; `auth.*` stands for every kind that begins so.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: BTreeSet<String>,
    /// From one of these countries.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub countries: BTreeSet<String>,
    /// At least so severe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Happened or was recorded at or after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Happened or was recorded before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Criteria {
    /// Whether nothing is asked for, so that everything would be covered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the entry fits every condition that is set.
    #[must_use]
    pub fn fit(&self, entry: &Entry) -> bool {
        let any = |set: &BTreeSet<String>, fits: &dyn Fn(&str) -> bool| {
            set.is_empty() || set.iter().any(|one| fits(one))
        };
        let within = |moment: Timestamp| {
            self.from.is_none_or(|from| moment >= from) && self.until.is_none_or(|until| moment < until)
        };
        any(&self.services, &|service| service == entry.service)
            && any(&self.kinds, &|kind| is_kind(kind, entry.kind.as_str()))
            && any(&self.countries, &|country| {
                entry.country.as_deref() == Some(country)
            })
            && self
                .severity
                .is_none_or(|least| entry.severity.number() >= least.number())
            && (within(entry.time) || within(entry.recorded_at))
    }
}

fn is_kind(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => kind == wanted,
    }
}

/// What a hold is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What it covers.
    pub criteria: Criteria,
    /// Whether it is about one person.
    pub person: bool,
    /// The entry that tells it, whose target is the person, sealed.
    pub placed_in: u64,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was released.
    pub released_at: Option<Timestamp>,
}

impl Hold {
    /// Whether it still holds.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        self.released_at.is_none()
    }

    /// Whether it covers an entry. `people` are the ids by which the person that it names is known
    /// now; they are asked only where it names one.
    #[must_use]
    pub fn covers(&self, entry: &Entry, people: &BTreeSet<SubjectId>) -> bool {
        let about = || {
            entry.groups.iter().any(|group| match &group.holder {
                Holder::Subjects(ids) => ids.iter().any(|id| people.contains(id)),
                Holder::Period { .. } => false,
            })
        };
        self.is_in_force() && self.criteria.fit(entry) && (!self.person || about())
    }
}

/// What can happen to a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HoldEvent {
    /// It begins.
    Placed {
        /// What it covers.
        criteria: Criteria,
        /// Whether the event's target is the person whom it is about.
        person: bool,
    },
    /// It is over.
    Released,
}

/// The hold after the event; `None` where the event cannot follow the state.
#[must_use]
pub fn evolve(state: Option<Hold>, event: HoldEvent, recorded: Recorded<'_>) -> Option<Hold> {
    match (state, event) {
        (None, HoldEvent::Placed { criteria, person }) => Some(Hold {
            criteria,
            person,
            placed_in: recorded.seq,
            placed_at: recorded.recorded_at,
            released_at: None,
        }),
        (Some(hold), HoldEvent::Released) if hold.is_in_force() => Some(Hold {
            released_at: Some(recorded.recorded_at),
            ..hold
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Commitment;
    use crate::event::Event;
    use crate::id::EventId;
    use crate::kind::Kind;

    const RECORDED: Recorded<'_> = Recorded {
        seq: 7,
        recorded_at: Timestamp::UNIX_EPOCH,
        holders: &[],
    };

    fn entry(kind: &str, service: &str, holder: Option<SubjectId>) -> Entry {
        let kind: Kind = kind.parse().unwrap();
        let event = Event::new(EventId(uuid::Uuid::nil()), Timestamp::UNIX_EPOCH, kind, service);
        Entry {
            salt: [0; 16],
            id: event.id,
            time: event.time,
            recorded_at: event.time,
            class_uid: 0,
            activity_id: 0,
            severity: event.severity,
            status: None,
            kind: event.kind,
            service: event.service,
            country: None,
            count: 1,
            aggregate: None,
            groups: holder
                .map(|id| Commitment {
                    hash: [0; 32],
                    holder: Holder::Subjects(vec![id]),
                })
                .into_iter()
                .collect(),
        }
    }

    fn placed(criteria: Criteria, person: bool) -> Hold {
        evolve(None, HoldEvent::Placed { criteria, person }, RECORDED).unwrap()
    }

    #[test]
    fn a_hold_covers_what_fits_every_condition() {
        let criteria = Criteria {
            services: ["api".to_owned()].into(),
            kinds: ["auth.*".to_owned()].into(),
            ..Criteria::default()
        };
        let hold = placed(criteria, false);
        let nobody = BTreeSet::new();
        assert!(hold.covers(&entry("auth.login.failed", "api", None), &nobody));
        assert!(!hold.covers(&entry("auth.login.failed", "shop", None), &nobody));
        assert!(!hold.covers(&entry("app.log", "api", None), &nobody));
    }

    #[test]
    fn a_hold_on_a_person_covers_what_is_about_them_alone() {
        let (ana, davi) = (SubjectId([1; 16]), SubjectId([2; 16]));
        let hold = placed(Criteria::default(), true);
        assert_eq!((hold.person, hold.placed_in), (true, 7));
        assert!(hold.covers(&entry("app.log", "api", Some(ana)), &[ana].into()));
        assert!(!hold.covers(&entry("app.log", "api", Some(davi)), &[ana].into()));
        assert!(!hold.covers(&entry("app.log", "api", None), &[ana].into()));
    }

    #[test]
    fn a_hold_is_released_once_and_covers_nothing_afterwards() {
        let hold = placed(Criteria::default(), false);
        assert!(hold.covers(&entry("app.log", "api", None), &BTreeSet::new()));
        let released = evolve(Some(hold), HoldEvent::Released, RECORDED).unwrap();
        assert!(!released.covers(&entry("app.log", "api", None), &BTreeSet::new()));
        assert_eq!(evolve(Some(released), HoldEvent::Released, RECORDED), None);
        assert_eq!(evolve(None, HoldEvent::Released, RECORDED), None);
    }
}
