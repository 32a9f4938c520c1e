//! Signing in, staying signed in, signing out.
//!
//! Every change of a session is one transaction with the event that tells of it. The refresh token
//! rotates with each use; a second use of one ends the session (RFC 9700 § 4.14.2).

mod open;

pub use open::{list_all, list_own, revoke, revoke_others};

use crate::auth::refresh::kept;
use crate::auth::refusal::{Refusal, Who};
use crate::auth::token::BadToken;
use crate::auth::{limiter::Attempt, password};
use crate::event::{Origin, actor};
use crate::http::caller::SignedIn;
use crate::{Error, Platform, edge, event};
use chrono::TimeDelta;
use std::net::{IpAddr, Ipv4Addr};
use subtle::ConstantTimeEq as _;
use vigia_domain::access::Principal;
use vigia_domain::account::{Account, AccountStatus};
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::session::{EndReason, RefreshVerdict, Session, SessionEvent};
use vigia_domain::{AccountId, Kind, SessionId, Timestamp};
use vigia_store::{Authority, Credential, Stored};
use vigia_wire::auth::{ACCESS_SECONDS, LoginRequest, REFRESH_SECONDS, Tokens};

/// The longest e-mail address (RFC 5321 § 4.5.3.1.3).
pub const MAX_EMAIL_BYTES: usize = 254;

/// How often ending a session is tried while somebody keeps refreshing it.
const END_TRIES: u32 = 16;

/// Whether the account still lets this session be: it is active, and the session is younger than
/// its last change of password.
#[must_use]
pub fn is_open(session: &Session, account: &Account) -> bool {
    account.admits(session)
}

/// Signs in.
///
/// # Errors
/// `WrongCredentials`, whether it is the e-mail or the password; `TooManyAttempts`.
pub async fn begin(
    platform: &Platform,
    request: &LoginRequest,
    (address, agent): (Option<IpAddr>, Option<String>),
) -> Result<Tokens, Error> {
    let wrong = |name: &'static str, reason: &str| Error::Field {
        name,
        reason: reason.to_owned(),
    };
    if !(1..=MAX_EMAIL_BYTES).contains(&request.email.len()) {
        return Err(wrong("email", "has 1 to 254 bytes"));
    }
    if !(1..=password::MAX_BYTES).contains(&request.password.len()) {
        return Err(wrong("password", "has 1 to 1024 bytes"));
    }
    let now = platform.now();
    let attempt = attempt(platform, &request.email, address, now)?;
    let (id, account) = credentials(platform, request, address, now).await?;
    platform.limiter().succeeded(attempt);

    let now = platform.now();
    let session = SessionId::new(now, edge::random()?);
    let token = platform.refresh_tokens().issue(session, 0)?;
    let origin = owner(platform, id, &account.state, address, now).await?;
    let mut event = origin.event(Kind::AUTH_LOGIN_SUCCEEDED, "Signed in")?;
    event.source.user_agent = agent;
    let started = SessionEvent::Started {
        account: id,
        expires_at: refresh_end(now),
    };
    event.aggregate = Some(event::aggregate(AggregateKind::Session, session.0, 1, &started)?);
    let mut change = platform.store().transact(Authority::Own);
    change.set_credential(Credential::Refresh(session), kept(&token).to_vec());
    change.commit(vec![event]).await?;
    platform.metrics().signed_in();
    tokens(platform, id, session, token, now)
}

