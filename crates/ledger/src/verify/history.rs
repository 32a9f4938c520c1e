//! Two signed heads of one log: did the one grow out of the other?

use super::finding::{Finding, HashText, Head};
use crate::checkpoint::{self, Checkpoint, CheckpointError, LogVerifier};
use crate::hash::{EMPTY_ROOT, Hash};
use crate::proof::{ProofError, verify_consistency};

/// The head that a served note speaks of, where a trusted key signed it.
///
/// # Errors
/// The finding, with the note as evidence.
pub fn trusted_head(note: &str, trusted: &[LogVerifier]) -> Result<Checkpoint, Box<Finding>> {
    match checkpoint::open(note, trusted) {
        Ok(opened) => Ok(opened.checkpoint),
        Err(CheckpointError::UnknownKey) => Err(Box::new(Finding::KeyChanged {
            trusted: trusted.iter().map(LogVerifier::fingerprint).collect(),
            note: note.to_owned(),
        })),
        Err(other) => Err(Box::new(Finding::BadSignature {
            note: note.to_owned(),
            reason: other.to_string(),
        })),
    }
}

/// Checks that the served head continues the one that was kept. Both must be trusted already
/// ([`trusted_head`]); `proof` joins their sizes.
///
/// # Errors
/// [`Finding::Shrunk`] or [`Finding::Fork`], with both heads and the proof.
pub fn grown(
    kept: (&Checkpoint, &str),
    served: (&Checkpoint, &str),
    proof: &[Hash],
) -> Result<(), Box<Finding>> {
    let (old, new) = (kept.0, served.0);
    if new.size < old.size {
        return Err(Box::new(Finding::Shrunk {
            kept: Head::of(old, kept.1),
            size: new.size,
            served: Some(Head::of(new, served.1)),
        }));
    }
    let joined = match old.size {
        // Every tree begins with the empty one, and there is no proof of it.
        0 if new.size > 0 || new.root == EMPTY_ROOT => Ok(()),
        0 => Err(ProofError::OtherRoot),
        size => verify_consistency(size, new.size, &old.root, &new.root, proof),
    };
    joined.map_err(|reason| {
        Box::new(Finding::Fork {
            kept: Head::of(old, kept.1),
            served: Head::of(new, served.1),
            proof: proof.iter().copied().map(HashText).collect(),
            reason: reason.to_string(),
        })
    })
}
