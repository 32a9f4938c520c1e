//! The wizard and signing in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Use this computer: start the platform inside the console.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SetupLocal {
    /// The administrator's e-mail.
    pub email: String,
    /// The administrator's password, at least 12 characters.
    pub password: String,
    /// Whether to load the sample at once.
    pub sample: bool,
}

/// Connect to a platform: what it says about itself, before anything is trusted.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct ProbeRequest {
    /// Its address.
    pub url: String,
}

/// What a platform says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProbeReply {
    /// The address, normalised.
    pub url: String,
    /// The log's name.
    pub origin: String,
    /// Fingerprint of its log key, to be compared with what the administrator says.
    pub fingerprint: String,
    /// The platform's version.
    pub version: String,
}

/// Sign in; the first time, trust the key with this fingerprint.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SignIn {
    /// The platform's address; `None` for the profile in use.
    pub url: Option<String>,
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: String,
    /// The fingerprint that the person saw and accepted; needed at first contact.
    pub fingerprint: Option<String>,
    /// How it came to be accepted; left out where the person compared it.
    #[serde(default)]
    #[ts(optional)]
    pub how: Option<crate::trust::How>,
}

/// What the sample brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SampleReply {
    /// Events stored.
    #[ts(type = "number")]
    pub events: u64,
}
