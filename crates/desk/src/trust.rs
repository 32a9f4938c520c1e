//! What this desk trusts, and what it has against a platform.
//!
//! The log's key (trust on first use), the checkpoints that verified, what happened to the trust, and,
//! once a proof failed, the finding with its evidence: files in `trust/`, outside the cache, so that
//! losing the cache cannot reset them. Evidence is written once under a name of its own and never
//! overwritten.

mod finding;
mod history;
mod lines;
mod record;
mod seen;

pub use finding::{Broken, Finding, FindingKind};
pub use history::{Happened, How, What};
pub use seen::Seen;

use crate::Error;
use crate::home::{self, make_folder};
use crate::view::status::{CheckpointView, Integrity};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};
use vigia_domain::Timestamp;
use vigia_ledger::checkpoint::{Checkpoint, LogVerifier};
use vigia_wire::ledger::LedgerKey;
use vigia_wire::{Code, Problem};

/// The log's key as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKey {
    /// The log's name.
    pub origin: String,
    /// C2SP verifier key.
    pub verifier: String,
    /// What people compare.
    pub fingerprint: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// How; `None` where nobody wrote it down.
    #[serde(default)]
    pub how: Option<How>,
}

/// A checkpoint that verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The signed note, as it came.
    pub note: String,
    /// When it verified here.
    pub verified_at: Timestamp,
}

/// How many checkpoints the small file keeps, the newest last; all that were seen are in a larger one.
const KEPT_CHECKPOINTS: usize = 16;

#[derive(Debug, Default, Serialize, Deserialize)]
struct CheckpointsFile {
    checkpoints: Vec<Kept>,
    #[serde(default)]
    full_check_at: Option<Timestamp>,
}

/// The folder `trust/` of a profile.
#[derive(Debug, Clone)]
pub struct Trust {
    folder: PathBuf,
}

impl Trust {
    /// The trust of the profile in this folder.
    #[must_use]
    pub fn new(profile: &Path) -> Self {
        Self {
            folder: profile.join("trust"),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The trusted key; `None` before the first contact.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn key(&self) -> Result<Option<TrustedKey>, Error> {
        home::read(&self.file("key.json"))
    }

    /// Trusts a key at first contact.
    ///
    /// # Errors
    /// Where the key is none, or the file cannot be written.
    pub fn pin(&self, key: &LedgerKey, how: How, now: Timestamp) -> Result<(), Error> {
        let fingerprint = self.put_key(key, how, now)?;
        let how = Some(how);
        self.happened(now, What::KeyAccepted { fingerprint, how })
    }

    /// Trusts the key that follows the trusted one. Whoever calls this has seen that the trusted key
    /// signed `note`, and the new key too.
    ///
    /// # Errors
    /// Where the key is none, or a file cannot be written.
    pub fn rotate(&self, key: &LedgerKey, note: &str, now: Timestamp) -> Result<(), Error> {
        let from = self.key()?.ok_or_else(Error::not_signed_in)?.fingerprint;
        let size = self.untrusted(note)?.size;
        // In the history first: a stop in between leaves a line too many, never an unexplained key.
        let to = read_key(key)?.fingerprint();
        self.happened(now, What::KeyRotated { from, to, size })?;
        self.put_key(key, How::Chain, now).map(drop)
    }

    fn put_key(&self, key: &LedgerKey, how: How, now: Timestamp) -> Result<String, Error> {
        let verifier = read_key(key)?;
        make_folder(&self.folder)?;
        let trusted = TrustedKey {
            origin: verifier.origin().to_owned(),
            verifier: key.verifier.clone(),
            fingerprint: verifier.fingerprint(),
            accepted_at: now,
            how: Some(how),
        };
        home::write(&self.file("key.json"), &trusted)?;
        Ok(trusted.fingerprint)
    }

    /// What verifies the signatures of the trusted key.
    ///
    /// # Errors
    /// Where there is none, or the file holds something else.
    pub fn verifier(&self) -> Result<LogVerifier, Error> {
        let key = self.key()?.ok_or_else(Error::not_signed_in)?;
        LogVerifier::from_vkey(&key.verifier).map_err(|error| {
            Error::Request(Problem::new(
                Code::FileFailed,
                format!("reading the trusted key: {error}"),
            ))
        })
    }

    fn checkpoints(&self) -> Result<CheckpointsFile, Error> {
        Ok(home::read(&self.file("checkpoints.json"))?.unwrap_or_default())
    }

    /// The last checkpoint that verified, and what it says.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn last(&self) -> Result<Option<(Kept, Checkpoint)>, Error> {
        let Some(kept) = self.checkpoints()?.checkpoints.pop() else {
            return Ok(None);
        };
        // Trust that is there and cannot be read must not pass for trust that was never given.
        let checkpoint = self.untrusted(&kept.note)?;
        Ok(Some((kept, checkpoint)))
    }

    fn untrusted(&self, note: &str) -> Result<Checkpoint, Error> {
        Checkpoint::read_untrusted(note).map_err(|error| {
            let detail = format!(
                "reading the trusted checkpoint in {}: {error}",
                self.folder.display()
            );
            Error::Request(Problem::new(Code::FileFailed, detail))
        })
    }

    /// When every entry was last fetched anew and found unchanged.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn full_check_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.checkpoints()?.full_check_at)
    }

