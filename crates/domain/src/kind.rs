//! What happened, as a dotted name, and the catalogue of the names that Vigia itself gives.
//!
//! A kind from a foreign field is taken when it is well formed, so the catalogue is open: what it
//! does not list is OCSF base event (class 0, activity 99). Kinds stay clear in the ledger, so the
//! form is narrow enough that no address or name of a person fits in.

use crate::outcome::{Severity, Status};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// The longest kind, in bytes.
pub const MAX_KIND_BYTES: usize = 64;

/// `auth.login.failed`: two to five lower-case words joined by dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kind(Cow<'static, str>);

/// The text is not a kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a kind is two to five lower-case words joined by dots, at most 64 bytes, like auth.login.failed")]
pub struct MalformedKind;

impl Kind {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn known(&self) -> Option<&'static Known> {
        CATALOGUE.iter().find(|known| known.name == self.0)
    }

    /// OCSF `class_uid`; 0 (base event) for a foreign kind.
    #[must_use]
    pub fn class_uid(&self) -> u32 {
        self.known().map_or(0, |known| known.class_uid)
    }

    /// OCSF `activity_id`; 99 (other) for a foreign kind.
    #[must_use]
    pub fn activity_id(&self) -> u8 {
        self.known().map_or(99, |known| known.activity_id)
    }

    /// How much an event of this kind matters when nobody says otherwise.
    #[must_use]
    pub fn default_severity(&self) -> Severity {
        self.known().map_or(Severity::Info, |known| known.severity)
    }

    /// Whether an event of this kind by itself says that something worked or failed.
    #[must_use]
    pub fn default_status(&self) -> Option<Status> {
        self.known().and_then(|known| known.status)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Kind {
    type Error = MalformedKind;
    fn try_from(text: String) -> Result<Self, MalformedKind> {
        text.parse()
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.0.into_owned()
    }
}

impl std::str::FromStr for Kind {
    type Err = MalformedKind;
    fn from_str(text: &str) -> Result<Self, MalformedKind> {
        if let Some(known) = CATALOGUE.iter().find(|known| known.name == text) {
            return Ok(Self(Cow::Borrowed(known.name)));
        }
        let word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let words = text.split('.').count();
        if text.len() > MAX_KIND_BYTES || !(2..=5).contains(&words) || !text.split('.').all(word) {
            return Err(MalformedKind);
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }
}

/// A kind that Vigia gives, with its place in OCSF.
#[derive(Debug)]
pub struct Known {
    /// The dotted name.
    pub name: &'static str,
    /// OCSF class.
    pub class_uid: u32,
    /// OCSF activity within the class.
    pub activity_id: u8,
    /// Severity unless the source says otherwise.
    pub severity: Severity,
    /// Outcome that the kind itself states.
    pub status: Option<Status>,
    /// Whether it is an attempt whose source, when it failed, belongs to nobody known: then only
    /// `source.*` goes under the period key (docs/ledger.md).
    pub attempt: bool,
}

impl Kind {
    /// A failed event of this kind seals its source apart from the account that was tried.
    #[must_use]
    pub fn is_attempt(&self) -> bool {
        self.known().is_some_and(|known| known.attempt)
    }
}

macro_rules! catalogue {
    ($($constant:ident = $name:literal, $class:literal / $activity:literal, $severity:ident, $status:tt $(, $attempt:ident)?;)+) => {
        impl Kind {
            $(
                #[doc = concat!("`", $name, "`")]
                pub const $constant: Self = Self(Cow::Borrowed($name));
            )+
        }

        /// Every kind that Vigia gives, in the order of docs/events.md.
        pub const CATALOGUE: &[Known] = &[$(Known {
            name: $name,
            class_uid: $class,
            activity_id: $activity,
            severity: Severity::$severity,
            status: catalogue!(@status $status),
            attempt: catalogue!(@attempt $($attempt)?),
        },)+];
    };
    (@status -) => { None };
    (@status ok) => { Some(Status::Success) };
    (@status no) => { Some(Status::Failure) };
    (@attempt attempt) => { true };
    (@attempt) => { false };
}

catalogue! {
    // Sign-in and sessions: OCSF 3002 Authentication.
    AUTH_LOGIN_SUCCEEDED = "auth.login.succeeded", 3002/1, Info, ok;
    AUTH_LOGIN_FAILED = "auth.login.failed", 3002/1, Medium, no, attempt;
    AUTH_LOGIN_LIMITED = "auth.login.limited", 3002/1, High, no, attempt;
    AUTH_USER_INVALID = "auth.user.invalid", 3002/1, Low, no, attempt;
    AUTH_NONE_FAILED = "auth.none.failed", 3002/1, Info, no, attempt;
    AUTH_PAM_FAILED = "auth.pam.failed", 3002/1, Low, no, attempt;
    AUTH_ATTEMPTS_EXCEEDED = "auth.attempts.exceeded", 3002/1, Medium, no, attempt;
    AUTH_SESSION_OPENED = "auth.session.opened", 3002/1, Info, ok;
    AUTH_SESSION_CLOSED = "auth.session.closed", 3002/2, Info, ok;
    AUTH_SESSION_REFRESHED = "auth.session.refreshed", 3002/99, Info, ok;
    AUTH_LOGOUT = "auth.logout.succeeded", 3002/2, Info, ok;
    AUTH_TOKEN_INVALID = "auth.token.invalid", 3002/99, Medium, no, attempt;
    AUTH_TOKEN_EXPIRED = "auth.token.expired", 3002/99, Low, no, attempt;
    AUTH_TOKEN_REUSED = "auth.token.reused", 3002/99, High, no, attempt;
    AUTH_ROLE_ASSUMED = "auth.role.assumed", 3002/7, Info, ok;
    ACCESS_DENIED = "access.request.denied", 3003/99, Medium, no;
    // Accounts and roles: OCSF 3001 Account Change, 3005 User Access Management.
    ACCOUNT_REGISTERED = "account.user.registered", 3001/1, Info, ok;
    ACCOUNT_CREATED = "account.user.created", 3001/1, Low, ok;
    ACCOUNT_DISABLED = "account.user.disabled", 3001/5, Medium, ok;
    ACCOUNT_DELETED = "account.user.deleted", 3001/6, Medium, ok;
    ACCOUNT_ERASED = "account.user.erased", 3001/6, Medium, ok;
    ACCOUNT_PASSWORD_CHANGED = "account.password.changed", 3001/3, Low, ok;
    ACCOUNT_KEY_CREATED = "account.key.created", 3001/1, Medium, ok;
    ACCOUNT_KEY_DELETED = "account.key.deleted", 3001/6, Low, ok;
    ACCOUNT_MFA_ENABLED = "account.mfa.enabled", 3001/10, Low, ok;
    ACCOUNT_MFA_DISABLED = "account.mfa.disabled", 3001/11, Medium, ok;
    ACCOUNT_POLICY_ATTACHED = "account.policy.attached", 3001/7, Medium, ok;
    ACCOUNT_POLICY_DETACHED = "account.policy.detached", 3001/8, Low, ok;
    USER_ROLE_CHANGED = "user.role.changed", 3005/1, Medium, ok;
    API_KEY_CREATED = "api_key.created", 3001/1, Low, ok;
    API_KEY_REVOKED = "api_key.revoked", 3001/6, Low, ok;
    // The network side of a service: OCSF 4007 SSH Activity.
    NETWORK_CONNECTION_OPENED = "network.connection.opened", 4007/1, Info, -;
    NETWORK_CONNECTION_CLOSED = "network.connection.closed", 4007/2, Info, -;
    NETWORK_CONNECTION_FAILED = "network.connection.failed", 4007/4, Low, -;
    NETWORK_PROBE_SEEN = "network.probe.seen", 4007/99, Low, -;
    NETWORK_NAME_MISMATCH = "network.name.mismatch", 4007/99, Medium, -;
    // Requests to a web server: OCSF 4002 HTTP Activity.
    HTTP_SERVED = "http.request.served", 4002/99, Info, ok;
    HTTP_DENIED = "http.request.denied", 4002/99, Low, no, attempt;
    HTTP_REFUSED = "http.request.refused", 4002/99, Info, no;
    HTTP_FAILED = "http.request.failed", 4002/99, Low, no;
    // Calls of a cloud's API: OCSF 6003 API Activity. Whether one worked, its status says.
    CLOUD_API_READ = "cloud.api.read", 6003/2, Info, ok;
    CLOUD_API_CREATE = "cloud.api.create", 6003/1, Info, ok;
    CLOUD_API_UPDATE = "cloud.api.update", 6003/3, Info, ok;
    CLOUD_API_DELETE = "cloud.api.delete", 6003/4, Low, ok;
    CLOUD_API_CALL = "cloud.api.call", 6003/99, Info, ok;
    CLOUD_API_DENIED = "cloud.api.denied", 6003/99, Medium, no;
    CLOUD_LOGGING_STOPPED = "cloud.logging.stopped", 6003/4, High, ok;
    // Data that an application keeps: OCSF 6005 Datastore Activity.
    DATA_READ = "data.record.read", 6005/1, Info, ok;
    DATA_CREATED = "data.record.created", 6005/6, Info, ok;
    DATA_UPDATED = "data.record.updated", 6005/2, Info, ok;
    DATA_DELETED = "data.record.deleted", 6005/7, Low, ok;
    DATA_SUBJECT_EXPORTED = "data.subject.exported", 6005/1, Low, ok;
    DATA_SUBJECT_ERASED = "data.subject.erased", 6005/7, Medium, ok;
    // The platform itself: OCSF 6002 Application Lifecycle, 6005 Datastore Activity.
    PLATFORM_INITIALIZED = "platform.initialized", 6002/1, Info, ok;
    PLATFORM_STARTED = "platform.started", 6002/3, Info, ok;
    PLATFORM_STOPPED = "platform.stopped", 6002/4, Info, ok;
    CERTIFICATE_CHANGED = "platform.certificate.changed", 6002/99, Low, ok;
    SYSLOG_OPENED = "platform.syslog.opened", 6002/3, Info, ok;
    SYSLOG_CLOSED = "platform.syslog.closed", 6002/4, Info, ok;
    SYSLOG_REFUSED = "platform.syslog.refused", 4001/5, Low, no;
    SAMPLE_LOADED = "platform.sample.loaded", 6005/4, Info, ok;
    SETTINGS_CHANGED = "settings.changed", 6002/99, Low, ok;
    EVENTS_READ = "events.read", 6005/1, Info, ok;
    EVENTS_EXPORTED = "events.exported", 6005/1, Low, ok;
    PRIVACY_SUBJECT_ERASED = "privacy.subject.erased", 6005/7, Medium, ok;
    LEDGER_KEY_ROTATED = "ledger.key.rotated", 6005/99, Medium, ok;
    // The life of the data.
    RETENTION_CHANGED = "retention.changed", 6005/2, Medium, ok;
    LEDGER_PRUNED = "ledger.pruned", 6005/7, Low, ok;
    PERIOD_DROPPED = "period.dropped", 6005/7, Low, ok;
    HOLD_PLACED = "hold.placed", 6005/2, Medium, ok;
    HOLD_RELEASED = "hold.released", 6005/2, Medium, ok;
    PLATFORM_MIGRATED = "platform.migrated", 6002/3, Medium, ok;
    BACKUP_MADE = "platform.backup.made", 6005/1, Info, ok;
    BACKUP_FAILED = "platform.backup.failed", 6005/1, High, no;
    BACKUP_RESTORED = "platform.backup.restored", 6005/5, High, ok;
    MASTER_KEY_ROTATED = "platform.master_key.rotated", 6005/99, Medium, ok;
    // What an application printed and nobody has a name for: OCSF 0 Base Event.
    SYSTEM_LOG = "system.log", 0/99, Info, -;
    APP_LOG = "app.log", 0/99, Info, -;
    APP_ACTION = "app.action", 6001/99, Info, -;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_two_to_five_lower_case_words() {
        for good in ["auth.login.failed", "a.b", "api_key.created", "x1.y2.z3.w4.v5"] {
            assert_eq!(good.parse::<Kind>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "auth",
            "Auth.login",
            "a..b",
            "a.b.c.d.e.f",
            "joao@example.com",
            "a. b",
            "1.2.3.4",
        ] {
            assert_eq!(bad.parse::<Kind>(), Err(MalformedKind), "{bad}");
        }
    }

    #[test]
    fn every_kind_of_the_catalogue_is_well_formed_and_listed_once() {
        let mut names: Vec<_> = CATALOGUE.iter().map(|known| known.name).collect();
        assert!(names.iter().all(|name| name.parse::<Kind>().is_ok()));
        names.sort_unstable();
        let listed = names.len();
        names.dedup();
        assert_eq!(names.len(), listed);
    }

    #[test]
    fn the_public_table_says_what_the_catalogue_says() {
        let row = |known: &Known| {
            let status = known.status.map_or("–", |status| match status {
                Status::Success => "success",
                Status::Failure => "failure",
            });
            format!(
                "| `{}` | {} | {} | {} | {status} | {} |",
                known.name,
                known.class_uid,
                known.activity_id,
                known.severity.name(),
                if known.attempt { "yes" } else { "no" },
            )
        };
        let listed: Vec<String> = CATALOGUE.iter().map(row).collect();
        let page = include_str!("../../../docs/events.md");
        let (_, table) = page.split_once("| kind | class |").unwrap();
        let printed: Vec<&str> = table
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with("| `"))
            .collect();
        assert_eq!(printed, listed);
    }
}
