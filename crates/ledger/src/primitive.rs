//! The three keyed primitives, in the one form in which the ledger uses each.
//!
//! Nothing is invented here and nothing is configurable; the functions are public so that the
//! published test vectors run against exactly what the ledger calls.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of an AES-GCM nonce.
pub const NONCE_BYTES: usize = 12;
/// Bytes of an AES-GCM tag.
pub const TAG_BYTES: usize = 16;

/// The bytes do not open under this key and these circumstances: another key, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes do not open under this key")]
pub struct DoesNotOpen;

/// AES-256-GCM: `nonce ‖ ciphertext ‖ tag`. A nonce must never repeat under a key; the ledger's are
/// random, and no key of it comes near 2^32 messages (NIST SP 800-38D § 8.3).
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "AES-GCM refuses only plaintexts of 64 GiB and more"
)]
pub fn aes256gcm_seal(key: &[u8; 32], nonce: &[u8; NONCE_BYTES], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let ciphertext = Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
        .encrypt(&Nonce::from(*nonce), Payload { msg: plaintext, aad })
        .expect("a plaintext that fits in memory");
    [nonce.as_slice(), &ciphertext].concat()
}

/// Opens what [`aes256gcm_seal`] made.
///
/// # Errors
/// Where a single bit of key, nonce, additional data, ciphertext or tag differs.
pub fn aes256gcm_open(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(DoesNotOpen)?;
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
        .decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad })
        .map_err(|_| DoesNotOpen)
}

/// HKDF-SHA256 (RFC 5869) without a salt where it is empty.
///
/// # Errors
/// Where `okm` is longer than 255 hashes.
pub fn hkdf_sha256(
    salt: &[u8],
    ikm: &[u8],
    info: &[&[u8]],
    okm: &mut [u8],
) -> Result<(), hkdf::InvalidLength> {
    Hkdf::<Sha256>::new(Some(salt), ikm).expand_multi_info(info, okm)
}

/// Thirty-two bytes of [`hkdf_sha256`] without salt: a key derived from a key.
#[must_use]
#[expect(clippy::expect_used, reason = "one hash of at most 255")]
pub(crate) fn derive_key(ikm: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut okm = [0; 32];
    hkdf_sha256(&[], ikm, info, &mut okm).expect("a single hash");
    okm
}

/// HMAC-SHA256 (RFC 2104) over the parts, one after another.
#[must_use]
#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
