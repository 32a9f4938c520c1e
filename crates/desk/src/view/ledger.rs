//! The ledger as this desk knows it: the trusted key and how it came to be trusted, the checkpoints
//! that were seen, what was checked and what did not fit; and an event's proof as a file.

use crate::trust::{Happened, How};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything that the Ledger page draws beside the status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LedgerView {
    /// The trusted key; `None` before the first contact.
    pub key: Option<KeyView>,
    /// The newest checkpoint as a signed note; `None` before the first.
    pub note: Option<String>,
    /// Checkpoints that were seen and found good, the newest first.
    pub seen: Vec<SeenCheckpoint>,
    /// How many of them are kept in all.
    #[ts(type = "number")]
    pub seen_total: u64,
    /// The first that this desk ever saw.
    pub first: Option<SeenCheckpoint>,
    /// What happened to the trust, the newest first.
    pub history: Vec<Happened>,
    /// People whose data was erased, as far as this copy reaches: their groups are gone with an
    /// explanation.
    #[ts(type = "number")]
    pub erased: u64,
    /// Prunings that the log holds: entries whose bytes went because their days were over.
    #[ts(type = "number")]
    pub prunings: u64,
    /// Days whose keys the log says were dropped, with everything under them.
    #[ts(type = "number")]
    pub dropped: u64,
    /// The folder of trust and evidence.
    pub folder: String,
}

/// The trusted key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeyView {
    /// The log's name.
    pub origin: String,
    /// What people compare.
    pub fingerprint: String,
    /// C2SP verifier key.
    pub verifier: String,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// How; `None` where nobody wrote it down.
    pub how: Option<How>,
}

/// A checkpoint that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SeenCheckpoint {
    /// Entries under it.
    #[ts(type = "number")]
    pub size: u64,
    /// The root, base64.
    pub root: String,
    /// When it first verified here.
    pub at: DateTime<Utc>,
    /// Fingerprint of the key that signed it.
    pub key_fingerprint: String,
    /// Size of the one that it was proven to continue; `None` for the first.
    #[ts(type = "number | null")]
    pub after: Option<u64>,
}

/// The proof of one event, to be saved as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofRequest {
    /// Place in the ledger.
    #[ts(type = "number")]
    pub seq: u64,
    /// With the parts that this reader may see, else with what is clear alone.
    pub with_content: bool,
}

/// A proof that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofSaved {
    /// The file.
    pub path: String,
    /// Opened groups in it.
    pub groups: u32,
}
