//! Open sessions for people to look at, and to end from elsewhere.

use super::{end, is_open};
use crate::event::Origin;
use crate::http::caller::{Caller, Identity, SignedIn};
use crate::{Error, Platform, reading};
use chrono::TimeDelta;
use std::collections::{BTreeMap, HashMap};
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ReadEvents, ReadPii, ReadSession, WriteSessions};
use vigia_domain::account::Account;
use vigia_domain::event::Target;
use vigia_domain::session::{EndReason, Session};
use vigia_domain::{AccountId, Kind, SessionId, Timestamp};
use vigia_store::{Credential, Stored};
use vigia_wire::auth::REFRESH_SECONDS;
use vigia_wire::session::OpenSession;

/// One's own open sessions.
///
/// # Errors
/// Where the store fails.
pub async fn list_own(
    platform: &Platform,
    permit: &Permit<ReadSession>,
    caller: &Caller,
    signed_in: &SignedIn,
) -> Result<Vec<OpenSession>, Error> {
    let sessions = own(platform, permit, caller, signed_in).await?;
    let email = platform.store().email_of(&signed_in.account.state).await?;
    let used = platform.store().session_uses().await?;
    let mut all = Vec::with_capacity(sessions.len());
    for session in sessions {
        all.push(shown(platform, caller, &session, &used, Some(email.clone())).await?);
    }
    all.sort_by_key(|one| (one.started_at, one.id));
    Ok(all)
}

/// Everybody's open sessions.
///
/// # Errors
/// Where the store fails, or the reading could not be recorded.
pub async fn list_all(
    platform: &Platform,
    permit: &Permit<WriteSessions>,
    caller: &Caller,
) -> Result<Vec<OpenSession>, Error> {
    let store = platform.store();
    // Whatever did not move within a refresh token's life is over.
    let since = caller.context.now - TimeDelta::seconds(i64::from(REFRESH_SECONDS));
    let from = match caller.may::<ReadEvents>() {
        Ok(permit) => store.first_seq_since(&permit, since).await?,
        Err(_) => 0,
    };
    let mut accounts: HashMap<AccountId, Option<(Account, Option<String>)>> = HashMap::new();
    let mut open = Vec::new();
    for session in store.sessions_since(permit, from).await? {
        let id = session.state.account;
        if let std::collections::hash_map::Entry::Vacant(place) = accounts.entry(id) {
            let account = match store.account(id).await? {
                Some(account) => {
                    let email = store.email_of(&account.state).await?;
                    Some((account.state, email))
                }
                None => None,
            };
            place.insert(account);
        }
        if let Some(Some((account, email))) = accounts.get(&id)
            && still(&session.state, account, caller.context.now)
        {
            open.push((session, email.clone()));
        }
    }
    let people = caller.may::<ReadPii>().is_ok();
    if people && let Some(first) = open.iter().map(|(session, _)| session.state.started_seq).min() {
        reading::record(platform, caller, first).await?;
    }
    let used = store.session_uses().await?;
    let mut all = Vec::with_capacity(open.len());
    for (session, email) in open {
        all.push(shown(platform, caller, &session, &used, people.then_some(email)).await?);
    }
    all.sort_by_key(|one| (one.started_at, one.id));
    Ok(all)
}

/// Ends a session from elsewhere.
///
/// # Errors
/// Where the store fails.
pub async fn revoke(
    platform: &Platform,
    _permit: &Permit<ReadSession>,
    origin: &Origin,
    (id, session): (SessionId, &Stored<Session>),
) -> Result<(), Error> {
    let mut event = origin.event(Kind::AUTH_SESSION_CLOSED, "A session was ended from elsewhere")?;
    let account = platform.store().account(session.state.account).await?;
    let email = match account {
        Some(account) => platform.store().email_of(&account.state).await?,
        None => None,
    };
    event.target = Target {
        kind: Some("user".to_owned()),
        id: Some(session.state.account.to_string()),
        email,
        ..Target::default()
    };
    end(platform, id, session, EndReason::Revoked, event).await
}

/// Ends every session of one's own but this; answers how many.
///
/// # Errors
/// Where the store fails.
pub async fn revoke_others(
    platform: &Platform,
    permit: &Permit<ReadSession>,
    origin: &Origin,
    signed_in: &SignedIn,
) -> Result<u64, Error> {
    let all = platform.store().sessions_of(permit, signed_in.account_id).await?;
    let mut ended = 0;
    for session in all {
        let id = SessionId(session.id);
        if id != signed_in.session_id && still(&session.state, &signed_in.account.state, origin.now) {
            revoke(platform, permit, origin, (id, &session)).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

async fn own(
    platform: &Platform,
    permit: &Permit<ReadSession>,
    caller: &Caller,
    signed_in: &SignedIn,
) -> Result<Vec<Stored<Session>>, Error> {
    let mut all = platform.store().sessions_of(permit, signed_in.account_id).await?;
    all.retain(|session| still(&session.state, &signed_in.account.state, caller.context.now));
    Ok(all)
}

fn still(session: &Session, account: &Account, now: Timestamp) -> bool {
    session.ended.is_none() && now < session.expires_at && is_open(session, account)
}

/// `email` is `None` where people are not to be shown.
async fn shown(
    platform: &Platform,
    caller: &Caller,
    session: &Stored<Session>,
    used: &BTreeMap<SessionId, Timestamp>,
    email: Option<Option<String>>,
) -> Result<OpenSession, Error> {
    let id = SessionId(session.id);
    let source = match email {
        Some(_) => platform.store().source_of(&session.state).await?,
        None => vigia_domain::event::Source::default(),
    };
    let remembered = platform.uses().of(Credential::Refresh(id));
    let last = remembered.max(used.get(&id).copied());
    let current = matches!(&caller.identity, Identity::Person(signed_in) if signed_in.session_id == id);
    Ok(OpenSession {
        id,
        account_id: session.state.account,
        email: email.flatten(),
        current,
        started_at: session.state.started_at,
        last_used_at: last.map_or(session.state.started_at, |last| {
            last.max(session.state.started_at)
        }),
        expires_at: session.state.expires_at,
        address: source.ip.map(|ip| ip.to_string()),
        user_agent: source.user_agent,
    })
}
