//! How long events are kept: the class of every event, and the days of each class.
//!
//! Retention counts from `recorded_at`, in whole days of UTC: a day that is over for its class goes
//! as a whole, its period key with it. A class follows from clear fields alone, so that who prunes,
//! who verifies and who reads agree without opening anything.
//!
//! Deliberately absent: what is kept although its days are over (`hold`), and how it is taken away
//! (the store).

use crate::aggregate::Recorded;
use crate::clock::{Timestamp, day_of, from_micros};
use crate::kind::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// Days that an event is kept unless the policy says otherwise.
pub const DEFAULT_DAYS: u32 = 90;
/// The longest time that can be set, in days; longer is "for ever".
pub const MAX_DAYS: u32 = 36_500;
/// The policy is one aggregate.
pub const POLICY: Uuid = Uuid::nil();

/// The service of Vigia's own events.
const OWN_SERVICE: &str = "vigia";
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What an event is kept as. The numbers stand in entries and are never given to another class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Vigia's own events: the trail of what was done with everything else. They stay; what of them
    /// lies under a period key may go. In ledgers of the first version also the period keys of
    /// every other class.
    Own,
    /// Sign-ins, sessions, connections: what an attack is seen by.
    Security,
    /// Who changed or was refused what: accounts, roles, rights, actions.
    Audit,
    /// What applications tell about their work.
    Application,
    /// What a machine tells about itself.
    System,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 5] = [
        Self::Own,
        Self::Security,
        Self::Audit,
        Self::Application,
        Self::System,
    ];

    /// The number in entries.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Own => 0,
            Self::Security => 1,
            Self::Audit => 2,
            Self::Application => 3,
            Self::System => 4,
        }
    }

    /// The class of a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.number() == number)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Security => "security",
            Self::Audit => "audit",
            Self::Application => "application",
            Self::System => "system",
        }
    }

    /// The class of an event, from what stays clear of it.
    #[must_use]
    pub fn of(kind: &Kind, service: &str) -> Self {
        if service == OWN_SERVICE {
            return Self::Own;
        }
        let mut words = kind.as_str().split('.');
        match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
            ("auth" | "network", _) => Self::Security,
            ("account" | "user" | "role" | "permission" | "access", _) | ("app", "action") => Self::Audit,
            ("system", _) => Self::System,
            _ => Self::Application,
        }
    }

    /// Whether its events may be pruned. Vigia's own never are.
    #[must_use]
    pub fn is_pruned(self) -> bool {
        self != Self::Own
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a retention class is own, security, audit, application or system")]
pub struct UnknownClass;

impl std::str::FromStr for Class {
    type Err = UnknownClass;
    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        Self::ALL
            .into_iter()
            .find(|class| class.name() == text)
            .ok_or(UnknownClass)
    }
}

/// How long: so many whole days, or for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Until so many whole days are over.
    Days(u32),
    /// Always.
    ForEver,
}

/// The text is no time to keep something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("1 to {MAX_DAYS} days, or `forever`")]
pub struct MalformedKeep;

impl std::str::FromStr for Keep {
    type Err = MalformedKeep;
    fn from_str(text: &str) -> Result<Self, MalformedKeep> {
        if text == "forever" {
            return Ok(Self::ForEver);
        }
        let days = text.strip_suffix('d').unwrap_or(text);
        match days.parse() {
            Ok(days) if (1..=MAX_DAYS).contains(&days) => Ok(Self::Days(days)),
            _ => Err(MalformedKeep),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days} days"),
            Self::ForEver => f.write_str("for ever"),
        }
    }
}

/// How long each class is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    classes: BTreeMap<Class, Keep>,
}

impl Default for Retention {
    fn default() -> Self {
        let keep = |class: Class| {
            if class.is_pruned() {
                Keep::Days(DEFAULT_DAYS)
            } else {
                Keep::ForEver
            }
        };
        Self {
            classes: Class::ALL.into_iter().map(|class| (class, keep(class))).collect(),
        }
    }
}

impl Retention {
    /// How long this class is kept.
    #[must_use]
    pub fn keep(&self, class: Class) -> Keep {
        self.classes.get(&class).copied().unwrap_or(Keep::ForEver)
    }

    /// The first day that this class still keeps, in days since 1970; `None` where it keeps all.
    #[must_use]
    pub fn first_kept_day(&self, class: Class, now: Timestamp) -> Option<i32> {
        match self.keep(class) {
            Keep::ForEver => None,
            Keep::Days(days) => Some(day_of(now).saturating_sub(i32::try_from(days).unwrap_or(i32::MAX))),
        }
    }

