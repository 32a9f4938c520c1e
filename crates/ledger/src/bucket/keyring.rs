//! The keys of all buckets, and the file that they lie in.

use super::{BUCKETS, BucketKey, MasterKey, WRAPPED_BYTES};
use crate::primitive::{NONCE_BYTES, aes256gcm_open, aes256gcm_seal, derive_key, hmac_sha256};
use std::fmt;
use zeroize::Zeroizing;

const MAGIC: &[u8; 16] = b"vigia/buckets/1\n";
const FILE_DOMAIN: &[u8] = b"vigia/buckets-mac/1";
const BUCKET_DOMAIN: &[u8] = b"vigia/bucket/1";
const MAC_BYTES: usize = 32;

/// What can be wrong with the file or its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// Not a file of this kind.
    #[error("the bucket keys file is not one, or of a newer version")]
    NotBuckets,
    /// Cut off, longer than it should be, or changed; or the master key is another.
    #[error("the bucket keys file does not open: it was damaged, or the master key is another")]
    DoesNotOpen,
    /// An erasure in this bucket is not finished.
    #[error("bucket {0} has two keys already: an erasure in it is not finished")]
    Unfinished(u8),
    /// The bucket has no key of this generation.
    #[error("bucket {bucket} has no key of generation {generation}")]
    NoSuchKey {
        /// The bucket.
        bucket: u8,
        /// The generation that was asked for.
        generation: u64,
    },
}

/// All bucket keys, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyring {
    generation: u64,
    buckets: Vec<Vec<BucketKey>>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring(generation {})", self.generation)
    }
}

impl Keyring {
    /// 256 fresh keys; `random` fills a slice with random bytes.
    pub fn generate(mut random: impl FnMut(&mut [u8])) -> Self {
        let buckets = (0..BUCKETS)
            .map(|_| {
                let mut key = BucketKey {
                    generation: 1,
                    key: [0; 32],
                };
                random(&mut key.key);
                vec![key]
            })
            .collect();
        Self {
            generation: 1,
            buckets,
        }
    }

    /// Counts the changes of the file: who sees it move drops every key held in memory.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The bucket's keys, oldest first: one, or two while an erasure is open.
    #[must_use]
    pub fn keys(&self, bucket: u8) -> &[BucketKey] {
        self.buckets.get(usize::from(bucket)).map_or(&[], Vec::as_slice)
    }

    /// The bucket's key of this generation.
    ///
    /// # Errors
    /// Where there is none, or no more.
    pub fn key(&self, bucket: u8, generation: u64) -> Result<&BucketKey, BucketError> {
        self.keys(bucket)
            .iter()
            .find(|key| key.generation == generation)
            .ok_or(BucketError::NoSuchKey { bucket, generation })
    }

    /// The newest key of the bucket, and the only one unless an erasure is open.
    ///
    /// # Errors
    /// Never, for a ring that was generated or read.
    pub fn newest(&self, bucket: u8) -> Result<&BucketKey, BucketError> {
        self.keys(bucket).last().ok_or(BucketError::NoSuchKey {
            bucket,
            generation: 0,
        })
    }

    /// Whether the bucket has two keys.
    #[must_use]
    pub fn is_rotating(&self, bucket: u8) -> bool {
        self.keys(bucket).len() > 1
    }

    /// Step 1 of an erasure: gives the bucket a second, new key and returns its generation.
    ///
    /// # Errors
    /// Where it has two already.
    pub fn begin(&mut self, bucket: u8, fresh: [u8; 32]) -> Result<u64, BucketError> {
        if self.is_rotating(bucket) {
            return Err(BucketError::Unfinished(bucket));
        }
        let generation = self.newest(bucket)?.generation + 1;
        if let Some(keys) = self.buckets.get_mut(usize::from(bucket)) {
            keys.push(BucketKey {
                generation,
                key: fresh,
            });
        }
        self.generation += 1;
        Ok(generation)
    }

