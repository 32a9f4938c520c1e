//! `POST /v1/api-keys`, `GET /v1/api-keys`, `GET /v1/api-keys/{id}`, `DELETE /v1/api-keys/{id}`.

use crate::http::caller::Allowed;
use crate::http::request::{Json, Path};
use crate::{Error, Platform, api_key};
use axum::extract::State;
use axum::http::StatusCode;
use vigia_domain::ApiKeyId;
use vigia_domain::access::action::WriteApiKeys;
use vigia_store::Credential;
use vigia_wire::api_key::{ApiKeyReply, CreateApiKey, CreatedApiKey};

/// Makes a key; the only time that it is shown.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api keys", security(("bearer" = [])), request_body = CreateApiKey,
    responses((status = 201, description = "Made.", body = CreatedApiKey),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<WriteApiKeys>,
    Json(request): Json<CreateApiKey>,
) -> Result<(StatusCode, axum::Json<CreatedApiKey>), Error> {
    let origin = caller.origin(&platform).await?;
    let created = api_key::create(platform.store(), &permit, &caller.requester, &origin, request).await?;
    Ok((StatusCode::CREATED, axum::Json(created)))
}

/// Every key, the revoked ones too.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api keys", security(("bearer" = [])),
    responses((status = 200, description = "The keys, oldest first.", body = Vec<ApiKeyReply>),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(platform): State<Platform>,
    Allowed { permit, .. }: Allowed<WriteApiKeys>,
) -> Result<axum::Json<Vec<ApiKeyReply>>, Error> {
    let mut keys = platform.store().api_keys(&permit).await?;
    keys.sort_by_key(|key| (key.state.created_at, key.id));
    let used = platform.store().key_uses().await?;
    let shown = keys.into_iter().map(|key| {
        let id = ApiKeyId(key.id);
        let used = used.get(&id).copied().max(remembered(&platform, id));
        api_key::reply(key, used)
    });
    Ok(axum::Json(shown.collect()))
}

/// One key.
///
/// Also where it is revoked or over; never the key itself.
#[utoipa::path(get, path = "/v1/api-keys/{id}", tag = "api keys", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = ApiKeyReply),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn one(
    State(platform): State<Platform>,
    Allowed { .. }: Allowed<WriteApiKeys>,
    Path(id): Path<ApiKeyId>,
) -> Result<axum::Json<ApiKeyReply>, Error> {
    let key = platform.store().api_key(id).await?;
    let key = key.ok_or(Error::NotFound("no such API key"))?;
    let used = platform.store().key_uses().await?;
    let used = used.get(&id).copied().max(remembered(&platform, id));
    Ok(axum::Json(api_key::reply(key, used)))
}

fn remembered(platform: &Platform, id: ApiKeyId) -> Option<vigia_domain::Timestamp> {
    platform.uses().of(Credential::ApiKey(id))
}

/// Revokes a key.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "api keys", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The key's id.")),
    responses((status = 204, description = "Revoked."),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn revoke(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<WriteApiKeys>,
    Path(id): Path<ApiKeyId>,
) -> Result<StatusCode, Error> {
    let origin = caller.origin(&platform).await?;
    api_key::revoke(platform.store(), &permit, &origin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
