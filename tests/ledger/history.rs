//! Heads against heads: a log that grew, one that forked, shrank, or changed its key.

use super::log::{Log, ORIGIN, signer};
use proptest::prelude::*;
use std::convert::Infallible;
use vigia_ledger::Hash;
use vigia_ledger::checkpoint::{Checkpoint, LogVerifier, open};
use vigia_ledger::prove::{Proof, Subtrees};
use vigia_ledger::tree::{Node, fold};
use vigia_ledger::verify::{Finding, grown, trusted_head};

/// The leaves are all there is: every node is folded from them.
impl Subtrees for Log {
    type Error = Infallible;

    fn subtree(&self, node: Node) -> Result<Hash, Infallible> {
        let first = usize::try_from(node.index << node.height).unwrap();
        let leaves: Vec<Hash> = self.rows[first..first + (1 << node.height)]
            .iter()
            .map(|row| row.leaf)
            .collect();
        Ok(fold(&leaves).unwrap())
    }
}

fn consistency(log: &Log, from: u64) -> Vec<Hash> {
    let Ok(proof) = Proof::Consistency { from, to: log.size() }.from(log);
    proof.unwrap()
}

fn compare(kept: &Log, served: &Log, proof: &[Hash]) -> Result<(), Box<Finding>> {
    grown(
        (&kept.checkpoint(), &kept.note()),
        (&served.checkpoint(), &served.note()),
        proof,
    )
}

fn trusted() -> [LogVerifier; 1] {
    [signer(1).verifier().clone()]
}

#[test]
fn a_log_that_grew_is_accepted() {
    let (kept, served) = (Log::of(5, 1), Log::of(23, 1));
    assert_eq!(compare(&kept, &served, &consistency(&served, 5)), Ok(()));
    assert_eq!(compare(&Log::default(), &served, &[]), Ok(()));
    assert_eq!(compare(&served, &served, &[]), Ok(()));
    assert_eq!(trusted_head(&served.note(), &trusted()), Ok(served.checkpoint()));
}

#[test]
fn an_older_copy_that_grew_another_history_is_a_fork_with_both_heads_and_the_proof() {
    let kept = Log::of(20, 1);
    let mut served = Log::of(12, 1);
    while served.size() < 31 {
        served.append(2, vec![], None);
    }
    let proof = consistency(&served, 20);
    let finding = compare(&kept, &served, &proof).unwrap_err();
    assert_eq!(finding.word(), "fork");
    let evidence = serde_json::to_value(&finding).unwrap();
    assert_eq!(evidence["kept"]["note"], kept.note());
    assert_eq!(evidence["served"]["note"], served.note());
    assert_eq!(evidence["proof"].as_array().unwrap().len(), proof.len());
    assert!(finding.to_string().contains("two histories"));
}

#[test]
fn two_heads_of_one_size_and_two_roots_are_a_fork() {
    let finding = compare(&Log::of(9, 1), &Log::of(9, 2), &[]).unwrap_err();
    assert_eq!(finding.word(), "fork");
}

#[test]
fn an_older_copy_is_a_log_that_shrank() {
    let finding = compare(&Log::of(20, 1), &Log::of(12, 1), &[]).unwrap_err();
    assert_eq!(finding.word(), "shrunk");
    assert!(finding.to_string().contains("20 entries were signed"));
}

#[test]
fn another_key_is_another_finding_than_a_forged_signature() {
    let log = Log::of(3, 1);
    let stranger = log.checkpoint().sign(&[&signer(2)]).unwrap();
    let finding = trusted_head(&stranger, &trusted()).unwrap_err();
    assert_eq!(finding.word(), "key_changed");
    assert!(finding.to_string().contains(&trusted()[0].fingerprint()));

    let forged = log.note().replacen("\n3\n", "\n4\n", 1);
    assert_eq!(
        trusted_head(&forged, &trusted()).unwrap_err().word(),
        "bad_signature"
    );
    assert_eq!(
        trusted_head("nothing", &trusted()).unwrap_err().word(),
        "bad_signature"
    );
}

#[test]
fn a_desk_that_trusts_the_old_key_follows_a_rotation_signed_by_both() {
    let log = Log::of(3, 1);
    let between = log.checkpoint().sign(&[&signer(1), &signer(2)]).unwrap();
    assert_eq!(trusted_head(&between, &trusted()), Ok(log.checkpoint()));
    let after = [signer(2).verifier().clone()];
    assert_eq!(trusted_head(&between, &after), Ok(log.checkpoint()));
}

proptest! {
    #[test]
    fn a_checkpoint_with_any_byte_changed_never_says_something_else(
        size in any::<u64>(),
        root in any::<[u8; 32]>(),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root };
        let note = checkpoint.sign(&[&signer(1)]).unwrap();
        let mut bytes = note.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = with;
        if let Ok(changed) = String::from_utf8(bytes)
            && let Ok(opened) = open(&changed, &trusted())
        {
            prop_assert_eq!(opened.checkpoint, checkpoint);
        }
    }
}
