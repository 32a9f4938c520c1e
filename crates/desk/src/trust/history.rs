//! What happened to this desk's trust: keys accepted and changed, findings, whole checks. Written
//! once, never changed; where there is too much of it, the oldest whole checks that passed go first
//! and nothing else.

use super::FindingKind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vigia_domain::Timestamp;

/// Lines from which the file is thinned.
pub(super) const THIN_FROM: usize = 1_024;
/// Whole checks that stay then.
const CHECKS: usize = 256;

/// How a key came to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Somebody saw its fingerprint in the window and said that it is the right one.
    Compared,
    /// Somebody gave the fingerprint beforehand.
    Given,
    /// What was there at first contact was taken.
    FirstContact,
    /// This computer made the platform, and with it the key.
    OwnPlatform,
    /// The key before it signed for it.
    Chain,
}

/// Something that happened to the trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen to the trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// A key was trusted.
    KeyAccepted {
        /// Its fingerprint.
        fingerprint: String,
        /// How; `None` where nobody wrote it down.
        how: Option<How>,
    },
    /// The log's key changed, and the old one signed for the new one.
    KeyRotated {
        /// Fingerprint of the old key.
        from: String,
        /// Fingerprint of the new key.
        to: String,
        /// Entries under the checkpoint that both signed.
        #[ts(type = "number")]
        size: u64,
    },
    /// Something did not fit.
    Found {
        /// What.
        #[ts(type = "string")]
        finding: FindingKind,
        /// The entry, where one is to blame.
        #[ts(type = "number | null")]
        seq: Option<u64>,
        /// The file with both sides and the proof.
        evidence: String,
    },
    /// A whole check passed and lifted the finding that stood.
    Lifted,
    /// Every entry was fetched anew and fits.
    Checked {
        /// Entries that were fetched.
        #[ts(type = "number")]
        entries: u64,
        /// Sealed groups of the own copy that were compared with their commitments.
        #[ts(type = "number")]
        groups: u64,
        /// How long it took, in milliseconds.
        #[ts(type = "number")]
        took: u64,
    },
}

/// What is left of a list, oldest first.
pub(super) fn thin(list: Vec<Happened>) -> Vec<Happened> {
    let is_check = |happened: &Happened| matches!(happened.what, What::Checked { .. });
    let mut spare = list.iter().filter(|happened| is_check(happened)).count();
    list.into_iter()
        .filter(|happened| {
            if !is_check(happened) {
                return true;
            }
            spare -= 1;
            spare < CHECKS
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{CHECKS, Happened, What, thin};
    use vigia_domain::Timestamp;

    #[test]
    fn only_old_checks_that_passed_are_forgotten() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let checked = |entries| Happened {
            at,
            what: What::Checked {
                entries,
                groups: 0,
                took: 1,
            },
        };
        let lifted = Happened {
            at,
            what: What::Lifted,
        };
        let mut list = vec![lifted.clone()];
        list.extend((0..2_000).map(checked));
        let left = thin(list);
        assert_eq!(left.len(), CHECKS + 1);
        assert_eq!(left.first(), Some(&lifted));
        assert_eq!(left.get(1), Some(&checked(2_000 - CHECKS as u64)));
        assert_eq!(left.last(), Some(&checked(1_999)));
    }

    #[test]
    fn a_line_of_the_history_reads_back() {
        let text = r#"{"at":"2026-11-21T12:00:00Z","what":"key_accepted","fingerprint":"ab","how":"given"}"#;
        let read: Happened = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}
