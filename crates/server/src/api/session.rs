//! `GET /v1/sessions`, `DELETE /v1/sessions`, `DELETE /v1/sessions/{id}`.

use crate::http::caller::{Allowed, Caller, Identity, SignedIn};
use crate::http::request::{Path, Query};
use crate::{Error, Platform, session};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use vigia_domain::SessionId;
use vigia_domain::access::action::{ReadSession, WriteSessions};
use vigia_wire::session::{OpenSession, SessionsEnded};

/// Whose sessions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Everybody's, not only one's own; needs `session:write`.
    #[serde(default)]
    #[param(example = false)]
    all: bool,
}

/// Open sessions.
///
/// One's own, or with `all=true` and `session:write` everybody's. Of others, e-mail, address and user
/// agent are shown with `pii:read` only, and that reading is recorded.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions", security(("bearer" = [])), params(Parameters),
    responses((status = 200, description = "The open sessions, oldest first.", body = Vec<OpenSession>),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<ReadSession>,
    Query(Parameters { all }): Query<Parameters>,
) -> Result<Json<Vec<OpenSession>>, Error> {
    let sessions = if all {
        let permit = caller.demand::<WriteSessions>(&platform)?;
        session::list_all(&platform, &permit, &caller).await?
    } else {
        session::list_own(&platform, &permit, &caller, own(&caller)?).await?
    };
    Ok(Json(sessions))
}

/// Ends a session.
///
/// One's own, or with `session:write` anybody's: the next request with any of its tokens is refused.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "sessions", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The session's id.")),
    responses((status = 204, description = "Ended."),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn end(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<ReadSession>,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Error> {
    let stored = platform.store().session(id).await?;
    let account = match &caller.identity {
        Identity::Person(signed_in) => Some(signed_in.account_id),
        Identity::Key(_) => None,
    };
    let is_own = stored
        .as_ref()
        .is_some_and(|stored| Some(stored.state.account) == account);
    if !is_own {
        caller.demand::<WriteSessions>(&platform)?;
    }
    let stored = stored.filter(|stored| stored.state.ended.is_none());
    let stored = stored.ok_or(Error::NotFound("no such session"))?;
    let origin = caller.origin(&platform).await?;
    session::revoke(&platform, &permit, &origin, (id, &stored)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every other session of one's own.
///
/// All but the session of this very request.
#[utoipa::path(delete, path = "/v1/sessions", tag = "sessions", security(("bearer" = [])),
    responses((status = 200, description = "How many were ended.", body = SessionsEnded),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn end_others(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<ReadSession>,
) -> Result<Json<SessionsEnded>, Error> {
    let signed_in = own(&caller)?;
    let origin = caller.origin(&platform).await?;
    let ended = session::revoke_others(&platform, &permit, &origin, signed_in).await?;
    Ok(Json(SessionsEnded { ended }))
}

fn own(caller: &Caller) -> Result<&SignedIn, Error> {
    match &caller.identity {
        Identity::Person(signed_in) => Ok(signed_in),
        Identity::Key(_) => Err(Error::Field {
            name: "Authorization",
            reason: "an API key has no session".to_owned(),
        }),
    }
}
