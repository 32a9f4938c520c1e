//! The public face of the ledger: `GET /v1/ledger/checkpoint` (a C2SP signed note, text),
//! `GET /v1/ledger/key`, `GET /v1/ledger/tile/{L}/{N}` (C2SP tlog-tiles),
//! `GET /v1/ledger/inclusion`, `GET /v1/ledger/consistency`.

use crate::Base64;
use serde::{Deserialize, Serialize};

/// The log's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LedgerKey {
    /// The checkpoint's first line.
    pub origin: String,
    /// C2SP signed-note verifier key: `origin+id+base64`.
    pub verifier: String,
    /// SHA-256 of the public key, lower-case hexadecimal, to be compared by people.
    pub fingerprint: String,
    /// Every change of the key, the oldest first: who trusts an old key follows it to this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rotations: Vec<KeyRotation>,
}

/// A change of the log's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeyRotation {
    /// The verifier key before.
    pub before: String,
    /// The verifier key after.
    pub after: String,
    /// Fingerprint of the key after.
    pub fingerprint: String,
    /// The first checkpoint that covers the change, signed by both.
    pub checkpoint: String,
}

/// That an entry lies in a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InclusionProof {
    /// The entry.
    pub seq: u64,
    /// The tree's size.
    pub size: u64,
    /// Hashes from leaf to root (RFC 6962 § 2.1.1).
    pub proof: Vec<Base64>,
}

/// That one tree begins with another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsistencyProof {
    /// The smaller tree.
    pub from: u64,
    /// The larger tree.
    pub to: u64,
    /// RFC 6962 § 2.1.2.
    pub proof: Vec<Base64>,
}
