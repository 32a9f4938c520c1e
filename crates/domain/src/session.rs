//! A session: one sign-in, from its first token to its end.
//!
//! Refresh tokens rotate within the session: each refresh raises the generation, and a token of an
//! older generation means that somebody else has a copy, so the whole session ends (RFC 9700
//! § 4.14.2). The tokens themselves are credentials; none stands here.

use crate::aggregate::Recorded;
use crate::clock::Timestamp;
use crate::id::AccountId;
use serde::{Deserialize, Serialize};

/// What a session is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub account: AccountId,
    /// When it began.
    pub started_at: Timestamp,
    /// The entry with which it began.
    pub started_seq: u64,
    /// How often it was refreshed; the refresh token in force is of this generation.
    pub generation: u32,
    /// When the refresh token in force ends.
    pub expires_at: Timestamp,
    /// When and why it ended, if it did.
    pub ended: Option<Ended>,
}

/// When and why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its owner signed out.
    LoggedOut,
    /// An old refresh token was used again.
    TokenReused,
    /// Its owner or an administrator ended it from elsewhere.
    Revoked,
    /// The password changed, or the account was disabled or erased.
    AccountChanged,
}

/// What can happen to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SessionEvent {
    /// Somebody signed in.
    Started {
        /// Who.
        account: AccountId,
        /// When the first refresh token ends.
        expires_at: Timestamp,
    },
    /// A new refresh token replaced the last.
    Refreshed {
        /// Its generation, one more than the last.
        generation: u32,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// It ended.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

/// The session after the event; `None` where the event cannot follow the state.
#[must_use]
pub fn evolve(state: Option<Session>, event: SessionEvent, recorded: Recorded<'_>) -> Option<Session> {
    match (state, event) {
        (None, SessionEvent::Started { account, expires_at }) => Some(Session {
            account,
            started_at: recorded.recorded_at,
            started_seq: recorded.seq,
            generation: 0,
            expires_at,
            ended: None,
        }),
        (
            Some(session),
            SessionEvent::Refreshed {
                generation,
                expires_at,
            },
        ) if session.ended.is_none() && generation == session.generation + 1 => Some(Session {
            generation,
            expires_at,
            ..session
        }),
        (Some(session), SessionEvent::Ended { reason }) if session.ended.is_none() => Some(Session {
            ended: Some(Ended {
                at: recorded.recorded_at,
                reason,
            }),
            ..session
        }),
        _ => None,
    }
}

/// What a presented refresh token means for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// It is the one in force: rotate it.
    Rotate,
    /// It was used before: somebody has a copy. End the session.
    Reused,
    /// The session is over, or the token is.
    Over,
}

impl Session {
    /// Judges a refresh token of this generation at this moment.
    #[must_use]
    pub fn judge(&self, generation: u32, now: Timestamp) -> RefreshVerdict {
        if self.ended.is_some() || now >= self.expires_at {
            RefreshVerdict::Over
        } else if generation == self.generation {
            RefreshVerdict::Rotate
        } else {
            RefreshVerdict::Reused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn after(events: &[SessionEvent]) -> Option<Session> {
        events
            .iter()
            .cloned()
            .enumerate()
            .try_fold(None, |state, (seq, event)| {
                let recorded = Recorded {
                    seq: seq as u64,
                    recorded_at: at(seq as i64),
                    holders: &[],
                };
                evolve(state, event, recorded).map(Some)
            })?
    }

    fn started() -> SessionEvent {
        SessionEvent::Started {
            account: AccountId(Uuid::nil()),
            expires_at: at(100),
        }
    }

    #[test]
    fn an_old_refresh_token_means_that_somebody_has_a_copy() {
        let refreshed = SessionEvent::Refreshed {
            generation: 1,
            expires_at: at(200),
        };
        let session = after(&[started(), refreshed]).unwrap();
        assert_eq!(session.judge(1, at(150)), RefreshVerdict::Rotate);
        assert_eq!(session.judge(0, at(150)), RefreshVerdict::Reused);
        assert_eq!(session.judge(1, at(200)), RefreshVerdict::Over);
    }

    #[test]
    fn an_ended_session_neither_refreshes_nor_ends_again() {
        let ended = SessionEvent::Ended {
            reason: EndReason::LoggedOut,
        };
        let session = after(&[started(), ended.clone()]).unwrap();
        assert_eq!(session.judge(0, at(2)), RefreshVerdict::Over);
        assert_eq!(after(&[started(), ended.clone(), ended]), None);
        assert_eq!(
            after(&[SessionEvent::Refreshed {
                generation: 1,
                expires_at: at(1)
            }]),
            None
        );
    }
}