    /// Step 4, or giving up before step 2: keeps only the bucket's key of this generation, and
    /// forgets the other.
    ///
    /// # Errors
    /// Where there is no such key; then nothing is forgotten.
    pub fn settle(&mut self, bucket: u8, generation: u64) -> Result<(), BucketError> {
        self.key(bucket, generation)?;
        if let Some(keys) = self.buckets.get_mut(usize::from(bucket)) {
            keys.retain(|key| key.generation == generation);
        }
        self.generation += 1;
        Ok(())
    }

    /// The file's bytes: magic, generation, then for each bucket the number of its keys and each
    /// key's generation and wrapped bytes, then a MAC over all of it.
    pub fn to_bytes(&self, master: &MasterKey, mut random: impl FnMut(&mut [u8])) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend(self.generation.to_be_bytes());
        for (bucket, keys) in (0..=u8::MAX).zip(&self.buckets) {
            file.push(u8::try_from(keys.len()).unwrap_or(u8::MAX));
            for key in keys {
                let mut nonce = [0; NONCE_BYTES];
                random(&mut nonce);
                file.extend(key.generation.to_be_bytes());
                file.extend(aes256gcm_seal(
                    &master.0,
                    &nonce,
                    &bucket_data(bucket, key.generation),
                    &key.key,
                ));
            }
        }
        let mac = mac(master, &file);
        file.extend(mac);
        file
    }

    /// Reads the file back.
    ///
    /// # Errors
    /// Where it is no such file, was damaged in any byte, or lies under another master key.
    pub fn from_bytes(file: &[u8], master: &MasterKey) -> Result<Self, BucketError> {
        if !file.starts_with(MAGIC) {
            return Err(BucketError::NotBuckets);
        }
        let (body, tag) = file
            .split_last_chunk::<MAC_BYTES>()
            .ok_or(BucketError::DoesNotOpen)?;
        if !same(&mac(master, body), tag) {
            return Err(BucketError::DoesNotOpen);
        }
        let mut rest = body.get(MAGIC.len()..).unwrap_or_default();
        let generation = u64::from_be_bytes(take(&mut rest)?);
        let mut buckets = Vec::with_capacity(BUCKETS);
        for bucket in 0..=u8::MAX {
            let [count] = take(&mut rest)?;
            if !(1..=2).contains(&count) {
                return Err(BucketError::DoesNotOpen);
            }
            let mut keys = Vec::with_capacity(2);
            for _ in 0..count {
                keys.push(read_key(bucket, master, &mut rest)?);
            }
            buckets.push(keys);
        }
        if !rest.is_empty() {
            return Err(BucketError::DoesNotOpen);
        }
        Ok(Self { generation, buckets })
    }
}

fn read_key(bucket: u8, master: &MasterKey, rest: &mut &[u8]) -> Result<BucketKey, BucketError> {
    let generation = u64::from_be_bytes(take(rest)?);
    let wrapped: [u8; WRAPPED_BYTES] = take(rest)?;
    let key = aes256gcm_open(&master.0, &bucket_data(bucket, generation), &wrapped)
        .map(Zeroizing::new)
        .map_err(|_| BucketError::DoesNotOpen)?;
    Ok(BucketKey {
        generation,
        key: key.as_slice().try_into().map_err(|_| BucketError::DoesNotOpen)?,
    })
}

fn bucket_data(bucket: u8, generation: u64) -> Vec<u8> {
    [BUCKET_DOMAIN, &[bucket], &generation.to_be_bytes()].concat()
}

fn mac(master: &MasterKey, body: &[u8]) -> [u8; MAC_BYTES] {
    let key = Zeroizing::new(derive_key(&master.0, &[FILE_DOMAIN]));
    hmac_sha256(&*key, &[body])
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BucketError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(BucketError::DoesNotOpen)?;
    *rest = tail;
    Ok(*head)
}

