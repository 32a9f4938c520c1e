//! Every route of the platform, in one screenful. The OpenAPI document is made from the same list.

use crate::api::{
    api_key, auth, docs, event, export, health, ingest, ledger, metrics, sample, session, settings, stream,
    sync,
};
use crate::http::envelope::envelope;
use crate::http::problem::of_panic;
use crate::{Error, Platform};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest JSON body, in bytes. Ingest has its own limit.
const MAX_JSON_BYTES: usize = 64 * 1024;
/// The longest that a handler may take to begin its answer, in seconds.
const ANSWER_SECONDS: u64 = 120;

/// The routes and their description.
fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::with_openapi(docs::Document::openapi())
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::session))
        .routes(routes!(auth::jwks))
        .routes(routes!(api_key::create, api_key::list))
        .routes(routes!(api_key::one, api_key::revoke))
        .routes(routes!(session::list, session::end_others))
        .routes(routes!(session::end))
        .routes(routes!(settings::read, settings::change))
        .routes(routes!(ingest::events))
        .routes(routes!(event::list))
        .routes(routes!(event::one))
        .routes(routes!(sync::sync))
        .routes(routes!(export::record))
        .routes(routes!(stream::stream))
        .routes(routes!(ledger::key))
        .routes(routes!(ledger::checkpoint))
        .routes(routes!(ledger::inclusion))
        .routes(routes!(ledger::consistency))
        .routes(routes!(ledger::tile))
        .routes(routes!(sample::load))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(docs::openapi))
}

/// The OpenAPI 3.1 document.
#[must_use]
pub fn openapi() -> serde_json::Value {
    // What cannot be written as JSON is no description; nothing of ours cannot.
    let mut document = serde_json::to_value(routes().into_openapi()).unwrap_or_default();
    docs::complete(&mut document);
    document
}

/// The platform as a service: routes, documentation, and what surrounds them.
pub fn router(platform: Platform) -> Router {
    let (routes, _) = routes().split_for_parts();
    routes
        .merge(docs::page())
        .fallback(async || Error::NotFound("nothing"))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(ANSWER_SECONDS),
        ))
        .layer(CatchPanicLayer::custom(of_panic))
        .layer(from_fn_with_state(platform.clone(), metrics::observe))
        .layer(from_fn(envelope))
        .with_state(platform)
}
