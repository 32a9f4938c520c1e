//! Following the log's key: a key that the trusted one signed for, in a checkpoint that continues what
//! was trusted, is trusted in its place.
//!
//! Every step needs both signatures over one checkpoint, so an offline console walks the whole chain
//! when it comes back. A key that is not in the chain stays what it was: somebody else's.

use super::{Stop, Sync};
use crate::trust::FindingKind;
use serde_json::json;
use vigia_ledger::checkpoint::{Checkpoint, CheckpointError, LogVerifier, open};
use vigia_wire::ledger::{KeyRotation, LedgerKey};

/// One step of the chain, checked.
struct Step<'a> {
    rotation: &'a KeyRotation,
    checkpoint: Checkpoint,
}

impl Sync<'_> {
    /// Follows the chain from the trusted key to the presented one. `false` where none leads there;
    /// then nothing is changed.
    ///
    /// # Errors
    /// A chain whose checkpoints do not continue what was trusted; or what failed.
    pub(crate) async fn follow(&self, presented: &LedgerKey) -> Result<bool, Stop> {
        let Some(trusted) = self.trust.key()? else {
            return Ok(false);
        };
        if trusted.verifier == presented.verifier {
            return Ok(true);
        }
        let Some(steps) = chain(&trusted.verifier, presented) else {
            return Ok(false);
        };
        for step in &steps {
            self.grown(&step.checkpoint, &step.rotation.checkpoint).await?;
        }
        for step in steps {
            let key = LedgerKey {
                origin: presented.origin.clone(),
                verifier: step.rotation.after.clone(),
                fingerprint: step.rotation.fingerprint.clone(),
                rotations: Vec::new(),
            };
            let note = &step.rotation.checkpoint;
            self.trust.rotate(&key, note, self.now)?;
            self.trust.keep(note, self.now, false)?;
            tracing::info!(fingerprint = %key.fingerprint, "the log's key was rotated, and both keys say so");
        }
        Ok(true)
    }

    /// Opens a note with the trusted key, following the chain first where another key signed it.
    pub(super) async fn open_trusted(&self, note: &str) -> Result<Checkpoint, Stop> {
        let verifier = self.trust.verifier()?;
        let error = match open(note, std::slice::from_ref(&verifier)) {
            Ok(opened) => return Ok(opened.checkpoint),
            Err(error) => error,
        };
        let presented = self.client.ledger_key().await?;
        if error == CheckpointError::UnknownKey
            && presented.verifier != verifier.vkey()
            && self.follow(&presented).await?
        {
            let verifier = self.trust.verifier()?;
            if let Ok(opened) = open(note, std::slice::from_ref(&verifier)) {
                return Ok(opened.checkpoint);
            }
        }
        let evidence = json!({"presented_checkpoint": note, "presented_key": presented});
        if presented.fingerprint == verifier.fingerprint() {
            let detail = format!("reading the checkpoint: {error}");
            return Err(Stop::finding(FindingKind::BadSignature, detail, None, evidence));
        }
        let detail = format!(
            "the platform's log key has the fingerprint {}, the trusted one {}",
            presented.fingerprint,
            verifier.fingerprint()
        );
        Err(Stop::finding(FindingKind::KeyChanged, detail, None, evidence))
    }
}

/// The steps from one key to the presented one, each signed by the key before and the key after.
fn chain<'a>(from: &str, presented: &'a LedgerKey) -> Option<Vec<Step<'a>>> {
    let start = presented
        .rotations
        .iter()
        .rposition(|rotation| rotation.before == from)?;
    let mut at = LogVerifier::from_vkey(from).ok()?;
    let mut steps = Vec::new();
    for rotation in presented.rotations.get(start..)? {
        let after = LogVerifier::from_vkey(&rotation.after).ok()?;
        let signed = |key: &LogVerifier| open(&rotation.checkpoint, std::slice::from_ref(key)).ok();
        if rotation.before != at.vkey() || after.fingerprint() != rotation.fingerprint {
            return None;
        }
        let (opened, _) = signed(&at).zip(signed(&after))?;
        steps.push(Step {
            rotation,
            checkpoint: opened.checkpoint,
        });
        at = after;
    }
    (at.vkey() == presented.verifier).then_some(steps)
}
