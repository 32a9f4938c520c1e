//! A proof as a file: what it proves, what it must not prove, and that others can read it.

use crate::log::{Log, ORIGIN, signer, subject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use vigia_domain::entry::{Entry, Group, Holder};
use vigia_ledger::checkpoint::{Checkpoint, LogSigner};
use vigia_ledger::leaf_hash;
use vigia_ledger::proof::verify_inclusion;
use vigia_ledger::proof_file::{Content, NotProven, TlogProof, Trusted, check};
use vigia_ledger::prove::Proof;
use vigia_ledger::tree::{Node, fold};

/// The path of an entry, by folding the leaves naively.
fn path(log: &Log, seq: u64) -> Vec<[u8; 32]> {
    let proof = Proof::Inclusion {
        seq,
        size: log.size(),
    };
    let subtree = |node: &Node| {
        let (first, many) = (node.index << node.height, 1_u64 << node.height);
        let leaves: Vec<_> = (first..first + many)
            .map(|seq| log.rows[usize::try_from(seq).unwrap()].leaf)
            .collect();
        fold(&leaves).unwrap()
    };
    let hashes: Vec<_> = proof.needs().unwrap().iter().map(subtree).collect();
    proof.answer(&hashes).unwrap()
}

fn proof(log: &Log, seq: u64, with_content: bool) -> TlogProof {
    let row = &log.rows[usize::try_from(seq).unwrap()];
    let groups = (0_u32..)
        .zip(&row.groups)
        .filter(|_| with_content)
        .map(|(number, group)| (number, group.clone().unwrap()));
    let content = Content {
        entry: row.body.clone().unwrap(),
        key: signer(1).verifier().vkey().to_owned(),
        groups: groups.collect(),
    };
    TlogProof {
        extra: Some(content.to_bytes().unwrap()),
        index: seq,
        path: path(log, seq),
        checkpoint: log.note(),
    }
}

fn file(with_content: bool) -> String {
    proof(&Log::of(11, 1), 6, with_content).to_text()
}

#[test]
fn a_file_proves_its_entry_to_whoever_trusts_the_key() {
    let key = signer(1).verifier().clone();
    for trusted in [
        Trusted::Fingerprint(key.fingerprint()),
        Trusted::Key(Box::new(key.clone())),
        Trusted::InTheFile,
    ] {
        let proven = check(file(false).as_bytes(), &trusted).unwrap();
        assert_eq!((proven.index, proven.size, proven.groups.len()), (6, 11, 0));
        assert_eq!(
            (proven.origin.as_str(), proven.fingerprint),
            (ORIGIN, key.fingerprint())
        );
        let entry = Entry::from_bytes(&proven.entry).unwrap();
        assert_eq!(entry.kind.as_str(), "auth.login.failed");
    }
}

#[test]
fn content_goes_with_it_only_if_asked_and_is_what_the_entry_commits_to() {
    let proven = check(file(true).as_bytes(), &Trusted::InTheFile).unwrap();
    let (number, group) = &proven.groups[0];
    assert_eq!(*number, 0);
    let group = Group::from_bytes(&group.group).unwrap();
    assert_eq!(group.message.as_deref(), Some("entry 6, history 1"));
    assert!(!file(false).contains("groups"));
}

#[test]
fn another_key_proves_nothing() {
    let other = signer(2).verifier().clone();
    for trusted in [
        Trusted::Fingerprint(other.fingerprint()),
        Trusted::Key(Box::new(other)),
    ] {
        let refused = check(file(false).as_bytes(), &trusted).unwrap_err();
        assert!(matches!(refused, NotProven::OtherKey { .. }), "{refused}");
    }
    // Signed by somebody else, with their own key in the file.
    let log = Log::of(11, 1);
    let mut forged = proof(&log, 6, false);
    forged.checkpoint = log.checkpoint().sign(&[&signer(2)]).unwrap();
    let refused = check(forged.to_text().as_bytes(), &Trusted::InTheFile).unwrap_err();
    assert!(matches!(refused, NotProven::Checkpoint(_)), "{refused}");
}

#[test]
fn an_entry_of_another_history_is_not_proven() {
    let (log, other) = (Log::of(11, 1), Log::of(11, 2));
    let mut forged = proof(&log, 6, false);
    forged.extra = proof(&other, 6, false).extra;
    let refused = check(forged.to_text().as_bytes(), &Trusted::InTheFile).unwrap_err();
    assert!(matches!(refused, NotProven::Inclusion(_)), "{refused}");
}

#[test]
fn a_group_of_another_entry_is_not_proven() {
    let mut log = Log::of(11, 1);
    log.append(
        1,
        vec![
            Holder::Subjects(vec![subject(1)]),
            Holder::Subjects(vec![subject(2)]),
        ],
        None,
    );
    let row = &log.rows[11];
    let whole = |groups: Vec<u32>, from: usize| {
        let opened = |number: u32| (number, log.rows[from].groups[0].clone().unwrap());
        let content = Content {
            entry: row.body.clone().unwrap(),
            key: signer(1).verifier().vkey().to_owned(),
            groups: groups.into_iter().map(opened).collect(),
        };
        let extra = Some(content.to_bytes().unwrap());
        let proof = TlogProof {
            extra,
            ..proof(&log, 11, false)
        };
        check(proof.to_text().as_bytes(), &Trusted::InTheFile)
    };
    assert!(whole(vec![0], 11).is_ok());
    for (groups, from) in [(vec![0], 10), (vec![1], 11), (vec![7], 11), (vec![0, 0], 11)] {
        assert!(matches!(whole(groups, from), Err(NotProven::Group(_))));
    }
}

/// The grammar of c2sp.org/tlog-proof, written down a second time.
fn lines_of_the_specification(text: &str) -> (Option<&str>, u64, Vec<Vec<u8>>, String) {
    let mut lines = text.split('\n');
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let mut line = lines.next().unwrap();
    let extra = line.strip_prefix("extra ");
    if extra.is_some() {
        line = lines.next().unwrap();
    }
    let index = line.strip_prefix("index ").unwrap();
    assert!(index == "0" || !index.starts_with('0'));
    let mut hashes = Vec::new();
    for line in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        hashes.push(STANDARD.decode(line).unwrap());
    }
    let rest: Vec<&str> = lines.collect();
    (extra, index.parse().unwrap(), hashes, rest.join("\n"))
}

