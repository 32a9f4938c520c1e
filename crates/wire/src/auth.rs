//! Signing in: `POST /v1/auth/login`, `/refresh`, `/logout`, `GET /v1/auth/session`,
//! `GET /v1/auth/jwks`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vigia_domain::{AccountId, SessionId};

/// `iss` of every access token is the platform's origin; `aud` is this.
pub const AUDIENCE: &str = "vigia";
/// Life of an access token, in seconds.
pub const ACCESS_SECONDS: u32 = 15 * 60;
/// Life of a refresh token, in seconds.
pub const REFRESH_SECONDS: u32 = 7 * 24 * 60 * 60;

/// E-mail and password.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LoginRequest {
    /// E-mail address of the account.
    #[schema(example = "admin@example.com", max_length = 254)]
    pub email: String,
    /// Password, 1 to 1,024 bytes.
    #[schema(format = Password, max_length = 1024)]
    pub password: String,
}

/// A refresh token.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RefreshRequest {
    /// The token from the last sign-in or refresh; each works once.
    pub refresh_token: String,
}

/// What a sign-in or a refresh gives.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tokens {
    /// JWT (EdDSA), to be sent as `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: u32,
    /// Works once, within `refresh_expires_in`.
    pub refresh_token: String,
    /// Seconds until the refresh token ends.
    pub refresh_expires_in: u32,
}

/// The session that the access token belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionReply {
    /// The session.
    #[schema(value_type = uuid::Uuid)]
    pub session_id: SessionId,
    /// Whose it is.
    #[schema(value_type = uuid::Uuid)]
    pub account_id: AccountId,
    /// The account's e-mail, opened for its owner.
    pub email: Option<String>,
    /// What the account may do now, as `resource:action`, sorted.
    pub permissions: Vec<String>,
    /// When the session began.
    pub started_at: DateTime<Utc>,
}

/// RFC 7517 key set with the keys that sign access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwks {
    /// The keys; the first signs.
    pub keys: Vec<Jwk>,
}

/// One Ed25519 public key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The key id in the token's header.
    pub kid: String,
    /// The public key, base64url without padding.
    pub x: String,
    /// `EdDSA`.
    pub alg: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
}