    /// Keeps a checkpoint that verified and was proven to continue the last one; `full` where every
    /// entry was fetched anew for it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep(&self, note: &str, now: Timestamp, full: bool) -> Result<(), Error> {
        make_folder(&self.folder)?;
        let mut file = self.checkpoints()?;
        let kept = Kept {
            note: note.to_owned(),
            verified_at: now,
        };
        match file.checkpoints.last_mut() {
            Some(last) if last.note == note => *last = kept,
            _ => {
                self.note_seen(&file.checkpoints, &kept)?;
                file.checkpoints.push(kept);
            }
        }
        let over = file.checkpoints.len().saturating_sub(KEPT_CHECKPOINTS);
        file.checkpoints.drain(..over);
        if full {
            file.full_check_at = Some(now);
        }
        home::write(&self.file("checkpoints.json"), &file)
    }

    /// The folder's path, for people.
    #[must_use]
    pub fn place(&self) -> String {
        self.folder.display().to_string()
    }

    /// The finding that stands against the platform, if any.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn broken(&self) -> Result<Option<Broken>, Error> {
        home::read(&self.file("broken.json"))
    }

    /// Keeps a finding with its evidence. The first finding stands until it is resolved; each has
    /// its own evidence file.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn report(&self, finding: Finding, now: Timestamp) -> Result<Broken, Error> {
        make_folder(&self.folder)?;
        let path = self.file(&format!("evidence-{}.json", now.format("%Y%m%dT%H%M%S%6fZ")));
        let last = self.last()?.map(|(kept, _)| kept);
        let broken = Broken {
            finding: finding.kind,
            detail: finding.detail,
            seq: finding.seq,
            at: now,
            evidence: path.display().to_string(),
        };
        let evidence = json!({
            "finding": broken.finding,
            "detail": broken.detail,
            "seq": broken.seq,
            "noticed_at": now,
            "trusted_key": self.key()?,
            "trusted_checkpoint": last,
            "evidence": finding.evidence,
        });
        home::write(&path, &evidence)?;
        let what = What::Found {
            finding: broken.finding,
            seq: broken.seq,
            evidence: broken.evidence.clone(),
        };
        self.happened(now, what)?;
        if let Some(first) = self.broken()? {
            tracing::error!(finding = broken.finding.as_str(), "the log still does not verify");
            return Ok(Broken {
                at: first.at,
                ..broken
            });
        }
        tracing::error!(finding = broken.finding.as_str(), evidence = %broken.evidence, "the log does not verify");
        home::write(&self.file("broken.json"), &broken)?;
        Ok(broken)
    }

    /// Lifts a finding after a whole check passed; its evidence stays.
    ///
    /// # Errors
    /// Where the file cannot be removed.
    pub fn resolve(&self, now: Timestamp) -> Result<(), Error> {
        let path = self.file("broken.json");
        match std::fs::remove_file(&path) {
            Ok(()) => self.happened(now, What::Lifted),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(Error::File {
                attempt: "removing",
                path: path.display().to_string(),
                source,
            }),
        }
    }

    /// What the window shows.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn integrity(&self) -> Result<Integrity, Error> {
        let last = self.last()?;
        let fingerprint = self.key()?.map(|key| key.fingerprint).unwrap_or_default();
        let view = last
            .as_ref()
            .map(|(_, checkpoint)| view(checkpoint, &fingerprint));
        if let Some(broken) = self.broken()? {
            return Ok(Integrity::Broken {
                checkpoint: view,
                at: broken.at,
                finding: broken.finding.as_str().to_owned(),
                detail: broken.detail,
                seq: broken.seq,
                evidence: broken.evidence,
            });
        }
        match (last, view) {
            (Some((kept, _)), Some(checkpoint)) => Ok(Integrity::Verified {
                checkpoint,
                at: kept.verified_at,
                full_check_at: self.full_check_at()?,
            }),
            _ => Ok(Integrity::Unchecked),
        }
    }
}

/// A checkpoint as the window shows it.
#[must_use]
pub fn view(checkpoint: &Checkpoint, fingerprint: &str) -> CheckpointView {
    CheckpointView {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: STANDARD.encode(checkpoint.root),
        key_fingerprint: fingerprint.to_owned(),
    }
}

/// Reads a platform's key; its fingerprint is computed here, whatever the platform says it is.
///
/// # Errors
/// `not_a_platform` where it is no key, or not the one whose fingerprint the platform tells.
pub fn read_key(key: &LedgerKey) -> Result<LogVerifier, Error> {
    let wrong = |reason: String| Error::Platform(Problem::new(Code::NotAPlatform, reason));
    let verifier = LogVerifier::from_vkey(&key.verifier)
        .map_err(|error| wrong(format!("reading the platform's log key: {error}")))?;
    if verifier.fingerprint() != key.fingerprint || verifier.origin() != key.origin {
        return Err(wrong(
            "the platform's log key does not have the fingerprint or origin it tells".to_owned(),
        ));
    }
    Ok(verifier)
}