#[test]
fn the_file_is_what_the_specification_says_and_its_proof_holds_without_our_reader() {
    for (size, seq) in [(1, 0), (2, 1), (11, 0), (11, 10), (300, 256)] {
        let log = Log::of(size, 1);
        let text = proof(&log, seq, true).to_text();
        let (extra, index, hashes, note) = lines_of_the_specification(&text);
        assert!(STANDARD.decode(extra.unwrap()).is_ok());
        assert_eq!((index, note.as_str()), (seq, log.note().as_str()));
        let checkpoint = Checkpoint::read_untrusted(&note).unwrap();
        let hashes: Vec<[u8; 32]> = hashes.into_iter().map(|hash| hash.try_into().unwrap()).collect();
        let leaf = leaf_hash(log.rows[usize::try_from(seq).unwrap()].body.as_ref().unwrap());
        verify_inclusion(index, checkpoint.size, &leaf, &checkpoint.root, &hashes).unwrap();
    }
}

#[test]
fn a_proof_of_another_application_is_read_and_says_that_it_holds_no_entry() {
    let log = Log::of(11, 1);
    let bare = TlogProof {
        extra: None,
        ..proof(&log, 6, false)
    };
    let foreign = TlogProof {
        extra: Some(b"a VRF proof".to_vec()),
        ..bare.clone()
    };
    for proof in [bare, foreign] {
        assert_eq!(TlogProof::parse(proof.to_text().as_bytes()).unwrap(), proof);
        let refused = check(proof.to_text().as_bytes(), &Trusted::InTheFile).unwrap_err();
        assert!(matches!(refused, NotProven::NoContent), "{refused}");
    }
}

#[test]
fn the_same_in_other_bytes_is_refused() {
    let text = file(true);
    let extra = proof(&Log::of(11, 1), 6, true).extra.unwrap();
    let json = String::from_utf8(extra.clone()).unwrap();
    let with_extra = |json: &str| text.replace(&STANDARD.encode(&extra), &STANDARD.encode(json));
    for changed in [
        text.replace("index 6", "index 06"),
        text.replace("index 6", "index +6"),
        text.replace('\n', "\r\n"),
        text.replacen('\n', "\n\n", 1),
        format!("{text}\n"),
        format!(" {text}"),
        format!("{text}{}\n", text.lines().last().unwrap()),
        text.replace("extra ", "extra  "),
        with_extra(&json.replace(':', ": ")),
        with_extra(&json.replace('{', "{ ")),
        with_extra(&format!("{json} ")),
        with_extra(&json.replacen('}', ",\"more\":1}", 1)),
    ] {
        assert!(
            check(changed.as_bytes(), &Trusted::InTheFile).is_err(),
            "{changed}"
        );
    }
}

#[test]
fn no_bit_of_a_file_can_change() {
    let key = signer(1).verifier().clone();
    for with_content in [false, true] {
        let text = file(with_content).into_bytes();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.clone();
                changed[at] ^= 1 << bit;
                let refused = check(&changed, &Trusted::Key(Box::new(key.clone())));
                assert!(refused.is_err(), "bit {bit} of byte {at}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_byte_of_a_file_can_be_another_gone_or_new(at in 0_usize..2_000, byte: u8, with_content: bool) {
        let text = file(with_content).into_bytes();
        let at = at % text.len();
        let trusted = Trusted::Fingerprint(signer(1).verifier().fingerprint());
        let mut other = text.clone();
        other[at] = byte;
        prop_assert!(other == text || check(&other, &trusted).is_err());
        let mut shorter = text.clone();
        shorter.remove(at);
        prop_assert!(shorter == text || check(&shorter, &trusted).is_err());
        let mut longer = text.clone();
        longer.insert(at, byte);
        prop_assert!(check(&longer, &trusted).is_err());
        prop_assert!(check(&text[..at], &trusted).is_err());
    }

    #[test]
    fn a_strangers_bytes_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600), text in "(c2sp.org/tlog-proof@v1\n)?(extra [a-z+/=]{0,20}\n)?(index [0-9]{1,22}\n)?([A-Za-z0-9+/=]{44}\n){0,3}\n.{0,200}") {
        prop_assert!(check(&bytes, &Trusted::InTheFile).is_err());
        prop_assert!(check(text.as_bytes(), &Trusted::InTheFile).is_err());
    }
}

#[test]
fn both_keys_of_a_rotation_prove_an_entry_under_the_checkpoint_between_them() {
    let log = Log::of(11, 1);
    let (old, new): (LogSigner, LogSigner) = (signer(1), signer(2));
    let mut proof = proof(&log, 6, false);
    proof.checkpoint = log.checkpoint().sign(&[&old, &new]).unwrap();
    assert!(
        check(
            proof.to_text().as_bytes(),
            &Trusted::Fingerprint(old.verifier().fingerprint())
        )
        .is_ok()
    );
}
