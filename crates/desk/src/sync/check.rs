//! Whether a checkpoint may be believed: signed by the trusted key, and a continuation of the last
//! one that was. Needs public routes only, so it works without a session.

use super::{Stop, Sync, hashes, misspoken};
use crate::trust::FindingKind;
use serde_json::json;
use vigia_ledger::checkpoint::Checkpoint;
use vigia_ledger::proof::verify_consistency;
use vigia_ledger::tree::CompactRange;

impl Sync<'_> {
    /// Opens a checkpoint and proves that it continues the last trusted one.
    ///
    /// # Errors
    /// What does not fit, with both checkpoints and the proof; or what failed.
    pub async fn continues(&self, note: &str) -> Result<Checkpoint, Stop> {
        let opened = self.open_trusted(note).await?;
        self.grown(&opened, note).await?;
        Ok(opened)
    }

    /// Proves that a checkpoint continues the last trusted one.
    pub(super) async fn grown(&self, opened: &Checkpoint, note: &str) -> Result<(), Stop> {
        let (client, trust) = (self.client, self.trust);
        let Some((kept, trusted)) = trust.last()? else {
            return Ok(());
        };
        let both = json!({"trusted_checkpoint": kept.note, "presented_checkpoint": note});
        if opened.size < trusted.size {
            return Err(Stop::finding(
                FindingKind::Shrunk,
                format!("the log had {} entries and now has {}", trusted.size, opened.size),
                None,
                both,
            ));
        }
        if opened.size == trusted.size {
            if opened.root == trusted.root {
                return Ok(());
            }
            let detail = format!("two signed trees of {} entries have different roots", opened.size);
            return Err(Stop::finding(FindingKind::Fork, detail, None, both));
        }
        if trusted.size == 0 {
            return Ok(());
        }
        let proof = match client.consistency(trusted.size, opened.size).await {
            Ok(proof) => proof,
            Err(problem) => return Err(self.answer_about(trusted.size, problem)),
        };
        let list = hashes(&proof.proof).ok_or_else(|| misspoken("a proof's hash is not 32 bytes"))?;
        match verify_consistency(trusted.size, opened.size, &trusted.root, &opened.root, &list) {
            Ok(()) => Ok(()),
            Err(error) => Err(Stop::finding(
                FindingKind::Fork,
                format!(
                    "the signed tree of {} entries does not begin with the trusted one of {}: {error}",
                    opened.size, trusted.size
                ),
                None,
                json!({"trusted_checkpoint": kept.note, "presented_checkpoint": note, "proof": proof.proof}),
            )),
        }
    }
}

/// Whether the copy can be a part of the signed tree, as far as sizes tell.
///
/// # Errors
/// Where the copy is larger, or as large with another root.
pub fn copy_fits(range: &CompactRange, checkpoint: &Checkpoint, note: &str) -> Result<(), Stop> {
    let evidence = json!({"copy_size": range.size(), "copy_root": hex::encode(range.root()), "presented_checkpoint": note});
    if range.size() > checkpoint.size {
        let detail = format!(
            "the copy has {} entries and the log now has {}",
            range.size(),
            checkpoint.size
        );
        return Err(Stop::finding(FindingKind::Shrunk, detail, None, evidence));
    }
    if range.size() == checkpoint.size && range.root() != checkpoint.root {
        let detail = format!(
            "the copy of {} entries has another root than the signed tree",
            range.size()
        );
        return Err(Stop::finding(FindingKind::RootMismatch, detail, None, evidence));
    }
    Ok(())
}
