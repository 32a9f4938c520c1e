//! Who may do what, and the only way to be allowed to.
//!
//! A [`Permit`] is needed to read or write anything in the store, and [`authorize`] is its only
//! constructor, so a check cannot be forgotten: without it the call does not compile. A grant adds
//! context (services, fresh MFA, networks, hours, an end) to a set of permissions.
//!
//! Deliberately absent: sessions, tokens, how a principal was recognised.

use crate::clock::Timestamp;
use crate::id::{AccountId, ApiKeyId};
pub use crate::permission::{BuiltInRole, MalformedPermission, Permission};
use chrono::{Datelike, TimeDelta, Timelike};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::net::IpAddr;

/// A role or single permissions, and the conditions under which they hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// What is granted.
    pub what: Granted,
    /// When and where it holds; empty means always.
    #[serde(default)]
    pub conditions: Conditions,
}

impl Grant {
    /// A built-in role without conditions.
    #[must_use]
    pub fn role(role: BuiltInRole) -> Self {
        Self {
            what: Granted::Role(role),
            conditions: Conditions::default(),
        }
    }
}

/// What a grant gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// Whatever the role gives at the time of asking.
    Role(BuiltInRole),
    /// Exactly these.
    Permissions(Vec<Permission>),
}

impl Granted {
    fn covers(&self, wanted: &Permission) -> bool {
        match self {
            Self::Role(role) => role.permissions().iter().any(|has| has.covers(wanted)),
            Self::Permissions(permissions) => permissions.iter().any(|has| has.covers(wanted)),
        }
    }
}

/// The conditions of a grant; each one that is set must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Conditions {
    /// Only events and actions of these services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<BTreeSet<String>>,
    /// Only within this many minutes of a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_mfa_minutes: Option<u16>,
    /// Only from these networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<IpNet>>,
    /// Only in these hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Only until this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Hours of the week, in a fixed offset from UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Days, 1 Monday to 7 Sunday.
    pub days: BTreeSet<u8>,
    /// First minute of the day that counts.
    pub from_minute: u16,
    /// First minute of the day that does not count any more.
    pub to_minute: u16,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

impl Hours {
    fn contains(&self, now: Timestamp) -> bool {
        let local = now + TimeDelta::minutes(i64::from(self.offset_minutes));
        let minute = local.hour() * 60 + local.minute();
        let day = u8::try_from(local.weekday().number_from_monday()).unwrap_or(0);
        self.days.contains(&day) && (u32::from(self.from_minute)..u32::from(self.to_minute)).contains(&minute)
    }
}

/// The circumstances of a request.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The moment.
    pub now: Timestamp,
    /// The address it came from; `None` for a command on the platform's own machine.
    pub address: Option<IpAddr>,
    /// When the person last proved a second factor.
    pub mfa_at: Option<Timestamp>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Principal {
    /// A signed-in person.
    Account(AccountId),
    /// An application.
    ApiKey(ApiKeyId),
    /// Somebody who holds the data folder: a command on the platform's machine.
    Operator,
}

/// A principal with its grants, read afresh for every request.
#[derive(Debug, Clone, PartialEq)]
pub struct Requester {
    /// Who.
    pub principal: Principal,
    /// What they may do.
    pub grants: Vec<Grant>,
}

impl Requester {
    /// Somebody who holds the data folder may do everything with it.
    #[must_use]
    pub fn operator() -> Self {
        let what = Granted::Permissions(vec![Permission::everything()]);
        Self {
            principal: Principal::Operator,
            grants: vec![Grant {
                what,
                conditions: Conditions::default(),
            }],
        }
    }
}

impl Requester {
    /// Whether a grant without conditions gives this permission: what may be handed on to an
    /// application, which knows no conditions.
    #[must_use]
    pub fn may_hand_on(&self, wanted: &Permission) -> bool {
        let free = |grant: &&Grant| grant.conditions == Conditions::default();
        self.grants
            .iter()
            .filter(free)
            .any(|grant| grant.what.covers(wanted))
    }
}

/// Of which services a permit speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Only these.
    Services(BTreeSet<String>),
}

impl Scope {
    /// Whether the service is within it.
    #[must_use]
    pub fn includes(&self, service: &str) -> bool {
        match self {
            Self::All => true,
            Self::Services(services) => services.contains(service),
        }
    }
}

/// The proof that somebody may do `A`. Nothing else makes one.
#[derive(Debug, Clone)]
pub struct Permit<A> {
    principal: Principal,
    scope: Scope,
    action: PhantomData<A>,
}

impl<A> Permit<A> {
    /// Who holds it.
    #[must_use]
    pub fn principal(&self) -> Principal {
        self.principal
    }

