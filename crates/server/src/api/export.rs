//! `POST /v1/exports`: a console tells that it took events out as a file.

use crate::http::caller::Allowed;
use crate::http::request::Json;
use crate::{Error, Platform, export};
use axum::extract::State;
use axum::http::StatusCode;
use vigia_domain::access::action::ExportEvents;
use vigia_wire::export::ExportRecord;

/// Records an export that a console took from its own copy. Telling it again changes nothing.
#[utoipa::path(post, path = "/v1/exports", tag = "log", security(("bearer" = [])), request_body = ExportRecord,
    responses((status = 201, description = "Recorded.", body = ExportRecord),
        (status = 200, description = "Recorded before.", body = ExportRecord),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn record(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<ExportEvents>,
    Json(request): Json<ExportRecord>,
) -> Result<(StatusCode, axum::Json<ExportRecord>), Error> {
    let origin = caller.origin(&platform).await?;
    let fresh = export::record(&platform, &permit, &origin, &request).await?;
    let status = if fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, axum::Json(request)))
}
