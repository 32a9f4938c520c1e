//! The eight questions that everybody is asked, in the order of q1 … q8, and what they ask about.
//!
//! What stands here once goes to the desk as its query language and to the baselines as values of
//! their SQL, so that all answer the same question.

use crate::log::{self, RARE_WORD, SERVICES};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use vigia_domain::Timestamp;
use vigia_domain::clock::to_micros;

/// The kind that most of them are about.
pub const FAILED: &str = "auth.login.failed";
/// Two words of many messages.
pub const WORDS: [&str; 2] = ["invoice", "overdue"];
/// Rows of a list.
pub const NEWEST: u64 = 100;
/// More failures than this in a day are many.
pub const MANY: u64 = 10;
/// Which account, by how busy it is.
const ACCOUNT: usize = 1_000;
/// Which network.
const NETWORK: usize = 150;
/// Which service.
const SERVICE: usize = 3;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Newest 100 of a kind and a service within 30 days.
    KindAndService,
    /// Newest 100 of an account.
    Account,
    /// Newest 100 from a /16.
    Network,
    /// Newest 100 with a word that one event in a million has.
    RareWord,
    /// Newest 100 with two words that many have.
    TwoWords,
    /// Counts by hour and severity over 90 days.
    Histogram,
    /// The ten accounts with the most failed sign-ins in 90 days.
    TopAccounts,
    /// Addresses with more than ten failed sign-ins in 24 hours.
    ManyFailures,
}

impl Question {
    /// All, in their order.
    pub const ALL: [Self; 8] = [
        Self::KindAndService,
        Self::Account,
        Self::Network,
        Self::RareWord,
        Self::TwoWords,
        Self::Histogram,
        Self::TopAccounts,
        Self::ManyFailures,
    ];

    /// `q1` … `q8`.
    pub fn name(self) -> String {
        let place = Self::ALL.iter().position(|one| *one == self).unwrap_or(0);
        format!("q{}", place + 1)
    }

    /// From when on.
    pub fn since(self) -> Option<Timestamp> {
        match self {
            Self::KindAndService => Some(log::days_before_end(30)),
            Self::Histogram | Self::TopAccounts => Some(log::days_before_end(90)),
            Self::ManyFailures => Some(log::days_before_end(1)),
            Self::Account | Self::Network | Self::RareWord | Self::TwoWords => None,
        }
    }

    /// In Vigia's language.
    pub fn query(self) -> String {
        match self {
            Self::KindAndService => format!("kind:{FAILED} service:{}", service()),
            Self::Account => format!("actor.email:{}", log::email(ACCOUNT)),
            Self::Network => format!("source.ip:{}.0.0/16", network()),
            Self::RareWord => RARE_WORD.to_owned(),
            Self::TwoWords => WORDS.join(" "),
            Self::Histogram => String::new(),
            Self::TopAccounts | Self::ManyFailures => format!("kind:{FAILED}"),
        }
    }
}

fn service() -> &'static str {
    SERVICES.get(SERVICE).copied().unwrap_or_default()
}

fn network() -> String {
    let (first, second) = log::network(NETWORK);
    format!("{first}.{second}")
}

/// The same for a baseline's SQL. Moments as text and in microseconds.
pub fn values() -> Value {
    let moment = |days: i64| {
        let moment = log::days_before_end(days);
        json!({"text": moment.to_rfc3339_opts(SecondsFormat::Secs, true), "micros": to_micros(moment)})
    };
    json!({
        "kind": FAILED,
        "service": service(),
        "account": log::email(ACCOUNT),
        "network": network(),
        "rare": RARE_WORD,
        "words": WORDS,
        "newest": NEWEST,
        "many": MANY,
        "since_30_days": moment(30),
        "since_90_days": moment(90),
        "since_1_day": moment(1),
    })
}
