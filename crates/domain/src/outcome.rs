//! How much an event matters, and whether what was tried worked, in OCSF's numbers.

use serde::{Deserialize, Serialize};

/// OCSF `severity_id`, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Severity {
    /// 0: nobody said.
    Unknown = 0,
    /// 1: normal work.
    #[default]
    Info = 1,
    /// 2: worth a look when there is time.
    Low = 2,
    /// 3: somebody should look.
    Medium = 3,
    /// 4: somebody should act.
    High = 4,
    /// 5: act now.
    Critical = 5,
    /// 6: what could be lost is lost.
    Fatal = 6,
}

impl Severity {
    /// Every severity, from unknown to fatal.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
        Self::Fatal,
    ];

    /// The OCSF number.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// From the OCSF number; unknown numbers are `Unknown`.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Unknown)
    }

    /// The word used in queries, JSON and translations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
            Self::Fatal => "fatal",
        }
    }
}

/// OCSF `status_id`: 1 success, 2 failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// What was tried was done.
    Success,
    /// What was tried was refused or did not work.
    Failure,
}

impl Status {
    /// The OCSF number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Success => 1,
            Self::Failure => 2,
        }
    }

    /// From the OCSF number; anything but 1 and 2 is `None`.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Success),
            2 => Some(Self::Failure),
            _ => None,
        }
    }
}
