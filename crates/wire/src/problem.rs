//! What went wrong, for programs and for people (RFC 9457).
//!
//! The code is closed: clients switch on it and translate it; `detail` is English for operators and
//! says what was attempted. The same type carries the desk's local failures, so that the window has
//! one translator.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A problem, as `application/problem+json`.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema, thiserror::Error,
)]
#[error("{title}: {detail}")]
pub struct Problem {
    /// `urn:vigia:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words.
    pub title: String,
    /// HTTP status; for local failures the nearest one.
    pub status: u16,
    /// What clients switch on.
    pub code: Code,
    /// What was attempted, and what to do next.
    pub detail: String,
    /// The request, to find it in the platform's log; empty for local failures.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// Which fields of the request were wrong, and how.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Seconds to wait before trying again (`Retry-After`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// Every way in which something can go wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as it travels.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// The code in words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

codes! {
    /// The request is not what the operation takes.
    InvalidRequest = "invalid_request", 400, "The request is not valid";
    /// A query that does not parse, or names an unknown field.
    InvalidQuery = "invalid_query", 400, "The query is not valid";
    /// No token, a bad one, or one that has ended.
    NotSignedIn = "not_signed_in", 401, "Sign in first";
    /// Wrong e-mail or password; never says which.
    WrongCredentials = "wrong_credentials", 401, "E-mail or password is wrong";
    /// The session ended: signed out, or an old refresh token was used.
    SessionEnded = "session_ended", 401, "The session has ended";
    /// A permission is missing; the detail names it.
    Denied = "denied", 403, "Not allowed";
    /// It does not exist, or the caller may not know that it does.
    NotFound = "not_found", 404, "Not found";
    /// The method is not one of this path's.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// Something else came first.
    Conflict = "conflict", 409, "Something else came first";
    /// The body is larger than the operation takes.
    TooLarge = "too_large", 413, "The body is too large";
    /// A content type or encoding that is not taken here.
    UnsupportedMedia = "unsupported_media", 415, "The format is not supported";
    /// The idempotency key was used with another body.
    IdempotencyMismatch = "idempotency_mismatch", 422, "This key was used for another request";
    /// Too many attempts; `retry_after` says when.
    TooManyAttempts = "too_many_attempts", 429, "Too many attempts";
    /// The platform failed; its log knows under the request id.
    Internal = "internal", 500, "The platform failed";
    /// The queue is full, or the platform is stopping; `retry_after` says when.
    Busy = "busy", 503, "The platform is busy";
    /// Nothing answers at the platform's address.
    Unreachable = "unreachable", 503, "The platform cannot be reached";
    /// What answers is not a Vigia platform, or one of another version.
    NotAPlatform = "not_a_platform", 502, "This is not a Vigia platform";
    /// The platform's log key is not the one that this desk trusts.
    KeyChanged = "key_changed", 409, "The platform's log key has changed";
    /// A proof failed: the log was changed. Evidence was kept.
    LedgerBroken = "ledger_broken", 409, "The log does not verify";
    /// No keyring to keep a secret in, or it is locked.
    NoKeyring = "no_keyring", 503, "No keyring";
    /// The local cache cannot be opened or written.
    CacheFailed = "cache_failed", 500, "The local copy failed";
    /// A file could not be read or written.
    FileFailed = "file_failed", 500, "A file failed";
    /// There is no room left on this computer's disk.
    DiskFull = "disk_full", 507, "The disk is full";
    /// There is no platform inside this build or this profile.
    NoEmbeddedPlatform = "no_embedded_platform", 409, "No platform on this computer";
    /// Nobody whom this computer trusts vouches for the platform's certificate; it may be accepted
    /// deliberately. `fields` name its fingerprint.
    CertificateUnknown = "certificate_unknown", 502, "The platform's certificate is not known";
    /// The certificate is not the one that was accepted for this platform. `fields` name both
    /// fingerprints.
    CertificateChanged = "certificate_changed", 409, "The platform's certificate has changed";
    /// The certificate's time is over, or has not begun by this computer's clock.
    CertificateExpired = "certificate_expired", 502, "The platform's certificate is out of its time";
    /// The certificate is for other names than the address; `fields` say which.
    CertificateName = "certificate_name", 502, "The platform's certificate is for another name";
    /// The certificate is revoked, wrongly signed, or none.
    CertificateInvalid = "certificate_invalid", 502, "The platform's certificate is not valid";
    /// The local copy's file does not read back; it is fetched again.
    CopyDamaged = "copy_damaged", 500, "The local copy is damaged";
}

impl Problem {
    /// A problem with this code and this explanation.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:vigia:problem:{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            request_id: String::new(),
            fields: BTreeMap::new(),
            retry_after: None,
        }
    }

    /// The same, naming a field that was wrong.
    #[must_use]
    pub fn field(mut self, name: &str, reason: impl Into<String>) -> Self {
        self.fields.insert(name.to_owned(), reason.into());
        self
    }

    /// The same, saying when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}
