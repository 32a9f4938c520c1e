//! Where the console stands: profile, connection, freshness, integrity, keyring.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything that the rail's foot and the banners show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    /// Which screen is due.
    pub phase: Phase,
    /// The platform in use.
    pub profile: Option<Profile>,
    /// Whether the platform answers.
    pub connection: Connection,
    /// How fresh and how large the local copy is.
    pub copy: CopyState,
    /// Whether the log verifies.
    pub integrity: Integrity,
    /// Where secrets are kept.
    pub keyring: Keyring,
}

/// Which screen is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No platform yet: the wizard.
    Setup,
    /// A platform is known, nobody is signed in and nothing is cached.
    SignedOut,
    /// Somebody is signed in, or the local copy can be read.
    Ready,
}

/// The platform in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Profile {
    /// Its id on this computer.
    pub id: String,
    /// Its address.
    pub url: String,
    /// What it is called here.
    pub name: String,
    /// Whether it runs inside this console.
    pub embedded: bool,
    /// Who is signed in; `None` when signed out.
    pub email: Option<String>,
    /// What they may do, sorted.
    pub permissions: Vec<String>,
}

/// Whether the platform answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Connection {
    /// The stream is open.
    Online {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Trying.
    Connecting,
    /// It does not answer; the console works on its copy.
    Offline {
        /// Since when.
        since: DateTime<Utc>,
        /// When it will try again.
        next_try: Option<DateTime<Utc>>,
        /// Why, for people who repair it.
        problem: Option<vigia_wire::Problem>,
    },
    /// The session is over; sign in again.
    SignedOut,
    /// Nobody connected yet, or nothing to connect to.
    Idle,
}

/// How fresh and how large the local copy is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CopyState {
    /// Entries in the copy, bare leaves included.
    #[ts(type = "number")]
    pub entries: u64,
    /// Size of the platform's log at last word.
    #[ts(type = "number")]
    pub platform_size: u64,
    /// When the copy was last known to be level with the platform.
    pub synced_at: Option<DateTime<Utc>>,
    /// Whether a sync runs now.
    pub syncing: bool,
    /// Bytes on disk.
    #[ts(type = "number")]
    pub disk_bytes: u64,
    /// The first entry that the copy holds; everything before is known by its hashes alone.
    #[ts(type = "number")]
    pub first: u64,
    /// When that entry was recorded; `None` where the copy begins with the log.
    pub covers_from: Option<DateTime<Utc>>,
    /// Whether it was last level so long ago that it must be said.
    pub stale: bool,
    /// When the copy was found damaged and begun anew, if that was since the console started.
    pub rebuilt_at: Option<DateTime<Utc>>,
    /// Why the copy cannot be brought level although the platform answers.
    pub problem: Option<vigia_wire::Problem>,
}

/// What is wrong with the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyringTrouble {
    /// There is none, or it cannot be used.
    Missing,
    /// It is locked.
    Locked,
    /// It does not answer; it may be waiting for its password.
    Silent,
}

/// Whether the log verifies. One symbol in the window: grey, teal, red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Integrity {
    /// Nothing was checked yet.
    Unchecked,
    /// Every entry of the copy was hashed here and lies in a signed tree.
    Verified {
        /// The checkpoint it lies in.
        checkpoint: CheckpointView,
        /// When this computer last checked.
        at: DateTime<Utc>,
        /// When every entry was last fetched anew and compared (verify now), if ever.
        full_check_at: Option<DateTime<Utc>>,
    },
    /// A proof failed. Nothing was overwritten.
    Broken {
        /// The last checkpoint that verified, if any.
        checkpoint: Option<CheckpointView>,
        /// When it was noticed.
        at: DateTime<Utc>,
        /// What does not fit, as a closed word: `root_mismatch`, `fork`, `entry_changed`,
        /// `entry_missing`, `shrunk`, `key_changed`, `bad_signature`, `commitment_mismatch`,
        /// `local_copy_changed`.
        finding: String,
        /// The same in English, for the evidence.
        detail: String,
        /// The entry, where one is to blame.
        #[ts(type = "number | null")]
        seq: Option<u64>,
        /// The file that holds both sides and the proof.
        evidence: String,
    },
}

/// A signed tree head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckpointView {
    /// The log's name.
    pub origin: String,
    /// How many entries.
    #[ts(type = "number")]
    pub size: u64,
    /// The root, base64.
    pub root: String,
    /// Fingerprint of the log's key, hexadecimal.
    pub key_fingerprint: String,
}

/// Where secrets are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Keyring {
    /// In the system's keyring.
    Available,
    /// Nowhere: secrets live in memory, the copy is deleted on exit.
    MemoryOnly {
        /// What kind of trouble it is.
        trouble: KeyringTrouble,
        /// Why, in English.
        reason: String,
    },
    /// In the system's keyring, which stopped answering: what is new stays in memory until it does.
    Refusing {
        /// What kind of trouble it is.
        trouble: KeyringTrouble,
        /// Why, in English.
        reason: String,
    },
    /// Not asked yet.
    Unknown,
}
