//! A server's certificate (X.509, RFC 5280) as people look at it before they trust it.
//!
//! Reading one judges nothing: who vouches for it, and whether its time and name are right, is
//! decided where the connection is made.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::net::{Ipv4Addr, Ipv6Addr};
use vigia_domain::Timestamp;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Certificate {
    /// SHA-256 of the whole certificate, 64 hexadecimal digits; what people compare.
    pub fingerprint: String,
    /// Whose it is, in its own words; may be empty.
    pub subject: String,
    /// Who vouches for it, in its own words.
    pub issuer: String,
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// It does not count before this moment.
    pub not_before: Timestamp,
    /// It does not count after this moment.
    pub not_after: Timestamp,
}

impl Certificate {
    /// Reads one in its binary form (DER); `None` where it is none.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let (rest, parsed) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let names = parsed.subject_alternative_name().ok()?;
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        let moment = |seconds: i64| Timestamp::from_timestamp(seconds, 0);
        Some(Self {
            fingerprint: Self::fingerprint_of(der),
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            names: names.unwrap_or_default(),
            not_before: moment(parsed.validity().not_before.timestamp())?,
            not_after: moment(parsed.validity().not_after.timestamp())?,
        })
    }

    /// The fingerprint of a certificate in its binary form.
    #[must_use]
    pub fn fingerprint_of(der: &[u8]) -> String {
        let digest = Sha256::digest(der);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
            v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(|bytes| Ipv6Addr::from(bytes).to_string()))
                .ok()
        }
        _ => None,
    }
}
