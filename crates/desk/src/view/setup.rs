//! The wizard and signing in.

use super::profile::Tls;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vigia_wire::Problem;
use vigia_wire::certificate::Certificate;

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
    /// How its certificate is trusted; as this computer does where left out.
    #[serde(default)]
    #[ts(optional)]
    pub tls: Option<Tls>,
}

/// Look at a certificate.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LookRequest {
    /// The platform's address.
    pub url: String,
}

/// A certificate as the platform presents it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CertificateLook {
    /// What it says of itself.
    pub certificate: Certificate,
    /// Why this computer would not trust it by itself; nothing where it does.
    pub problem: Option<Problem>,
}

/// Accept the certificate that a known platform presents now.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CertificateAccept {
    /// The platform's id on this computer.
    pub id: String,
    /// The fingerprint that somebody compared.
    pub fingerprint: String,
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
    /// How the platform's certificate is trusted; as before where left out.
    #[serde(default)]
    #[ts(optional)]
    pub tls: Option<Tls>,
}

/// What the sample brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SampleReply {
    /// Events stored.
    #[ts(type = "number")]
    pub events: u64,
}
