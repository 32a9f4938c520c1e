//! An account: somebody who may sign in to this platform.
//!
//! Its e-mail is sealed under the person's key and its password hash is a credential, so neither
//! stands here: state holds a reference to the one and nothing of the other.

use crate::access::Grant;
use crate::aggregate::{Recorded, SealedRef};
use crate::clock::Timestamp;
use crate::holder::Holder;
use crate::id::SubjectId;
use crate::session::Session;
use serde::{Deserialize, Serialize};

/// What an account is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Whether it may sign in.
    pub status: AccountStatus,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// The person whose account it is; `None` once they are erased.
    pub subject: Option<SubjectId>,
    /// Where the e-mail lies sealed; `None` once the person is erased.
    pub email: Option<SealedRef>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Sessions that began before this entry are void. A number and no moment: clocks stand still
    /// and go backwards, the ledger does not.
    pub tokens_not_before_seq: u64,
}

impl Account {
    /// Whether the account still lets this session be: it is active, and the session is younger
    /// than what last ended them all.
    #[must_use]
    pub fn admits(&self, session: &Session) -> bool {
        self.status == AccountStatus::Active && session.started_seq > self.tokens_not_before_seq
    }
}

/// Whether an account may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// It may.
    Active,
    /// An administrator closed it.
    Disabled,
    /// The person was erased; the id stays so that history keeps its shape.
    Erased,
}

/// What can happen to an account. Clear in the ledger: about nobody by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AccountEvent {
    /// It was made. The entry's first single-person group holds `target.email`.
    Created {
        /// What it may do from the start.
        grants: Vec<Grant>,
    },
    /// Its grants were replaced.
    GrantsChanged {
        /// What it may do from now on.
        grants: Vec<Grant>,
    },
    /// Its password was replaced; older tokens are void.
    PasswordChanged,
    /// It may no longer sign in.
    Disabled,
    /// Its person was erased.
    Erased,
}

/// The account after the event; `None` where the event cannot follow the state.
#[must_use]
pub fn evolve(state: Option<Account>, event: AccountEvent, recorded: Recorded<'_>) -> Option<Account> {
    match (state, event) {
        (None, AccountEvent::Created { grants }) => {
            let (group, subject) = first_person(recorded.holders)?;
            Some(Account {
                status: AccountStatus::Active,
                grants,
                subject: Some(subject),
                email: Some(SealedRef {
                    seq: recorded.seq,
                    group,
                    path: "target.email".to_owned(),
                }),
                created_at: recorded.recorded_at,
                tokens_not_before_seq: recorded.seq,
            })
        }
        (Some(account), AccountEvent::GrantsChanged { grants }) => Some(Account { grants, ..account }),
        (Some(account), AccountEvent::PasswordChanged) => Some(Account {
            tokens_not_before_seq: recorded.seq,
            ..account
        }),
        (Some(account), AccountEvent::Disabled) => Some(Account {
            status: AccountStatus::Disabled,
            tokens_not_before_seq: recorded.seq,
            ..account
        }),
        (Some(account), AccountEvent::Erased) => Some(Account {
            status: AccountStatus::Erased,
            grants: Vec::new(),
            subject: None,
            email: None,
            tokens_not_before_seq: recorded.seq,
            ..account
        }),
        (Some(_), AccountEvent::Created { .. }) | (None, _) => None,
    }
}

/// Accounts are made by nobody or by another person, and say nothing about that person beside the
/// new account's own group: the target's group is the last that one single person holds.
fn first_person(holders: &[Holder]) -> Option<(u32, SubjectId)> {
    holders
        .iter()
        .enumerate()
        .rev()
        .find_map(|(index, holder)| match holder {
            Holder::Subjects(subjects) => match subjects.as_slice() {
                [one] => Some((u32::try_from(index).ok()?, *one)),
                _ => None,
            },
            Holder::Period { .. } => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AccountId;
    use crate::session::{self, SessionEvent};
    use uuid::Uuid;

    #[test]
    fn a_new_password_ends_older_sessions_while_the_clock_stands_still() {
        let holders = [Holder::Subjects(vec![SubjectId([7; 16])])];
        let at = |seq| Recorded {
            seq,
            recorded_at: Timestamp::UNIX_EPOCH,
            holders: &holders,
        };
        let sign_in = |seq| {
            let started = SessionEvent::Started {
                account: AccountId(Uuid::nil()),
                expires_at: Timestamp::MAX_UTC,
            };
            session::evolve(None, started, at(seq)).unwrap()
        };
        let account = evolve(None, AccountEvent::Created { grants: Vec::new() }, at(0)).unwrap();
        let older = sign_in(1);
        assert!(account.admits(&older));
        let account = evolve(Some(account), AccountEvent::PasswordChanged, at(2)).unwrap();
        assert!(!account.admits(&older));
        assert!(account.admits(&sign_in(3)));
        let account = evolve(Some(account), AccountEvent::Disabled, at(4)).unwrap();
        assert!(!account.admits(&sign_in(5)));
    }
}
