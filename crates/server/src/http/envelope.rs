//! What every request passes, whatever its route: an id, a log line, the `Host` check, the headers
//! of the answer, problems in one form.
//!
//! The log line names the route's pattern and the status, never the path, the query or a header:
//! those may hold what is about somebody. There is no CORS: no other page may call this platform.

use super::problem;
use crate::{Error, edge};
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::net::IpAddr;
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
        let answer = if names_this_machine(&request) {
            next.run(request).await
        } else {
            let reason = "the platform listens on this machine only".to_owned();
            Error::Field { name: "Host", reason }.into_response()
        };
        let mut answer = problem::finish(answer, &id);
        harden(answer.headers_mut());
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

/// A page elsewhere whose name was made to point here (DNS rebinding) sends its own name.
fn names_this_machine(request: &Request) -> bool {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = request
        .uri()
        .authority()
        .map(axum::http::uri::Authority::as_str)
        .or(header);
    let Some(host) = host else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let asked = |host: &str| {
            let request = Request::builder().uri("/").header(HOST, host).body(Body::empty());
            names_this_machine(&request.unwrap())
        };
        for good in [
            "localhost",
            "LOCALHOST:7700",
            "127.0.0.1:1",
            "127.0.0.2",
            "[::1]:7700",
            "[::1]",
        ] {
            assert!(asked(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "evil.example:7700",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "localhost.evil.example",
        ] {
            assert!(!asked(bad), "{bad}");
        }
        assert!(!names_this_machine(&Request::new(Body::empty())));
    }
}