fn attempt(
    platform: &Platform,
    email: &str,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<Attempt, Error> {
    // Without an address everybody shares one, which only makes the limit stricter.
    let from = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    platform.limiter().begin(email, from, now).map_err(|seconds| {
        platform
            .refusals()
            .note(Refusal::LimitedSignIn, Who::Stranger, address, now);
        platform.metrics().sign_in_limited();
        Error::TooManyAttempts { seconds }
    })
}

/// Checks e-mail and password, with the same work whether the account exists or not.
async fn credentials(
    platform: &Platform,
    request: &LoginRequest,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<(AccountId, Stored<Account>), Error> {
    let store = platform.store();
    let account = store.account_by_email(&request.email).await?;
    let account = account.filter(|account| account.state.status == AccountStatus::Active);
    let id = AccountId(account.as_ref().map(|account| account.id).unwrap_or_default());
    // Asked for in any case: looking for nothing costs the same as finding something.
    let secret = store.credential(Credential::Password(id)).await?;
    let hash = match secret {
        Some(secret) => Some(String::from_utf8(secret.to_vec()).map_err(|_| Error::Hashing)?),
        None => None,
    };
    let right = platform.passwords().verify(&request.password, hash).await?;
    let who = account.as_ref().map_or(Who::Stranger, |_| Who::Account(id));
    // The password may have been replaced while it was being checked.
    let still = store.account(id).await?.map(|account| account.version);
    match account {
        Some(account) if right && still == Some(account.version) => Ok((id, account)),
        _ => {
            platform
                .refusals()
                .note_sign_in(&request.email, who, address, now);
            platform.metrics().sign_in_refused();
            Err(Error::WrongCredentials)
        }
    }
}

/// Rotates a refresh token.
///
/// # Errors
/// `SessionEnded` where the session is over, also because this very token was used before.
pub async fn refresh(platform: &Platform, token: &str, address: Option<IpAddr>) -> Result<Tokens, Error> {
    let now = platform.now();
    let Some(read) = platform.refresh_tokens().read(token) else {
        platform
            .refusals()
            .note(Refusal::BadToken, Who::Stranger, address, now);
        return Err(Error::BadToken(BadToken::Invalid));
    };
    let store = platform.store();
    let session = store.session(read.session).await?.ok_or(Error::SessionEnded)?;
    let id = session.state.account;
    let account = store.account(id).await?.ok_or(Error::SessionEnded)?;
    if !is_open(&session.state, &account.state) {
        return Err(Error::SessionEnded);
    }
    let known = store.credential(Credential::Refresh(read.session)).await?;
    let in_force = known.is_some_and(|known| bool::from(known.as_slice().ct_eq(&kept(token))));
    let origin = owner(platform, id, &account.state, address, now).await?;
    match session.state.judge(read.generation, now) {
        RefreshVerdict::Over => Err(Error::SessionEnded),
        RefreshVerdict::Rotate if in_force => rotate(platform, read.session, &session, &origin).await,
        RefreshVerdict::Rotate | RefreshVerdict::Reused => {
            let event = origin.event(
                Kind::AUTH_TOKEN_REUSED,
                "A refresh token was used twice; the session ended",
            )?;
            end(platform, read.session, &session, EndReason::TokenReused, event).await?;
            Err(Error::SessionEnded)
        }
    }
}

async fn rotate(
    platform: &Platform,
    id: SessionId,
    session: &Stored<Session>,
    origin: &Origin,
) -> Result<Tokens, Error> {
    let generation = session.state.generation.saturating_add(1);
    let token = platform.refresh_tokens().issue(id, generation)?;
    let mut event = origin.event(Kind::AUTH_SESSION_REFRESHED, "Session refreshed")?;
    let expires_at = refresh_end(origin.now);
    let refreshed = SessionEvent::Refreshed {
        generation,
        expires_at,
    };
    let version = session.version.saturating_add(1);
    event.aggregate = Some(event::aggregate(
        AggregateKind::Session,
        id.0,
        version,
        &refreshed,
    )?);
    let mut change = platform.store().transact(Authority::Own);
    change.set_credential(Credential::Refresh(id), kept(&token).to_vec());
    match change.commit(vec![event]).await {
        Ok(_) => tokens(platform, session.state.account, id, token, origin.now),
        // Whoever signed out meanwhile was first: what is over stays over.
        Err(vigia_store::Error::Conflict { .. }) if is_over(platform, id).await? => Err(Error::SessionEnded),
        Err(error) => Err(error.into()),
    }
}

/// Signs out: the next request with any token of the session is refused.
///
/// # Errors
/// Where the store fails.
pub async fn log_out(platform: &Platform, signed_in: &SignedIn, origin: &Origin) -> Result<(), Error> {
    let event = origin.event(Kind::AUTH_LOGOUT, "Signed out")?;
    end(
        platform,
        signed_in.session_id,
        &signed_in.session,
        EndReason::LoggedOut,
        event,
    )
    .await
}

/// Ends a session, whatever else happens to it at the same time: who is slower than a refresh tries
/// again on what the refresh left.
async fn end(
    platform: &Platform,
    id: SessionId,
    session: &Stored<Session>,
    reason: EndReason,
    mut event: vigia_domain::Event,
) -> Result<(), Error> {
    let mut version = session.version;
    let ended = SessionEvent::Ended { reason };
    for _ in 0..END_TRIES {
        version = version.saturating_add(1);
        event.aggregate = Some(event::aggregate(AggregateKind::Session, id.0, version, &ended)?);
        let mut change = platform.store().transact(Authority::Own);
        change.delete_credential(Credential::Refresh(id));
        match change.commit(vec![event.clone()]).await {
            Ok(_) => return Ok(()),
            Err(vigia_store::Error::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        match platform.store().session(id).await? {
            Some(now) if now.state.ended.is_none() => version = now.version,
            _ => return Ok(()),
        }
    }
    Err(Error::Busy)
}

async fn is_over(platform: &Platform, id: SessionId) -> Result<bool, Error> {
    let session = platform.store().session(id).await?;
    Ok(session.is_none_or(|session| session.state.ended.is_some()))
}

/// What an event of the account's owner begins with.
async fn owner(
    platform: &Platform,
    id: AccountId,
    account: &Account,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<Origin, Error> {
    let email = platform.store().email_of(account).await?;
    Ok(Origin {
        now,
        actor: actor(Principal::Account(id), email),
        address,
    })
}

fn refresh_end(now: Timestamp) -> Timestamp {
    now + TimeDelta::seconds(i64::from(REFRESH_SECONDS))
}

fn tokens(
    platform: &Platform,
    account: AccountId,
    session: SessionId,
    refresh_token: String,
    now: Timestamp,
) -> Result<Tokens, Error> {
    Ok(Tokens {
        access_token: platform.tokens().issue(account, session, now)?,
        token_type: "Bearer".to_owned(),
        expires_in: ACCESS_SECONDS,
        refresh_token,
        refresh_expires_in: REFRESH_SECONDS,
    })
}
