//! Accounts: the first administrator, and the way back in for one who is locked out.

use crate::auth::password::{self, Passwords};
use crate::event::{self, Origin};
use crate::session::MAX_EMAIL_BYTES;
use crate::{Error, edge, operator_may, walk};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use vigia_domain::access::action::{ReadEvents, WriteAccounts};
use vigia_domain::access::{BuiltInRole, Grant, Granted, Permit};
use vigia_domain::account::{AccountEvent, AccountStatus};
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::event::{Event, Severity, Target};
use vigia_domain::{AccountId, Kind};
use vigia_store::{Authority, Credential, Store};

/// Judges e-mail and password of a new account, before anything is made.
///
/// # Errors
/// The field that is wrong, and how.
pub fn judge(email: &str, password: &str) -> Result<(), Error> {
    let well_formed = email.len() <= MAX_EMAIL_BYTES
        && !email
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if !well_formed {
        let reason = "is not an e-mail address".to_owned();
        return Err(Error::Field {
            name: "email",
            reason,
        });
    }
    password::judge(password, email).map_err(|weak| Error::Field {
        name: "password",
        reason: weak.to_string(),
    })
}

/// Makes an account with a role; `also` is committed with it.
///
/// # Errors
/// A field that is wrong; `EmailTaken`.
pub async fn create(
    store: &Store,
    permit: &Permit<WriteAccounts>,
    passwords: &Passwords,
    origin: &Origin,
    new: NewAccount<'_>,
    also: Vec<Event>,
) -> Result<AccountId, Error> {
    judge(new.email, new.password)?;
    let hash = passwords.hash(new.password).await?;
    let id = AccountId::new(origin.now, edge::random()?);
    let mut event = origin.event(Kind::ACCOUNT_CREATED, "Account created")?;
    event.target = person(id, Some(new.email.trim().to_owned()));
    let grants = vec![Grant::role(new.role)];
    event.aggregate = Some(event::aggregate(
        AggregateKind::Account,
        id.0,
        1,
        &AccountEvent::Created { grants },
    )?);
    let mut change = store.transact(Authority::Accounts(permit));
    change.set_credential(Credential::Password(id), hash.into_bytes());
    change.commit(also.into_iter().chain([event]).collect()).await?;
    Ok(id)
}

/// What an account begins with.
#[derive(Clone, Copy)]
pub struct NewAccount<'a> {
    /// Its e-mail.
    pub email: &'a str,
    /// Its password.
    pub password: &'a str,
    /// Its role.
    pub role: BuiltInRole,
}

/// Gives an administrator a new password from the platform's own machine: every session of theirs
/// ends, and the event is loud. Where no active administrator is left, because the last one was
/// erased, a new one is made, or nobody could ever enter again.
///
/// # Errors
/// `NotFound` where no account has this e-mail; a password that is not taken.
pub async fn reset(
    store: &Store,
    permit: &Permit<WriteAccounts>,
    passwords: &Passwords,
    origin: &Origin,
    email: &str,
    password: &str,
) -> Result<AccountId, Error> {
    judge(email, password)?;
    let account = store.account_by_email(email).await?;
    let account = account.filter(|account| account.state.status == AccountStatus::Active);
    let Some(account) = account else {
        return replace(store, permit, passwords, origin, email, password).await;
    };
    let hash = passwords.hash(password).await?;
    let id = AccountId(account.id);
    let mut loud = origin.event(
        Kind::ACCOUNT_PASSWORD_CHANGED,
        "An administrator's password was reset from the platform's own machine",
    )?;
    loud.severity = Severity::Critical;
    let known = store.email_of(&account.state).await?;
    loud.target = person(id, known.or_else(|| Some(email.trim().to_owned())));
    let version = account.version.saturating_add(1);
    loud.aggregate = Some(event::aggregate(
        AggregateKind::Account,
        id.0,
        version,
        &AccountEvent::PasswordChanged,
    )?);
    let mut change = store.transact(Authority::Accounts(permit));
    change.set_credential(Credential::Password(id), hash.into_bytes());
    change.commit(vec![loud]).await?;
    Ok(id)
}

/// Makes an administrator where none is left.
async fn replace(
    store: &Store,
    permit: &Permit<WriteAccounts>,
    passwords: &Passwords,
    origin: &Origin,
    email: &str,
    password: &str,
) -> Result<AccountId, Error> {
    if has_administrator(store, &operator_may(origin.now)?).await? {
        return Err(Error::NotFound("no active account with this e-mail"));
    }
    let mut loud = origin.event(
        Kind::ACCOUNT_CREATED,
        "No administrator was left; one is made from the platform's own machine",
    )?;
    loud.severity = Severity::Critical;
    let new = NewAccount {
        email,
        password,
        role: BuiltInRole::Admin,
    };
    create(store, permit, passwords, origin, new, vec![loud]).await
}

/// Whether anybody is left who may do everything.
pub async fn has_administrator(store: &Store, permit: &Permit<ReadEvents>) -> Result<bool, Error> {
    let mut accounts = BTreeSet::new();
    walk::entries(store, permit, 0, |entry| {
        let aggregate = entry.aggregate.as_ref();
        accounts.extend(
            aggregate
                .filter(|aggregate| aggregate.kind == AggregateKind::Account)
                .map(|aggregate| aggregate.id),
        );
        ControlFlow::Continue(())
    })
    .await?;
    for id in accounts {
        let account = store.account(AccountId(id)).await?.map(|account| account.state);
        let admin = |grant: &Grant| grant.what == Granted::Role(BuiltInRole::Admin);
        if account.is_some_and(|account| {
            account.status == AccountStatus::Active && account.grants.iter().any(admin)
        }) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn person(id: AccountId, email: Option<String>) -> Target {
    Target {
        kind: Some("user".to_owned()),
        id: Some(id.to_string()),
        email,
        ..Target::default()
    }
}
