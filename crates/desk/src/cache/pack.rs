//! Entries side by side, as they are kept: leaf hashes, canonical bytes, opened groups.
//!
//! A pack holds those of up to [`PACK`] neighbours, compressed together; the leaf hashes lie in front,
//! so that a proof does not open the rest.

use super::{CacheError, Stored};
use vigia_domain::entry::{Entry, Group};
use vigia_index::bytes::{Reader, put};
use vigia_index::{grow, shrink};
use vigia_ledger::Hash;

/// Entries of a whole pack.
pub(super) const PACK: u64 = 32;
const WHAT: &str = "a pack of entries";

/// One leaf, and what is kept of its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its place in the ledger.
    pub seq: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// The entry, where the reader may see it.
    pub entry: Option<KeptEntry>,
}

/// An entry's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptEntry {
    /// Its canonical bytes.
    pub body: Vec<u8>,
    /// Its opened groups.
    pub groups: Vec<KeptGroup>,
}

/// An opened group's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptGroup {
    /// Its place among the entry's commitments.
    pub number: u32,
    /// The seed that its commitment begins with.
    pub seed: [u8; 16],
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
}

pub(super) fn damaged(seq: u64, what: &str) -> CacheError {
    CacheError::Damaged(format!("{what} of entry {seq}"))
}

impl Kept {
    /// The event with the groups that are there; `None` where there is no body.
    pub(crate) fn stored(&self) -> Result<Option<Stored>, CacheError> {
        let Some(kept) = &self.entry else { return Ok(None) };
        let entry = Entry::from_bytes(&kept.body).map_err(|_| damaged(self.seq, "the body"))?;
        let mut groups = Vec::with_capacity(kept.groups.len());
        for group in &kept.groups {
            let read = Group::from_bytes(&group.bytes).map_err(|_| damaged(self.seq, "a group"))?;
            groups.push((group.number, read));
        }
        Ok(Some(Stored {
            seq: self.seq,
            entry,
            groups,
        }))
    }
}

/// The number of the pack that an entry lies in.
pub(super) fn number(seq: u64) -> u64 {
    seq / PACK
}

/// Neighbours as one pack.
pub(super) fn write(rows: &[Kept]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, rows.len() as u64);
    rows.iter().for_each(|row| out.extend(row.leaf));
    let mut raw = Vec::new();
    for row in rows {
        let Some(entry) = &row.entry else {
            put(&mut raw, 0);
            continue;
        };
        put(&mut raw, entry.groups.len() as u64 + 1);
        put(&mut raw, entry.body.len() as u64);
        raw.extend(&entry.body);
        for group in &entry.groups {
            put(&mut raw, u64::from(group.number));
            raw.extend(group.seed);
            put(&mut raw, group.bytes.len() as u64);
            raw.extend(&group.bytes);
        }
    }
    out.extend(shrink(&raw));
    out
}

/// The leaf hashes of a pack, and the rest of it.
fn leaves_and_rest(data: &[u8]) -> Result<(Vec<Hash>, &[u8]), CacheError> {
    let mut reader = Reader::new(data, WHAT);
    let count = reader.size().map_err(CacheError::from)?;
    let bytes = reader.take(count.saturating_mul(32))?;
    let (hashes, _) = bytes.as_chunks::<32>();
    Ok((hashes.to_vec(), reader.rest()))
}

/// The leaf hashes of a pack.
pub(super) fn leaves(data: &[u8]) -> Result<Vec<Hash>, CacheError> {
    Ok(leaves_and_rest(data)?.0)
}

/// The entries of a pack that begins with `first`.
pub(super) fn read(first: u64, data: &[u8]) -> Result<Vec<Kept>, CacheError> {
    let (leaves, rest) = leaves_and_rest(data)?;
    let raw = grow(rest, WHAT)?;
    let mut reader = Reader::new(&raw, WHAT);
    let mut rows = Vec::with_capacity(leaves.len());
    for (seq, leaf) in (first..).zip(leaves) {
        let entry = match reader.size()? {
            0 => None,
            groups => Some(entry(&mut reader, groups - 1)?),
        };
        rows.push(Kept { seq, leaf, entry });
    }
    Ok(rows)
}

fn entry(reader: &mut Reader<'_>, groups: usize) -> Result<KeptEntry, CacheError> {
    let length = reader.size()?;
    let body = reader.take(length)?.to_vec();
    let mut kept = Vec::with_capacity(groups.min(64));
    for _ in 0..groups {
        let number = reader.small()?;
        let mut seed = [0; 16];
        seed.copy_from_slice(reader.take(16)?);
        let length = reader.size()?;
        let bytes = reader.take(length)?.to_vec();
        kept.push(KeptGroup { number, seed, bytes });
    }
    Ok(KeptEntry { body, groups: kept })
}

/// Everything in a pack, as bytes.
#[cfg(test)]
pub(super) fn opened(data: &[u8]) -> Result<Vec<u8>, CacheError> {
    Ok(grow(leaves_and_rest(data)?.1, WHAT)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> impl Strategy<Value = Vec<Kept>> {
        let group = (0_u32..4, any::<[u8; 16]>(), any::<Vec<u8>>())
            .prop_map(|(number, seed, bytes)| KeptGroup { number, seed, bytes });
        let entry = (any::<Vec<u8>>(), prop::collection::vec(group, 0..3))
            .prop_map(|(body, groups)| KeptEntry { body, groups });
        let row = (any::<Hash>(), prop::option::of(entry));
        prop::collection::vec(row, 0..10).prop_map(|rows| {
            let row = |(seq, (leaf, entry))| Kept { seq, leaf, entry };
            (7..).zip(rows).map(row).collect()
        })
    }

    proptest! {
        #[test]
        fn a_pack_reads_back(rows in rows()) {
            let data = write(&rows);
            prop_assert_eq!(read(7, &data).unwrap(), rows.clone());
            prop_assert_eq!(leaves(&data).unwrap(), rows.iter().map(|row| row.leaf).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_a_pack_or_damage(bytes: Vec<u8>) {
            let _ = read(0, &bytes);
        }
    }
}
