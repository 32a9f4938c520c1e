//! The bytes of docs/ledger.md, against values computed by another implementation (OpenSSL's, by way
//! of Node's `crypto`). Whoever changes one of these changes what every log in the world means.

use sha2::{Digest, Sha256};
use vigia_ledger::blind::token;
use vigia_ledger::bucket::{KeyOwner, Keyring, MasterKey};
use vigia_ledger::checkpoint::{Checkpoint, LogSigner};
use vigia_ledger::seal::{OpenedGroup, SubjectKey, joint_key, seal_group};
use vigia_ledger::{EMPTY_ROOT, commitment, leaf_hash, node_hash};

fn group() -> OpenedGroup {
    OpenedGroup {
        seed: [1; 16],
        group: b"a group".to_vec(),
    }
}

#[test]
fn hashes_are_those_of_the_description() {
    assert_eq!(EMPTY_ROOT[..], Sha256::digest(b"")[..]);
    assert_eq!(
        hex::encode(leaf_hash(b"entry")),
        "d9c2d66b522c2522728f539ff9f67b85d40defff095fc8a528c994f4f35bb3de"
    );
    assert_eq!(
        hex::encode(node_hash(&[1; 32], &[2; 32])),
        "b331da6ec49d4547d9942a6727e5123f69bed5a0b97ac171cfbfd6201431fcfa"
    );
    let expected = "e66b6044c40f5078a1909d50fb7063f82e52e8b42902b474b90eb3d43692f156";
    assert_eq!(hex::encode(commitment(&[1; 16], b"a group")), expected);
    assert_eq!(hex::encode(group().commitment()), expected);
}

#[test]
fn a_sealed_group_is_that_of_the_description() {
    let sealed = seal_group(&SubjectKey([3; 32]), &[5; 12], &[4; 16], 0x0102, &group());
    assert_eq!(
        hex::encode(sealed),
        "0505050505050505050505051723de65b3dd1640ab0fcb02d2e6465356671f431e438637fd1e1b02b1b06f256c122e8ab2022a"
    );
    let (ana, beto) = (SubjectKey([11; 32]), SubjectKey([22; 32]));
    let joint = joint_key(&[([2; 16], &beto), ([1; 16], &ana)]).unwrap();
    assert_eq!(
        hex::encode(joint.0),
        "db00054c5c8986a50be512d4ef8e7f54f8c69be80a1b83bca14e2d848deae5f5"
    );
}

/// A ring of keys of sixes; bucket 7 has a second key of ones.
fn ring() -> Keyring {
    let mut ring = Keyring::generate(|bytes| bytes.fill(6));
    ring.begin(7, [1; 32]).unwrap();
    ring
}

#[test]
fn the_bucket_keys_file_is_that_of_the_description() {
    let file = ring().to_bytes(&MasterKey([9; 32]), |bytes| bytes.fill(6));
    assert_eq!(file.len(), 17_788);
    assert_eq!(
        hex::encode(Sha256::digest(&file)),
        "5a9654f5d18550f32c457b2b621ed6bc05974718e65765cb8da0c9b2b475363d"
    );
}

#[test]
fn what_a_bucket_key_wraps_and_derives_is_that_of_the_description() {
    let ring = ring();
    let key = ring.key(0, 1).unwrap();
    let wrapped = |owner| hex::encode(key.wrap(&[8; 12], owner, &SubjectKey([3; 32])));
    assert_eq!(
        wrapped(KeyOwner::Subject([9; 16])),
        "08080808080808080808080831d281f6e64fe32c2decc615b7c1ad1689176be65b3a156954856b4e55dc8609\
         5f308c32ab845ec984351af3a46743b1"
    );
    let period = KeyOwner::Period {
        day: 20_000,
        class: 2,
    };
    assert_eq!(
        wrapped(period),
        "08080808080808080808080831d281f6e64fe32c2decc615b7c1ad1689176be65b3a156954856b4e55dc8609\
         b7c8f23c4cbfeb4ee19f8fa5538cc851"
    );
    assert_eq!(
        hex::encode(key.seal_value(&[7; 12], b"row 1", b"ana@example.com")),
        "070707070707070707070707826486a025e16491da31c4b06b8b0c6777c553b9cfaa78e477804c6f95d6bf"
    );
    assert_eq!(
        hex::encode(token(&key.index_key(), "source.net", &[10, 0, 0, 1])),
        "4952f9dcc9d48c13c1f6073d349e147ed128b0c4f676e9cea42e810e836b767e"
    );
}

#[test]
fn a_checkpoint_is_the_note_that_c2sp_describes() {
    let signer = LogSigner::from_seed("vigia.example/log", &[1; 32]).unwrap();
    let checkpoint = Checkpoint {
        origin: "vigia.example/log".to_owned(),
        size: 3,
        root: [5; 32],
    };
    assert_eq!(
        checkpoint.sign(&[&signer]).unwrap(),
        "vigia.example/log\n3\nBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=\n\n\
         — vigia.example/log BfGGE52tmr2KFPsxYNzjPsnPDQkR4/EThW8khbH5r4pb7VRfgsCwoER3oy8xDZc9VuJ9UgDbE8b8\
         gyhW9z6kqaXc6A4=\n"
    );
    assert_eq!(
        signer.verifier().vkey(),
        "vigia.example/log+05f18613+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
    );
    assert_eq!(
        signer.verifier().fingerprint(),
        "34750f98bd59fcfc946da45aaabe933be154a4b5094e1c4abf42866505f3c97e"
    );
}
