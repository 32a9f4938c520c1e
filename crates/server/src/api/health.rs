//! `GET /healthz` (the process answers) and `GET /readyz` (it can do its work).

use crate::Platform;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::collections::BTreeMap;
use vigia_wire::health::{Health, HealthStatus};

/// Whether the process answers at all.
#[utoipa::path(get, path = "/healthz", tag = "about",
    responses((status = 200, description = "It does.", body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(health(BTreeMap::new()))
}

/// Whether the platform can read its ledger, its last commit worked, and it is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "about",
    responses((status = 200, description = "It can.", body = Health),
        (status = 503, description = "It cannot; `checks` says what fails.", body = Health)))]
pub async fn readyz(State(platform): State<Platform>) -> (StatusCode, Json<Health>) {
    let ledger = match platform.store().ready().await {
        Ok(()) => HealthStatus::Ok,
        Err(error) => {
            tracing::warn!(%error, cause = crate::http::problem::cause(&error), "not ready");
            HealthStatus::Failing
        }
    };
    let serving = if platform.is_stopping() {
        HealthStatus::Failing
    } else {
        HealthStatus::Ok
    };
    let checks = [("ledger", ledger), ("serving", serving)];
    let health = health(checks.map(|(name, status)| (name.to_owned(), status)).into());
    let status = match health.status {
        HealthStatus::Ok => StatusCode::OK,
        HealthStatus::Failing => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(health))
}

fn health(checks: BTreeMap<String, HealthStatus>) -> Health {
    let failing = checks.values().any(|status| *status == HealthStatus::Failing);
    Health {
        status: if failing {
            HealthStatus::Failing
        } else {
            HealthStatus::Ok
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        checks,
    }
}