    /// Of which services it speaks.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// Something that needs a permit.
pub trait Action {
    /// The permission that allows it, as text.
    const PERMISSION: &'static str;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $permission:literal;)+) => {
        /// The actions of this platform, one type each.
        pub mod action {
            use super::Action;
            $(
                $(#[$doc])*
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl Action for $name {
                    const PERMISSION: &'static str = $permission;
                }
            )+
            /// Every permission that means something here.
            pub const PERMISSIONS: &[&str] = &[$($permission),+];
        }
    };
}

actions! {
    /// Reading events, people masked.
    ReadEvents = "events:read";
    /// Sending events.
    WriteEvents = "events:write";
    /// Reading the sealed fields.
    ReadPii = "pii:read";
    /// Taking events out of the platform as a file.
    ExportEvents = "events:export";
    /// Seeing one's own session.
    ReadSession = "session:read";
    /// Seeing and ending anybody's sessions.
    WriteSessions = "session:write";
    /// Making accounts.
    WriteAccounts = "account:write";
    /// Making and revoking API keys.
    WriteApiKeys = "api_key:write";
    /// Erasing a person.
    ErasePeople = "privacy:erase";
    /// Checking the whole ledger.
    VerifyLedger = "ledger:verify";
    /// Loading the sample, starting and stopping, backups, keys.
    RunPlatform = "platform:run";
    /// Saying how long things are kept.
    WriteRetention = "retention:write";
    /// Seeing the platform's settings.
    ReadSettings = "settings:read";
    /// Changing the platform's settings.
    WriteSettings = "settings:write";
    /// Reading the platform's own metrics.
    ReadMetrics = "metrics:read";
    /// Placing and releasing legal holds.
    WriteHolds = "hold:write";
}

/// Why somebody may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{permission} is needed: {reason}")]
pub struct Denied {
    /// The permission that was missing.
    pub permission: &'static str,
    /// What stood in the way.
    pub reason: DeniedReason,
}

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeniedReason {
    /// No grant gives it.
    #[error("no grant gives it")]
    NotGranted,
    /// A grant gives it, but not from here.
    #[error("not from this network")]
    Network,
    /// A grant gives it, but not now.
    #[error("not at this hour")]
    Hour,
    /// A grant gave it until it ended.
    #[error("the grant has ended")]
    Ended,
    /// A grant gives it right after a second factor only.
    #[error("a fresh second factor is needed")]
    Mfa,
}

/// Decides. The only constructor of a [`Permit`].
///
/// # Errors
/// What is missing, the nearest miss first where several grants give the permission.
pub fn authorize<A: Action>(requester: &Requester, context: &Context) -> Result<Permit<A>, Denied> {
    let denied = |reason| Denied {
        permission: A::PERMISSION,
        reason,
    };
    let Ok(wanted) = A::PERMISSION.parse::<Permission>() else {
        return Err(denied(DeniedReason::NotGranted));
    };
    let mut scope: Option<Scope> = None;
    let mut miss = DeniedReason::NotGranted;
    for grant in requester.grants.iter().filter(|grant| grant.what.covers(&wanted)) {
        match unmet(&grant.conditions, context) {
            Some(reason) => miss = reason,
            None => scope = Some(widen(scope, grant.conditions.services.as_ref())),
        }
    }
    match scope {
        Some(scope) => Ok(Permit {
            principal: requester.principal,
            scope,
            action: PhantomData,
        }),
        None => Err(denied(miss)),
    }
}

fn unmet(conditions: &Conditions, context: &Context) -> Option<DeniedReason> {
    if conditions.until.is_some_and(|until| context.now >= until) {
        return Some(DeniedReason::Ended);
    }
    if let Some(networks) = &conditions.networks
        && !context
            .address
            .is_some_and(|address| networks.iter().any(|net| net.contains(&address)))
    {
        return Some(DeniedReason::Network);
    }
    if conditions
        .hours
        .as_ref()
        .is_some_and(|hours| !hours.contains(context.now))
    {
        return Some(DeniedReason::Hour);
    }
    let fresh = |minutes: u16| {
        let limit = TimeDelta::minutes(i64::from(minutes));
        context
            .mfa_at
            .is_some_and(|at| at <= context.now && context.now - at <= limit)
    };
    conditions
        .fresh_mfa_minutes
        .filter(|minutes| !fresh(*minutes))
        .map(|_| DeniedReason::Mfa)
}

fn widen(scope: Option<Scope>, services: Option<&BTreeSet<String>>) -> Scope {
    match (scope, services) {
        (Some(Scope::All), _) | (_, None) => Scope::All,
        (None, Some(services)) => Scope::Services(services.clone()),
        (Some(Scope::Services(mut all)), Some(services)) => {
            all.extend(services.iter().cloned());
            Scope::Services(all)
        }
    }
}

#[cfg(test)]
mod tests;
