//! `POST /v1/sample`: loads the platform's own example into the ledger.

use crate::http::caller::Allowed;
use crate::{Error, Platform};
use axum::Json;
use axum::extract::State;
use vigia_domain::access::action::RunPlatform;
use vigia_wire::sample::SampleLoaded;

/// Loads the example: a quiet week with three attacks in it, ending now.
#[utoipa::path(post, path = "/v1/sample", tag = "platform", security(("bearer" = [])),
    responses((status = 200, description = "It is in the ledger.", body = SampleLoaded),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn load(
    State(platform): State<Platform>,
    Allowed { permit, caller }: Allowed<RunPlatform>,
) -> Result<Json<SampleLoaded>, Error> {
    let origin = caller.origin(&platform).await?;
    let events = crate::sample::load(&platform, &permit, &origin).await?;
    Ok(Json(SampleLoaded { events }))
}
