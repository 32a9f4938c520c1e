//! Who asks, and the permit they get.
//!
//! [`Caller`] reads the bearer token and then, from the store, the session or key and its grants as
//! they are now: signing out, revoking and changing grants take effect on the next request.
//! [`Allowed`] is the only way a handler comes by a [`Permit`]; a refusal is counted for the ledger.

use crate::auth::refresh::kept;
use crate::auth::refusal::{Refusal, Who};
use crate::auth::token::BadToken;
use crate::door::Connection;
use crate::event::{Origin, actor};
use crate::{Error, Platform, api_key, session};
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::IpAddr;
use subtle::ConstantTimeEq as _;
use vigia_domain::access::{
    Action, Conditions, Context, Grant, Granted, Permit, Principal, Requester, authorize,
};
use vigia_domain::account::Account;
use vigia_domain::session::Session;
use vigia_domain::{AccountId, ApiKeyId, SessionId};
use vigia_store::{Credential, Stored};

/// The address that the request came from, in its canonical form, as a trusted proxy says it or as
/// the connection does.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let connection = parts.extensions.get::<Connection>();
        Ok(Self(
            connection.map(|connection| connection.client(&parts.headers)),
        ))
    }
}

/// Whoever holds the token of this request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who, and what they may do.
    pub requester: Requester,
    /// When and from where.
    pub context: Context,
    /// How they were recognised.
    pub identity: Identity,
}

/// How a caller was recognised.
#[derive(Debug, Clone)]
pub enum Identity {
    /// By an access token.
    Person(Box<SignedIn>),
    /// By an API key.
    Key(ApiKeyId),
}

/// A session and its account, as they are now.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session that the token names.
    pub session_id: SessionId,
    /// The session.
    pub session: Stored<Session>,
    /// Whose it is.
    pub account_id: AccountId,
    /// The account.
    pub account: Stored<Account>,
}

impl Caller {
    /// Decides whether they may do `A`.
    ///
    /// # Errors
    /// What is missing.
    pub fn may<A: Action>(&self) -> Result<Permit<A>, Error> {
        authorize::<A>(&self.requester, &self.context).map_err(Error::Denied)
    }

    /// What their events begin with: the caller as the actor, their e-mail opened for it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn origin(&self, platform: &Platform) -> Result<Origin, Error> {
        let email = match &self.identity {
            Identity::Person(person) => platform.store().email_of(&person.account.state).await?,
            Identity::Key(_) => None,
        };
        Ok(Origin {
            now: self.context.now,
            actor: actor(self.requester.principal, email),
            address: self.context.address,
        })
    }

    /// An API key as it stands now, for what the platform itself does in a key's name.
    ///
    /// # Errors
    /// Where the key is over.
    pub(crate) async fn of_key(platform: &Platform, id: ApiKeyId, context: Context) -> Result<Self, Error> {
        key(platform, id, context).await
    }

    /// The same, and tells the ledger where they may not.
    ///
    /// # Errors
    /// What is missing.
    pub fn demand<A: Action>(&self, platform: &Platform) -> Result<Permit<A>, Error> {
        self.may::<A>().inspect_err(|_| {
            let who = Who::from(self.requester.principal);
            let Context { address, now, .. } = self.context;
            platform
                .refusals()
                .note(Refusal::Denied(A::PERMISSION), who, address, now);
        })
    }

    /// The same caller as they stand now: asked again for every page of a long answer.
    ///
    /// # Errors
    /// Where their session or key is over by now.
    pub async fn again(&self, platform: &Platform) -> Result<Self, Error> {
        let context = Context {
            now: platform.now(),
            ..self.context
        };
        match &self.identity {
            Identity::Person(signed_in) => {
                person(platform, signed_in.session_id, signed_in.account_id, context).await
            }
            Identity::Key(id) => key(platform, *id, context).await,
        }
    }
}

impl FromRequestParts<Platform> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Error> {
        let Ok(Address(address)) = Address::from_request_parts(parts, platform).await;
        let context = Context {
            now: platform.now(),
            address,
            mfa_at: None,
        };
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = header.and_then(bearer).ok_or(Error::NotSignedIn)?;
        let caller = recognise(platform, token, context).await;
        let refusal = match &caller {
            Err(Error::BadToken(BadToken::Invalid)) => Some(Refusal::BadToken),
            Err(Error::BadToken(BadToken::Expired) | Error::SessionEnded) => Some(Refusal::ExpiredToken),
            _ => None,
        };
        if let Some(refusal) = refusal {
            platform
                .refusals()
                .note(refusal, Who::Stranger, address, context.now);
        }
        caller
    }
}

/// The token of `Bearer <token>` (RFC 6750 § 2.1); the scheme's case does not matter.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn recognise(platform: &Platform, token: &str, context: Context) -> Result<Caller, Error> {
    if token.starts_with(api_key::PREFIX) {
        let id = api_key::id_of(token).ok_or(Error::BadToken(BadToken::Invalid))?;
        let known = platform.store().credential(Credential::ApiKey(id)).await?;
        let same = known.is_some_and(|known| bool::from(known.as_slice().ct_eq(&kept(token))));
        if !same {
            return Err(Error::BadToken(BadToken::Invalid));
        }
        return key(platform, id, context).await;
    }
    let claims = platform
        .tokens()
        .read(token, context.now)
        .map_err(Error::BadToken)?;
    person(platform, claims.sid, claims.sub, context).await
}

async fn person(
    platform: &Platform,
    session_id: SessionId,
    account_id: AccountId,
    context: Context,
) -> Result<Caller, Error> {
    let session = platform.store().session(session_id).await?;
    let session = session.filter(|session| session.state.account == account_id);
    let session = session.ok_or(Error::SessionEnded)?;
    let account = platform
        .store()
        .account(account_id)
        .await?
        .ok_or(Error::SessionEnded)?;
    if session.state.ended.is_some() || !session::is_open(&session.state, &account.state) {
        return Err(Error::SessionEnded);
    }
    let requester = Requester {
        principal: Principal::Account(account_id),
        grants: account.state.grants.clone(),
    };
    let signed_in = SignedIn {
        session_id,
        session,
        account_id,
        account,
    };
    platform.uses().note(Credential::Refresh(session_id), context.now);
    Ok(Caller {
        requester,
        context,
        identity: Identity::Person(Box::new(signed_in)),
    })
}

async fn key(platform: &Platform, id: ApiKeyId, context: Context) -> Result<Caller, Error> {
    let key = platform.store().api_key(id).await?;
    let key = key
        .map(|key| key.state)
        .filter(|key| key.is_live(context.now))
        .ok_or(Error::BadToken(BadToken::Expired))?;
    platform.uses().note(Credential::ApiKey(id), context.now);
    let grant = Grant {
        what: Granted::Permissions(key.permissions),
        conditions: Conditions::default(),
    };
    Ok(Caller {
        requester: Requester {
            principal: Principal::ApiKey(id),
            grants: vec![grant],
        },
        context,
        identity: Identity::Key(id),
    })
}

/// A caller who may do `A`.
pub struct Allowed<A> {
    /// The proof.
    pub permit: Permit<A>,
    /// Who.
    pub caller: Caller,
}

impl<A: Action> FromRequestParts<Platform> for Allowed<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, platform).await?;
        let permit = caller.demand::<A>(platform)?;
        Ok(Self { permit, caller })
    }
}
