//! The commands about API keys and sessions of the platform in use: asked of it each time.

use super::Console;
use crate::Error;
use crate::view::access::{
    ApiKeyRef, ApiKeyRow, ApiKeyState, ApiKeysView, EndedSessions, MadeApiKey, NewApiKey, SessionRef,
    SessionRow, SessionsRequest,
};
use chrono::{DateTime, TimeDelta, Utc};
use vigia_domain::access::{Permission, action::PERMISSIONS};
use vigia_wire::Problem;
use vigia_wire::api_key::{ApiKeyReply, CreateApiKey};
use vigia_wire::session::OpenSession;

/// The commands, in the order of `commands.rs`.
#[expect(
    clippy::missing_errors_doc,
    reason = "each gives a Problem whose code says what kind"
)]
impl Console {
    /// The API keys, and what a new one may be given.
    pub async fn api_keys(&self) -> Result<ApiKeysView, Problem> {
        let asked = async {
            let desk = self.desk().await?;
            let access = desk.session.access().await?;
            let keys = desk.client.api_keys(&access).await?;
            let held = desk.client.session(&access).await?.permissions;
            let now = self.0.clock.now();
            Ok(ApiKeysView {
                keys: keys.into_iter().map(|key| key_row(key, now)).collect(),
                permissions: may_give(&held),
            })
        };
        asked.await.map_err(|error: Error| error.problem())
    }

    /// Makes an API key.
    pub async fn api_key_create(&self, request: NewApiKey) -> Result<MadeApiKey, Problem> {
        let asked = async {
            let desk = self.desk().await?;
            let access = desk.session.access().await?;
            let days = request.days.map(|days| TimeDelta::days(days.into()));
            let wanted = CreateApiKey {
                name: request.name.clone(),
                permissions: request.permissions,
                expires_at: days.map(|days| self.0.clock.now() + days),
            };
            let made = desk.client.create_api_key(&access, &wanted).await?;
            Ok(MadeApiKey {
                name: request.name,
                key: made.key,
            })
        };
        asked.await.map_err(|error: Error| error.problem())
    }

    /// Revokes an API key.
    pub async fn api_key_revoke(&self, key: ApiKeyRef) -> Result<(), Problem> {
        let asked = async {
            let desk = self.desk().await?;
            let access = desk.session.access().await?;
            Ok(desk.client.revoke_api_key(&access, &key.id).await?)
        };
        asked.await.map_err(|error: Error| error.problem())
    }

    /// Open sessions of the platform.
    pub async fn sessions(&self, request: SessionsRequest) -> Result<Vec<SessionRow>, Problem> {
        let asked = async {
            let desk = self.desk().await?;
            let access = desk.session.access().await?;
            let sessions = desk.client.sessions(&access, request.all).await?;
            Ok(sessions.into_iter().map(session_row).collect())
        };
        asked.await.map_err(|error: Error| error.problem())
    }

    /// Ends a session of the platform.
    pub async fn session_end(&self, session: SessionRef) -> Result<(), Problem> {
        let asked = async {
            let desk = self.desk().await?;
            let access = desk.session.access().await?;
            Ok(desk.client.end_session(&access, &session.id).await?)
        };
        asked.await.map_err(|error: Error| error.problem())
    }

    /// Ends every other session of one's own.
    pub async fn sessions_end_others(&self) -> Result<EndedSessions, Problem> {
        let asked = async {
            let desk = self.desk().await?;
            let access = desk.session.access().await?;
            let ended = desk.client.end_other_sessions(&access).await?.ended;
            Ok(EndedSessions { ended })
        };
        asked.await.map_err(|error: Error| error.problem())
    }
}

fn key_row(key: ApiKeyReply, now: DateTime<Utc>) -> ApiKeyRow {
    let state = if key.revoked_at.is_some() {
        ApiKeyState::Revoked
    } else if key.expires_at.is_some_and(|end| end <= now) {
        ApiKeyState::Over
    } else {
        ApiKeyState::Live
    };
    ApiKeyRow {
        id: key.id.to_string(),
        name: key.name,
        permissions: key.permissions,
        state,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
    }
}

/// Of the permissions that mean something, those that are covered by what somebody holds.
fn may_give(held: &[String]) -> Vec<String> {
    let held: Vec<Permission> = held.iter().filter_map(|text| text.parse().ok()).collect();
    let mut all: Vec<String> = PERMISSIONS
        .iter()
        .filter(|text| {
            let wanted = text.parse::<Permission>();
            wanted.is_ok_and(|wanted| held.iter().any(|one| one.covers(&wanted)))
        })
        .map(ToString::to_string)
        .collect();
    all.sort();
    all
}

fn session_row(session: OpenSession) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        email: session.email,
        current: session.current,
        started_at: session.started_at,
        last_used_at: session.last_used_at,
        address: session.address,
        agent: session.user_agent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_given_is_what_one_has() {
        let some = may_give(&["events:*".to_owned(), "foreign:thing".to_owned()]);
        assert_eq!(some, ["events:export", "events:read", "events:write"]);
        assert_eq!(may_give(&["*".to_owned()]).len(), PERMISSIONS.len());
    }
}
