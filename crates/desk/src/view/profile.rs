//! The platforms that this console knows, side by side.

use super::status::{Connection, CopyState, Integrity};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vigia_client::Trust;
use vigia_wire::{Code, Problem};

/// How much of a platform's log is kept on this computer. What leaves the copy stays on the platform
/// and can be fetched again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Keep {
    /// What was recorded within so many days; everything where `None`.
    pub days: Option<u32>,
    /// At most so many bytes on disk; no limit where `None`.
    #[ts(type = "number | null")]
    pub disk_bytes: Option<u64>,
}

/// Whose word this console takes that a server is the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tls {
    /// The authorities that this computer trusts.
    #[default]
    System,
    /// These authorities and no others.
    Authority {
        /// Their certificates, PEM.
        pem: String,
    },
    /// One certificate and no other.
    Pinned {
        /// Its SHA-256, hexadecimal.
        fingerprint: String,
    },
}

impl Tls {
    /// The same for the client.
    ///
    /// # Errors
    /// `invalid_request` where the fingerprint is none.
    pub fn trust(&self) -> Result<Trust, Problem> {
        match self {
            Self::System => Ok(Trust::System),
            Self::Authority { pem } => Ok(Trust::Authority(pem.clone().into_bytes())),
            Self::Pinned { fingerprint } => {
                let digits: String = fingerprint.chars().filter(char::is_ascii_hexdigit).collect();
                let mut bytes = [0_u8; 32];
                hex::decode_to_slice(digits, &mut bytes).map_err(|_| {
                    let reason = "is 64 hexadecimal digits";
                    Problem::new(
                        Code::InvalidRequest,
                        format!("the certificate's fingerprint {reason}"),
                    )
                    .field("certificate", reason)
                })?;
                Ok(Trust::Pinned(bytes))
            }
        }
    }
}

/// One platform of this console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ProfileRow {
    /// Its id on this computer.
    pub id: String,
    /// What it is called here.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Whether it runs inside this console.
    pub embedded: bool,
    /// Whether the window shows it.
    pub in_use: bool,
    /// Who is signed in; `None` when signed out, or where the copy is not open.
    pub email: Option<String>,
    /// Whether the platform answers.
    pub connection: Connection,
    /// Whether its log verifies.
    pub integrity: Integrity,
    /// The copy; `None` while it is not open.
    pub copy: Option<CopyState>,
    /// How much of it is kept here.
    pub keep: Keep,
    /// How its certificate is trusted; meaningless for one on this computer.
    pub tls: Tls,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileRef {
    /// Its id on this computer.
    pub id: String,
}

/// A new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileName {
    /// Its id on this computer.
    pub id: String,
    /// What it is called from now on, 1 to 60 characters; its host where empty.
    pub name: String,
}

/// How much to keep from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileKeep {
    /// Its id on this computer.
    pub id: String,
    /// How much.
    pub keep: Keep,
}

/// Takes a platform off this console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileRemove {
    /// Its id on this computer.
    pub id: String,
    /// Its name, typed by a person.
    pub name: String,
}

/// What is left of a platform that was taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileRemoved {
    /// The folder with the evidence against its log, where there was any.
    pub evidence: Option<String>,
    /// The folder of the platform inside this console, which is kept with its events.
    pub platform: Option<String>,
}