    /// Whether what was recorded then is over for its class.
    #[must_use]
    pub fn is_due(&self, class: Class, recorded_at: Timestamp, now: Timestamp) -> bool {
        self.first_kept_day(class, now)
            .is_some_and(|first| day_of(recorded_at) < first)
    }

    /// Whether a period's key may go, as far as days tell. That of class [`Class::Own`] stands for
    /// every class in ledgers of the first version, so it goes when all of them are over.
    #[must_use]
    pub fn is_period_due(&self, day: i32, class: Class, now: Timestamp) -> bool {
        let due = |class| self.first_kept_day(class, now).is_some_and(|first| day < first);
        match class {
            Class::Own => Class::ALL.into_iter().all(due),
            class => due(class),
        }
    }
}

/// The moment at which a day begins.
#[must_use]
pub fn start_of(day: i32) -> Timestamp {
    from_micros(i64::from(day) * MICROS_PER_DAY).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What can happen to the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RetentionEvent {
    /// These classes are kept so long from now on.
    Changed {
        /// Only those that changed.
        classes: BTreeMap<Class, Keep>,
    },
}

/// The policy after the event.
#[must_use]
pub fn evolve(state: Option<Retention>, event: RetentionEvent, _: Recorded<'_>) -> Option<Retention> {
    let RetentionEvent::Changed { classes } = event;
    let mut retention = state.unwrap_or_default();
    retention.classes.extend(classes);
    Some(retention)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    const RECORDED: Recorded<'_> = Recorded {
        seq: 0,
        recorded_at: Timestamp::UNIX_EPOCH,
        holders: &[],
    };

    fn changed(class: Class, keep: Keep) -> Retention {
        let event = RetentionEvent::Changed {
            classes: [(class, keep)].into(),
        };
        evolve(None, event, RECORDED).unwrap()
    }

    #[test]
    fn the_class_follows_from_kind_and_service() {
        let class = |kind: &str, service: &str| Class::of(&kind.parse().unwrap(), service);
        assert_eq!(class("auth.login.failed", "api"), Class::Security);
        assert_eq!(class("network.probe.seen", "sshd"), Class::Security);
        assert_eq!(class("user.role.changed", "api"), Class::Audit);
        assert_eq!(class("app.action", "api"), Class::Audit);
        assert_eq!(class("app.log", "billing"), Class::Application);
        assert_eq!(class("order.shipped", "billing"), Class::Application);
        assert_eq!(class("system.log", "CRON"), Class::System);
        assert_eq!(class("auth.login.failed", "vigia"), Class::Own);
    }

    #[test]
    fn ninety_whole_days_are_kept_by_default_and_own_events_for_ever() {
        let policy = Retention::default();
        let recorded = start_of(20_000) + TimeDelta::hours(23);
        let after = |days: i64| start_of(20_000) + TimeDelta::days(days);
        assert!(!policy.is_due(Class::Security, recorded, after(90) + TimeDelta::hours(23)));
        assert!(policy.is_due(Class::Security, recorded, after(91)));
        assert!(!policy.is_due(Class::Own, recorded, after(10_000)));
    }

    #[test]
    fn a_period_of_the_first_version_goes_when_every_class_is_over() {
        let now = start_of(20_500);
        assert!(Retention::default().is_period_due(20_000, Class::Audit, now));
        assert!(!Retention::default().is_period_due(20_000, Class::Own, now));
        let own = changed(Class::Own, Keep::Days(30));
        assert!(own.is_period_due(20_000, Class::Own, now));
        assert!(!own.is_period_due(20_450, Class::Own, now));
    }

    #[test]
    fn a_change_touches_the_classes_that_it_names() {
        let policy = changed(Class::Audit, Keep::Days(365));
        assert_eq!(policy.keep(Class::Audit), Keep::Days(365));
        assert_eq!(policy.keep(Class::Security), Keep::Days(DEFAULT_DAYS));
        assert_eq!("365d".parse(), Ok(Keep::Days(365)));
        assert_eq!("forever".parse(), Ok(Keep::ForEver));
        assert!("0".parse::<Keep>().is_err() && "99999".parse::<Keep>().is_err());
    }

    #[test]
    fn a_class_is_known_by_name_and_number() {
        for class in Class::ALL {
            assert_eq!(class.name().parse(), Ok(class));
            assert_eq!(Class::from_number(class.number()), Some(class));
        }
        assert_eq!(Class::from_number(9), None);
    }
}
