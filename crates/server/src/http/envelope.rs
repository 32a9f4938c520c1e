//! What every request passes, whatever its route: an id, a log line, the `Host` check, the headers
//! of the answer, problems in one form.
//!
//! The log line names the route's pattern and the status, never the path, the query or a header:
//! those may hold what is about somebody. There is no CORS: no other page may call this platform.

use super::problem;
use crate::door::Connection;
use crate::{Error, edge};
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::time::Instant;
use tracing::Instrument as _;

/// The request's id, also in its answer and in every log line about it.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps every route.
pub async fn envelope(request: Request, next: Next) -> Response {
    let id = edge::random::<8>().map(hex::encode).unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        "request",
        id = %id,
        method = %request.method(),
        route = route.map_or("-", MatchedPath::as_str),
    );
    async move {
        let began = Instant::now();
        let connection = request.extensions().get::<Connection>();
        let secure = connection.is_some_and(|connection| connection.is_secure(request.headers()));
        let answer = if is_for_us(&request) {
            next.run(request).await
        } else {
            let reason =
                "the platform does not answer to this name; its operator can add it to http.hosts".to_owned();
            Error::Field { name: "Host", reason }.into_response()
        };
        let mut answer = problem::finish(answer, &id);
        harden(answer.headers_mut());
        if secure {
            let year = HeaderValue::from_static("max-age=31536000");
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, year);
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status = answer.status().as_u16(), took_ms, "answered");
        answer
    }
    .instrument(span)
    .await
}

/// Whether the request is for this platform, by any of its names.
fn is_for_us(request: &Request) -> bool {
    let Some(connection) = request.extensions().get::<Connection>() else {
        return false;
    };
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let asked = request.uri().authority().map(Authority::as_str).or(header);
    asked.is_some_and(|name| connection.answers_to(name))
}

fn harden(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let policy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