/// Compares in constant time.
fn same(a: &[u8; MAC_BYTES], b: &[u8; MAC_BYTES]) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::KeyOwner;
    use crate::primitive::DoesNotOpen;
    use crate::seal::SubjectKey;

    const MASTER: MasterKey = MasterKey([9; 32]);

    /// Bytes that never repeat; good enough where nothing is secret.
    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0_u64;
        move |bytes| {
            for chunk in bytes.chunks_mut(8) {
                next += 1;
                let word = next.to_be_bytes();
                chunk.copy_from_slice(&word[8 - chunk.len()..]);
            }
        }
    }

    fn ring() -> Keyring {
        Keyring::generate(counting())
    }

    #[test]
    fn the_file_gives_the_same_keys_back() {
        let mut ring = ring();
        assert_eq!(ring.begin(7, [1; 32]), Ok(2));
        let file = ring.to_bytes(&MASTER, counting());
        assert_eq!(file.len(), 16 + 8 + 256 + 257 * 68 + 32);
        assert_eq!(Keyring::from_bytes(&file, &MASTER), Ok(ring));
    }

    #[test]
    fn no_byte_of_the_file_can_change_and_no_other_master_key_opens_it() {
        let file = ring().to_bytes(&MASTER, counting());
        for at in (0..file.len()).step_by(97).chain(file.len() - 40..file.len()) {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(Keyring::from_bytes(&changed, &MASTER).is_err());
            assert!(Keyring::from_bytes(&file[..at], &MASTER).is_err());
        }
        let other = MasterKey([8; 32]);
        assert_eq!(Keyring::from_bytes(&file, &other), Err(BucketError::DoesNotOpen));
        assert_eq!(Keyring::from_bytes(b"", &MASTER), Err(BucketError::NotBuckets));
    }

    #[test]
    fn after_an_erasure_the_old_key_is_gone_and_what_it_wrapped_stays_closed() {
        let mut ring = ring();
        let owner = KeyOwner::Subject([7; 16]);
        let wrapped = ring
            .newest(7)
            .unwrap()
            .wrap(&[0; 12], owner, &SubjectKey([3; 32]));
        let index_before = ring.newest(7).unwrap().index_key().0;

        let new = ring.begin(7, [1; 32]).unwrap();
        assert_eq!(ring.begin(7, [2; 32]), Err(BucketError::Unfinished(7)));
        assert!(ring.is_rotating(7));
        assert_eq!(
            ring.key(7, 1).unwrap().unwrap(owner, &wrapped),
            Ok(SubjectKey([3; 32]))
        );

        ring.settle(7, new).unwrap();
        assert_eq!(ring.generation(), 3);
        assert!(ring.key(7, 1).is_err());
        assert_eq!(ring.newest(7).unwrap().unwrap(owner, &wrapped), Err(DoesNotOpen));
        assert_ne!(ring.newest(7).unwrap().index_key().0, index_before);
    }

    #[test]
    fn giving_up_an_erasure_keeps_the_old_key() {
        let mut ring = ring();
        let old = ring.newest(0).unwrap().clone();
        ring.begin(0, [1; 32]).unwrap();
        assert!(ring.settle(0, 9).is_err());
        ring.settle(0, old.generation()).unwrap();
        assert_eq!(ring.keys(0), [old]);
    }

    #[test]
    fn a_wrapped_key_cannot_stand_in_for_another_owners() {
        let ring = ring();
        let key = ring.newest(0).unwrap();
        let period = KeyOwner::Period {
            day: 20_000,
            class: 0,
        };
        let wrapped = key.wrap(&[0; 12], period, &SubjectKey([3; 32]));
        assert_eq!(wrapped.len(), WRAPPED_BYTES);
        assert_eq!(key.unwrap(period, &wrapped), Ok(SubjectKey([3; 32])));
        let other = KeyOwner::Period {
            day: 20_000,
            class: 1,
        };
        assert_eq!(key.unwrap(other, &wrapped), Err(DoesNotOpen));
        assert_eq!(key.unwrap(KeyOwner::Subject([0; 16]), &wrapped), Err(DoesNotOpen));
        let value = key.seal_value(&[0; 12], b"row 1", b"ana@example.com");
        assert_eq!(
            key.open_value(b"row 1", &value).as_deref(),
            Ok(b"ana@example.com".as_slice())
        );
        assert_eq!(key.open_value(b"row 2", &value), Err(DoesNotOpen));
    }
}
