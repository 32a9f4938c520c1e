//! Sealing: the parts of an event that are about people, encrypted under those people's keys.
//!
//! A group's plaintext is `seed ‖ group`; its additional data binds it to its event and its place
//! there, so that no ciphertext can be moved. Erasing a person destroys their key; a group about
//! several needs the keys of all of them ([`joint_key`]) and is gone with the first.

use crate::hash::{Hash, commitment};
use crate::primitive::{DoesNotOpen, NONCE_BYTES, aes256gcm_open, aes256gcm_seal, derive_key};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const GROUP_DOMAIN: &[u8] = b"vigia/group/1";
const JOINT_DOMAIN: &[u8] = b"vigia/joint/1";

/// Bytes of the seed that a commitment begins with.
pub const SEED_BYTES: usize = 16;

/// The key under which groups lie: a subject's, a period's, or a joint one.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SubjectKey(pub [u8; 32]);

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey(…)")
    }
}

/// A group, opened: what its commitment is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedGroup {
    /// Sixteen fresh random bytes.
    pub seed: [u8; SEED_BYTES],
    /// The group's canonical bytes.
    pub group: Vec<u8>,
}

impl OpenedGroup {
    /// What the entry must say of it.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        commitment(&self.seed, &self.group)
    }
}

/// The key of what several people share: HKDF-SHA256 over their keys in the order of their ids,
/// with `"vigia/joint/1" ‖ ids` as info. One person's is their own key; nobody has none.
#[must_use]
pub fn joint_key(holders: &[([u8; 16], &SubjectKey)]) -> Option<SubjectKey> {
    let mut holders = holders.to_vec();
    holders.sort_by_key(|(id, _)| *id);
    holders.dedup_by_key(|(id, _)| *id);
    match holders.as_slice() {
        [] => None,
        [(_, only)] => Some((*only).clone()),
        several => {
            let keys = Zeroizing::new(several.iter().flat_map(|(_, key)| key.0).collect::<Vec<u8>>());
            let ids: Vec<u8> = several.iter().flat_map(|(id, _)| *id).collect();
            Some(SubjectKey(derive_key(&keys, &[JOINT_DOMAIN, &ids])))
        }
    }
}

/// Seals a group: `nonce ‖ ciphertext ‖ tag`. `event` is the event's id, `index` the group's place
/// among the entry's commitments.
#[must_use]
pub fn seal_group(
    key: &SubjectKey,
    nonce: &[u8; NONCE_BYTES],
    event: &[u8; 16],
    index: u32,
    opened: &OpenedGroup,
) -> Vec<u8> {
    let plaintext = Zeroizing::new([opened.seed.as_slice(), &opened.group].concat());
    aes256gcm_seal(&key.0, nonce, &additional_data(event, index), &plaintext)
}

/// Opens what [`seal_group`] made. Whether it is what the entry commits to is the caller's to check.
///
/// # Errors
/// Where the key is another, or anything was changed or moved.
pub fn open_group(
    key: &SubjectKey,
    event: &[u8; 16],
    index: u32,
    sealed: &[u8],
) -> Result<OpenedGroup, DoesNotOpen> {
    let plaintext = Zeroizing::new(aes256gcm_open(&key.0, &additional_data(event, index), sealed)?);
    let (seed, group) = plaintext.split_first_chunk::<SEED_BYTES>().ok_or(DoesNotOpen)?;
    Ok(OpenedGroup {
        seed: *seed,
        group: group.to_vec(),
    })
}

fn additional_data(event: &[u8; 16], index: u32) -> Vec<u8> {
    [GROUP_DOMAIN, event, &index.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: ([u8; 16], SubjectKey) = ([1; 16], SubjectKey([11; 32]));
    const BETO: ([u8; 16], SubjectKey) = ([2; 16], SubjectKey([22; 32]));

    fn group() -> OpenedGroup {
        OpenedGroup {
            seed: [7; 16],
            group: b"what happened to Ana".to_vec(),
        }
    }

    #[test]
    fn a_sealed_group_opens_again_under_its_key_at_its_place_only() {
        let sealed = seal_group(&ANA.1, &[3; 12], &[4; 16], 1, &group());
        assert_eq!(open_group(&ANA.1, &[4; 16], 1, &sealed), Ok(group()));
        assert_eq!(open_group(&BETO.1, &[4; 16], 1, &sealed), Err(DoesNotOpen));
        assert_eq!(open_group(&ANA.1, &[5; 16], 1, &sealed), Err(DoesNotOpen));
        assert_eq!(open_group(&ANA.1, &[4; 16], 2, &sealed), Err(DoesNotOpen));
    }

    #[test]
    fn no_byte_of_a_sealed_group_can_change() {
        let sealed = seal_group(&ANA.1, &[3; 12], &[4; 16], 0, &group());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open_group(&ANA.1, &[4; 16], 0, &changed), Err(DoesNotOpen));
            assert_eq!(open_group(&ANA.1, &[4; 16], 0, &sealed[..at]), Err(DoesNotOpen));
        }
    }

    #[test]
    fn a_joint_key_needs_everybody_and_no_order() {
        let both = joint_key(&[(ANA.0, &ANA.1), (BETO.0, &BETO.1)]).unwrap();
        assert_eq!(
            joint_key(&[(BETO.0, &BETO.1), (ANA.0, &ANA.1), (ANA.0, &ANA.1)]),
            Some(both.clone())
        );
        assert_ne!(both, ANA.1);
        assert_ne!(both, BETO.1);
        assert_ne!(joint_key(&[(ANA.0, &ANA.1), (BETO.0, &ANA.1)]), Some(both));
    }

    #[test]
    fn the_joint_key_of_one_is_their_own_and_of_nobody_none() {
        assert_eq!(joint_key(&[(ANA.0, &ANA.1)]), Some(ANA.1));
        assert_eq!(joint_key(&[]), None);
    }
}
