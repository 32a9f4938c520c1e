//! `GET /metrics`, and the layer that counts every answered request.

use crate::door::Connection;
use crate::http::caller::Caller;
use crate::metrics::Now;
use crate::{Error, Platform, operator_may};
use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, request::Parts};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use vigia_domain::access::Permit;
use vigia_domain::access::action::ReadMetrics;

/// The media type of OpenMetrics 1.0.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whoever may read metrics: a caller with the permission, or a program on this machine.
pub struct Reader(Permit<ReadMetrics>);

impl axum::extract::FromRequestParts<Platform> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Error> {
        let local = Extension::<Connection>::from_request_parts(parts, platform).await;
        let local = local.is_ok_and(|Extension(connection)| connection.is_from_this_machine(&parts.headers));
        if local && !parts.headers.contains_key(AUTHORIZATION) {
            return operator_may(platform.now()).map(Self);
        }
        let caller = Caller::from_request_parts(parts, platform).await?;
        caller.demand::<ReadMetrics>(platform).map(Self)
    }
}

/// The platform's own metrics.
///
/// OpenMetrics text, about nobody. For programs on this machine without a token (not behind a proxy);
/// else with `metrics:read`.
#[utoipa::path(get, path = "/metrics", tag = "about", security((), ("bearer" = [])),
    responses((status = 200, description = "OpenMetrics 1.0.", content_type = "application/openmetrics-text", body = String,
            example = "# HELP vigia_ledger_entries Entries of the ledger.\n# TYPE vigia_ledger_entries gauge\nvigia_ledger_entries 4711\n# EOF\n"),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn metrics(
    State(platform): State<Platform>,
    Reader(permit): Reader,
) -> Result<([(HeaderName, &'static str); 1], String), Error> {
    let now = Now {
        at: platform.now(),
        store: platform.store().measure(&permit).await?,
        searches: platform.searches(),
        syslog: platform.syslog_counts(),
    };
    let text = platform.metrics().text(&now).map_err(|_| Error::Broken {
        what: "metrics that cannot be written",
    })?;
    Ok(([(CONTENT_TYPE, OPENMETRICS)], text))
}

/// Counts every answer, by the route's pattern.
pub async fn observe(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let began = Instant::now();
    let answer = next.run(request).await;
    platform
        .metrics()
        .answered(&method, &route, answer.status().as_u16(), began.elapsed());
    answer
}
