//! Accounts: the first administrator, and the way back in for one who is locked out.

use crate::auth::password::{self, Passwords};
use crate::event::{self, Origin};
use crate::session::MAX_EMAIL_BYTES;
use crate::{Error, edge};
use vigia_domain::access::action::WriteAccounts;
use vigia_domain::access::{BuiltInRole, Grant, Permit};
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
/// ends, and the event is loud.
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
    let account = account.ok_or(Error::NotFound("no active account with this e-mail"))?;
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

fn person(id: AccountId, email: Option<String>) -> Target {
    Target {
        kind: Some("user".to_owned()),
        id: Some(id.to_string()),
        email,
        ..Target::default()
    }
}
