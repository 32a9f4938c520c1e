//! `GET /v1/settings`, `PATCH /v1/settings`.

use crate::http::caller::Allowed;
use crate::http::request::Json;
use crate::{Error, Platform, settings};
use axum::extract::State;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderName};
use vigia_domain::access::action::{ReadSettings, WriteSettings};
use vigia_wire::settings::{ChangeSettings, PlatformSettings};

/// An answer with the version as its `ETag`.
type Tagged = ([(HeaderName, String); 1], axum::Json<PlatformSettings>);

fn tagged(settings: PlatformSettings) -> Tagged {
    let tag = format!("\"{}\"", settings.version);
    ([(ETAG, tag)], axum::Json(settings))
}

/// The platform's settings.
///
/// What holds for everybody: the platform's name and the organisation's time zone.
#[utoipa::path(get, path = "/v1/settings", tag = "settings", security(("bearer" = [])),
    responses((status = 200, description = "The settings; `ETag` is their version.", body = PlatformSettings,
            headers(("ETag" = String, description = "The version, in quotes."))),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn read(
    State(platform): State<Platform>,
    Allowed { permit, .. }: Allowed<ReadSettings>,
) -> Result<Tagged, Error> {
    let stored = platform.store().settings(&permit).await?;
    Ok(tagged(settings::reply(stored)))
}

/// Changes the platform's settings.
///
/// What is absent stays. The change says which version it is based on (`If-Match`, or `version` in the
/// body); where somebody else was first the answer is `conflict`. Told as `settings.changed`, old and new.
#[utoipa::path(patch, path = "/v1/settings", tag = "settings", security(("bearer" = [])), request_body = ChangeSettings,
    params(("If-Match" = Option<String>, Header, description = "The version, in quotes.", example = "\"3\"")),
    responses((status = 200, description = "The settings as they are now.", body = PlatformSettings,
            headers(("ETag" = String, description = "The version, in quotes."))),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn change(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<WriteSettings>,
    headers: HeaderMap,
    Json(request): Json<ChangeSettings>,
) -> Result<Tagged, Error> {
    let version = version(&headers, &request)?;
    let read = caller.demand::<ReadSettings>(&platform)?;
    let origin = caller.origin(&platform).await?;
    let changed = settings::change(&platform, (&read, &permit), &origin, request, version).await?;
    Ok(tagged(settings::reply(changed)))
}

fn version(headers: &HeaderMap, request: &ChangeSettings) -> Result<u64, Error> {
    let wrong = |reason: &str| Error::Field {
        name: "version",
        reason: reason.to_owned(),
    };
    let header = headers.get(IF_MATCH).map(|tag| {
        let text = tag.to_str().unwrap_or_default().trim();
        text.trim_matches('"').parse::<u64>()
    });
    match (header, request.version) {
        (Some(Ok(tag)), None) => Ok(tag),
        (Some(Ok(tag)), Some(version)) if tag == version => Ok(version),
        (None, Some(version)) => Ok(version),
        (None, None) => Err(wrong("says which version the change is based on")),
        _ => Err(wrong("is not the version of If-Match, or If-Match is none")),
    }
}
