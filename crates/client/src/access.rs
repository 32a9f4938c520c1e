//! Sessions, API keys and settings.

use crate::http::{answer, read};
use crate::{Client, Problem};
use reqwest::Method;
use std::fmt::Display;
use vigia_wire::api_key::{ApiKeyReply, CreateApiKey, CreatedApiKey};
use vigia_wire::session::{OpenSession, SessionsEnded};
use vigia_wire::settings::{ChangeSettings, PlatformSettings};

impl Client {
    /// One's own open sessions, or everybody's.
    ///
    /// # Errors
    /// `denied`, or the transport's.
    pub async fn sessions(&self, access: &str, all: bool) -> Result<Vec<OpenSession>, Problem> {
        let path = if all {
            "v1/sessions?all=true"
        } else {
            "v1/sessions"
        };
        self.get(path, Some(access)).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `not_found`, or the transport's.
    pub async fn end_session(&self, access: &str, id: impl Display) -> Result<(), Problem> {
        let path = format!("v1/sessions/{id}");
        answer(self.request(Method::DELETE, &path)?.bearer_auth(access)).await?;
        Ok(())
    }

    /// Ends every other session of one's own.
    ///
    /// # Errors
    /// The transport's.
    pub async fn end_other_sessions(&self, access: &str) -> Result<SessionsEnded, Problem> {
        let request = self.request(Method::DELETE, "v1/sessions")?.bearer_auth(access);
        read(answer(request).await?).await
    }

    /// Every API key.
    ///
    /// # Errors
    /// `denied`, or the transport's.
    pub async fn api_keys(&self, access: &str) -> Result<Vec<ApiKeyReply>, Problem> {
        self.get("v1/api-keys", Some(access)).await
    }

    /// Makes an API key; the only time that it is shown.
    ///
    /// # Errors
    /// `invalid_request`, `denied`, or the transport's.
    pub async fn create_api_key(
        &self,
        access: &str,
        request: &CreateApiKey,
    ) -> Result<CreatedApiKey, Problem> {
        self.post("v1/api-keys", Some(access), request).await
    }

    /// Revokes an API key.
    ///
    /// # Errors
    /// `not_found`, `conflict`, `denied`, or the transport's.
    pub async fn revoke_api_key(&self, access: &str, id: impl Display) -> Result<(), Problem> {
        let path = format!("v1/api-keys/{id}");
        answer(self.request(Method::DELETE, &path)?.bearer_auth(access)).await?;
        Ok(())
    }

    /// The platform's settings.
    ///
    /// # Errors
    /// `denied`, or the transport's.
    pub async fn settings(&self, access: &str) -> Result<PlatformSettings, Problem> {
        self.get("v1/settings", Some(access)).await
    }

    /// Changes the platform's settings.
    ///
    /// # Errors
    /// `conflict` where somebody else changed them meanwhile; `denied`, or the transport's.
    pub async fn change_settings(
        &self,
        access: &str,
        change: &ChangeSettings,
    ) -> Result<PlatformSettings, Problem> {
        let request = self
            .request(Method::PATCH, "v1/settings")?
            .bearer_auth(access)
            .json(change);
        read(answer(request).await?).await
    }
}
