//! Blind index tokens: finding the rows of a value without storing the value.
//!
//! A token is a keyed hash, so that whoever lacks the index key cannot even try all IPv4 addresses.
//! The index key is derived from a bucket's key ([`crate::bucket::BucketKey::index_key`]) and is
//! destroyed with it.

use crate::primitive::hmac_sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

const DOMAIN: &[u8] = b"vigia/token/1";

/// The key of one bucket's blind index.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct IndexKey(pub [u8; 32]);

/// `HMAC-SHA256(key, "vigia/token/1" ‖ length of kind ‖ kind ‖ value)`, the length as four bytes,
/// big-endian: the same text as an address and as an account gives unrelated tokens.
#[must_use]
pub fn token(key: &IndexKey, kind: &str, value: &[u8]) -> [u8; 32] {
    let length = u32::try_from(kind.len()).unwrap_or(u32::MAX).to_be_bytes();
    hmac_sha256(&key.0, &[DOMAIN, &length, kind.as_bytes(), value])
}
