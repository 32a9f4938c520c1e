//! `POST /v1/auth/{login,refresh,logout}`, `GET /v1/auth/{session,jwks}`.

use crate::http::caller::{Address, Allowed, Caller, Identity};
use crate::http::request::Json;
use crate::{Error, Platform, session as sessions};
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use vigia_domain::access::action::ReadSession;
use vigia_domain::access::{Granted, Requester};
use vigia_wire::auth::{Jwks, LoginRequest, RefreshRequest, SessionReply, Tokens};

/// What a program that signs in may call itself, in characters; the rest is cut off.
const MAX_AGENT_CHARS: usize = 256;

/// Signs in with e-mail and password.
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", request_body = LoginRequest,
    responses((status = 200, description = "Signed in.", body = Tokens),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn login(
    State(platform): State<Platform>,
    Address(address): Address,
    headers: HeaderMap,
    Json(request): Json<LoginRequest>,
) -> Result<axum::Json<Tokens>, Error> {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.map(|agent| agent.chars().take(MAX_AGENT_CHARS).collect());
    sessions::begin(&platform, &request, (address, agent))
        .await
        .map(axum::Json)
}

/// Rotates the refresh token. A second use of one ends the session.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "auth", request_body = RefreshRequest,
    responses((status = 200, description = "New tokens.", body = Tokens),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn refresh(
    State(platform): State<Platform>,
    Address(address): Address,
    Json(request): Json<RefreshRequest>,
) -> Result<axum::Json<Tokens>, Error> {
    sessions::refresh(&platform, &request.refresh_token, address)
        .await
        .map(axum::Json)
}

/// Signs out; the next request with a token of this session is refused.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "Signed out."),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn logout(State(platform): State<Platform>, caller: Caller) -> Result<StatusCode, Error> {
    let Identity::Person(signed_in) = &caller.identity else {
        return Err(no_session());
    };
    let origin = caller.origin(&platform).await?;
    sessions::log_out(&platform, signed_in, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The session of the access token, and what its owner may do.
#[utoipa::path(get, path = "/v1/auth/session", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The session.", body = SessionReply),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn session(
    State(platform): State<Platform>,
    Allowed { caller, .. }: Allowed<ReadSession>,
) -> Result<axum::Json<SessionReply>, Error> {
    let Identity::Person(signed_in) = &caller.identity else {
        return Err(no_session());
    };
    Ok(axum::Json(SessionReply {
        session_id: signed_in.session_id,
        account_id: signed_in.account_id,
        email: platform.store().email_of(&signed_in.account.state).await?,
        permissions: permissions(&caller.requester),
        started_at: signed_in.session.state.started_at,
    }))
}

/// The public keys that access tokens are checked with (RFC 7517).
#[utoipa::path(get, path = "/v1/auth/jwks", tag = "auth",
    responses((status = 200, description = "The key set.", body = Jwks)))]
pub async fn jwks(State(platform): State<Platform>) -> axum::Json<Jwks> {
    axum::Json(platform.tokens().jwks())
}

fn no_session() -> Error {
    Error::Field {
        name: "Authorization",
        reason: "an API key has no session".to_owned(),
    }
}

fn permissions(requester: &Requester) -> Vec<String> {
    let mut all: Vec<String> = requester
        .grants
        .iter()
        .flat_map(|grant| match &grant.what {
            Granted::Role(role) => role.permissions(),
            Granted::Permissions(permissions) => permissions.clone(),
        })
        .map(|permission| permission.to_string())
        .collect();
    all.sort();
    all.dedup();
    all
}
