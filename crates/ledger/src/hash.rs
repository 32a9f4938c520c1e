//! The three hash functions of the ledger: the only code that writer and verifier share.
//!
//! The tree's are those of RFC 6962 § 2.1, with their domain separation of leaves and nodes.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The root of the tree without leaves: the hash of nothing (RFC 6962 § 2.1).
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

const SEAL_DOMAIN: &[u8] = b"vigia/seal/1";

/// The hash of a leaf: `SHA-256(0x00 ‖ entry)`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0x00])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([0x01])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// What the entry says of a sealed group: `SHA-256("vigia/seal/1" ‖ seed ‖ length ‖ group)`, the
/// length as eight bytes, big-endian. The fresh seed keeps anybody from guessing the group.
#[must_use]
pub fn commitment(seed: &[u8; 16], group: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(SEAL_DOMAIN)
        .chain_update(seed)
        .chain_update((group.len() as u64).to_be_bytes())
        .chain_update(group)
        .finalize()
        .into()
}
