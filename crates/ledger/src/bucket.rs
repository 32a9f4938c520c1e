//! Bucket keys and what they wrap: the one place where forgetting happens.
//!
//! 256 buckets, each with one key that wraps the keys of the subjects and periods in it. During an
//! erasure a bucket has two: the old one and the new one under which everybody else is wrapped
//! again. Writing the file without the old one is the moment after which no copy of any database
//! opens what was erased. The file lies in no database and is replaced as a whole; reading and
//! writing it is the caller's.

mod keyring;

pub use keyring::{BucketError, Keyring};

use crate::blind::IndexKey;
use crate::primitive::{DoesNotOpen, NONCE_BYTES, TAG_BYTES, aes256gcm_open, aes256gcm_seal, derive_key};
use crate::seal::SubjectKey;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How many buckets; a subject's is the first byte of its id.
pub const BUCKETS: usize = 256;

const SUBJECT_DOMAIN: &[u8] = b"vigia/subject-key/1";
const PERIOD_DOMAIN: &[u8] = b"vigia/period-key/1";
const INDEX_DOMAIN: &[u8] = b"vigia/index/1";
const VALUE_DOMAIN: &[u8] = b"vigia/value/1";

/// Bytes of a wrapped key: nonce, key, tag.
pub const WRAPPED_BYTES: usize = NONCE_BYTES + 32 + TAG_BYTES;

/// The key over all others.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey(pub [u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Whose key is wrapped: bound into the wrapping, so that no row can stand in for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOwner {
    /// A person.
    Subject([u8; 16]),
    /// A day of `recorded_at` and a retention class.
    Period {
        /// Days since 1970-01-01 UTC.
        day: i32,
        /// Retention class.
        class: u8,
    },
}

impl KeyOwner {
    fn additional_data(self) -> Vec<u8> {
        match self {
            Self::Subject(id) => [SUBJECT_DOMAIN, &id].concat(),
            Self::Period { day, class } => [PERIOD_DOMAIN, &day.to_be_bytes(), &[class]].concat(),
        }
    }
}

/// One bucket's key, of one generation.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct BucketKey {
    #[zeroize(skip)]
    generation: u64,
    key: [u8; 32],
}

impl fmt::Debug for BucketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BucketKey(generation {})", self.generation)
    }
}

impl BucketKey {
    /// Which key of its bucket this is, from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Wraps a subject's or period's key: `nonce ‖ ciphertext ‖ tag`.
    #[must_use]
    pub fn wrap(&self, nonce: &[u8; NONCE_BYTES], owner: KeyOwner, key: &SubjectKey) -> Vec<u8> {
        aes256gcm_seal(&self.key, nonce, &owner.additional_data(), &key.0)
    }

    /// Opens what [`BucketKey::wrap`] made.
    ///
    /// # Errors
    /// Where the bucket's key is another, or the row is another owner's or was changed.
    pub fn unwrap(&self, owner: KeyOwner, wrapped: &[u8]) -> Result<SubjectKey, DoesNotOpen> {
        let key = Zeroizing::new(aes256gcm_open(&self.key, &owner.additional_data(), wrapped)?);
        key.as_slice().try_into().map(SubjectKey).map_err(|_| DoesNotOpen)
    }

    /// The key of the bucket's blind index; gone with the bucket's key.
    #[must_use]
    pub fn index_key(&self) -> IndexKey {
        IndexKey(derive_key(&self.key, &[INDEX_DOMAIN]))
    }

    /// Seals a value of the blind index, so that it can be told and indexed again under the next
    /// key. `row` names what it belongs to.
    #[must_use]
    pub fn seal_value(&self, nonce: &[u8; NONCE_BYTES], row: &[u8], value: &[u8]) -> Vec<u8> {
        self.value_key().seal(nonce, row, value)
    }

    /// Opens what [`BucketKey::seal_value`] made.
    ///
    /// # Errors
    /// Where the key or the row is another, or the bytes were changed.
    pub fn open_value(&self, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        self.value_key().open(row, sealed)
    }

    /// The key of the bucket's values, for many of them; gone with the bucket's key.
    #[must_use]
    pub fn value_key(&self) -> ValueKey {
        ValueKey(derive_key(&self.key, &[VALUE_DOMAIN]))
    }
}

/// The key under which a bucket's values lie.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ValueKey([u8; 32]);

impl ValueKey {
    /// As [`BucketKey::seal_value`].
    #[must_use]
    pub fn seal(&self, nonce: &[u8; NONCE_BYTES], row: &[u8], value: &[u8]) -> Vec<u8> {
        aes256gcm_seal(&self.0, nonce, row, value)
    }

    /// As [`BucketKey::open_value`].
    ///
    /// # Errors
    /// Where the key or the row is another, or the bytes were changed.
    pub fn open(&self, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        aes256gcm_open(&self.0, row, sealed)
    }
}
