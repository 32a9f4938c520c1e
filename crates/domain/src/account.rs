//! An account: somebody who may sign in to this platform.
//!
//! Its e-mail is sealed under the person's key and its password hash is a credential, so neither
//! stands here: state holds a reference to the one and nothing of the other.

use crate::access::Grant;
use crate::aggregate::{Recorded, SealedRef};
use crate::clock::Timestamp;
use crate::holder::Holder;
use crate::id::SubjectId;
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
    /// Tokens issued before this moment are void.
    pub tokens_not_before: Timestamp,
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
                tokens_not_before: recorded.recorded_at,
            })
        }
        (Some(account), AccountEvent::GrantsChanged { grants }) => Some(Account { grants, ..account }),
        (Some(account), AccountEvent::PasswordChanged) => Some(Account {
            tokens_not_before: recorded.recorded_at,
            ..account
        }),
        (Some(account), AccountEvent::Disabled) => Some(Account {
            status: AccountStatus::Disabled,
            tokens_not_before: recorded.recorded_at,
            ..account
        }),
        (Some(account), AccountEvent::Erased) => Some(Account {
            status: AccountStatus::Erased,
            grants: Vec::new(),
            subject: None,
            email: None,
            tokens_not_before: recorded.recorded_at,
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
