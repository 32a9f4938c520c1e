//! Wycheproof's vectors against the primitives exactly as the ledger calls them.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ops::Not as _;
use vigia_ledger::checkpoint::LogVerifier;
use vigia_ledger::primitive::{aes256gcm_open, aes256gcm_seal, hkdf_sha256, hmac_sha256};
use vigia_tests::shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<G> {
    number_of_tests: usize,
    test_groups: Vec<G>,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy, Debug)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Valid,
    Invalid,
}

fn read<G: DeserializeOwned>(name: &str) -> Option<File<G>> {
    let path = shared(&format!("data/crypto/wycheproof/{name}_test.json"))?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn bytes(hex_digits: &str) -> Vec<u8> {
    hex::decode(hex_digits).unwrap()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AeadGroup {
    key_size: u32,
    iv_size: u32,
    tests: Vec<AeadTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AeadTest {
    tc_id: u32,
    key: String,
    iv: String,
    aad: String,
    msg: String,
    ct: String,
    tag: String,
    result: Outcome,
}

#[test]
fn sealing_is_aes_256_gcm_with_nonces_of_96_bits() {
    let Some(file) = read::<AeadGroup>("aes_gcm") else {
        return;
    };
    assert_eq!(file.number_of_tests, 316);
    let mut run = 0;
    for group in file.test_groups {
        // Other lengths of key and nonce cannot even be said here: they are array types.
        if (group.key_size, group.iv_size) != (256, 96) {
            continue;
        }
        for test in group.tests {
            run += 1;
            let key = bytes(&test.key).try_into().unwrap();
            let nonce = bytes(&test.iv).try_into().unwrap();
            let (aad, message) = (bytes(&test.aad), bytes(&test.msg));
            let sealed = [bytes(&test.iv), bytes(&test.ct), bytes(&test.tag)].concat();
            let ours = aes256gcm_seal(&key, &nonce, &aad, &message);
            let opened = aes256gcm_open(&key, &aad, &sealed);
            match test.result {
                Outcome::Valid => {
                    assert_eq!(ours, sealed, "test {}", test.tc_id);
                    assert_eq!(opened, Ok(message), "test {}", test.tc_id);
                }
                Outcome::Invalid => assert!(opened.is_err(), "test {}", test.tc_id),
            }
        }
    }
    assert_eq!(run, 66);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignatureGroup {
    public_key: PublicKey,
    tests: Vec<SignatureTest>,
}

#[derive(Deserialize)]
struct PublicKey {
    pk: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignatureTest {
    tc_id: u32,
    msg: String,
    sig: String,
    result: Outcome,
}

#[test]
fn checkpoints_are_signed_with_ed25519() {
    let Some(file) = read::<SignatureGroup>("ed25519") else {
        return;
    };
    let mut run = 0;
    for group in file.test_groups {
        let key = bytes(&group.public_key.pk).try_into().unwrap();
        let verifier = LogVerifier::from_public_bytes("vigia.example", &key).unwrap();
        for test in group.tests {
            run += 1;
            let accepted = verifier.accepts(&bytes(&test.msg), &bytes(&test.sig));
            assert_eq!(accepted, test.result == Outcome::Valid, "test {}", test.tc_id);
        }
    }
    assert_eq!((run, file.number_of_tests), (151, 151));
}

#[derive(Deserialize)]
struct HkdfGroup {
    tests: Vec<HkdfTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HkdfTest {
    tc_id: u32,
    ikm: String,
    salt: String,
    info: String,
    size: usize,
    okm: String,
    result: Outcome,
}

#[test]
fn joint_and_derived_keys_are_hkdf_sha256() {
    let Some(file) = read::<HkdfGroup>("hkdf_sha256") else {
        return;
    };
    let mut run = 0;
    for test in file.test_groups.into_iter().flat_map(|group| group.tests) {
        run += 1;
        let info = bytes(&test.info);
        // In two pieces where there are two: pieces must add up to the whole.
        let (first, second) = info.split_at(info.len() / 2);
        let mut okm = vec![0; test.size];
        let answer = hkdf_sha256(&bytes(&test.salt), &bytes(&test.ikm), &[first, second], &mut okm);
        assert_eq!(
            answer.is_ok(),
            test.result == Outcome::Valid,
            "test {}",
            test.tc_id
        );
        if answer.is_ok() {
            assert_eq!(okm, bytes(&test.okm), "test {}", test.tc_id);
        }
    }
    assert_eq!((run, file.number_of_tests), (86, 86));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MacGroup {
    tag_size: usize,
    tests: Vec<MacTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MacTest {
    tc_id: u32,
    key: String,
    msg: String,
    tag: String,
    result: Outcome,
}

#[test]
fn blind_index_tokens_are_hmac_sha256() {
    let Some(file) = read::<MacGroup>("hmac_sha256") else {
        return;
    };
    let mut run = 0;
    for group in file.test_groups {
        for test in group.tests {
            run += 1;
            let message = bytes(&test.msg);
            let (first, second) = message.split_at(message.len() / 3);
            let tag = hmac_sha256(&bytes(&test.key), &[first, second]);
            let same = tag[..group.tag_size / 8] == bytes(&test.tag);
            assert_eq!(same.not(), test.result == Outcome::Invalid, "test {}", test.tc_id);
        }
    }
    assert_eq!((run, file.number_of_tests), (174, 174));
}
