//! The rows of a term: which events of a segment hold it.
//!
//! Few rows are a list of distances, nearly all are a list of those that do not hold it, and the rest
//! is one bit a row; whichever is smallest.

use crate::bytes::{Reader, put};
use crate::{MAX_ROWS, Malformed};
use fixedbitset::FixedBitSet;

/// A list of the rows.
const LISTED: u64 = 0;
/// A list of the other rows.
const OTHERS: u64 = 1;
/// One bit a row.
const BITS: u64 = 2;
/// Lists shorter than this are read to find their end; longer ones say how many bytes they take.
const SHORT: u32 = 8;

const WHAT: &str = "the rows of a term";

/// Writes ascending rows of a segment that has `total`.
pub(crate) fn write(out: &mut Vec<u8>, rows: &[u16], total: u32) {
    let count = u32::try_from(rows.len()).unwrap_or(MAX_ROWS);
    let others = total.saturating_sub(count);
    let bits = total / 8;
    if count <= bits {
        put(out, u64::from(count) << 2 | LISTED);
        list(out, rows.iter().copied(), count);
    } else if others <= bits {
        put(out, u64::from(others) << 2 | OTHERS);
        let mut left = rows.iter().copied().peekable();
        let missing = (0..total).filter_map(|row| {
            let row = u16::try_from(row).ok()?;
            (left.next_if_eq(&row).is_none()).then_some(row)
        });
        list(out, missing, others);
    } else {
        put(out, u64::from(count) << 2 | BITS);
        let mut bytes = vec![0_u8; byte_count(total)];
        for row in rows {
            if let Some(byte) = bytes.get_mut(usize::from(*row) / 8) {
                *byte |= 1 << (row % 8);
            }
        }
        out.extend(bytes);
    }
}

fn byte_count(total: u32) -> usize {
    usize::try_from(total.div_ceil(8)).unwrap_or(0)
}

fn list(out: &mut Vec<u8>, rows: impl Iterator<Item = u16>, count: u32) {
    let mut bytes = Vec::new();
    let mut before = 0;
    for row in rows {
        put(&mut bytes, u64::from(row.wrapping_sub(before)));
        before = row;
    }
    if count >= SHORT {
        put(out, bytes.len() as u64);
    }
    out.extend(bytes);
}

/// The rows of a term, as they lie.
#[derive(Debug, Clone, Copy)]
pub struct Posting<'a> {
    shape: u64,
    /// What is listed.
    count: u32,
    total: u32,
    bytes: &'a [u8],
}

impl<'a> Posting<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>, total: u32) -> Result<Self, Malformed> {
        let head = reader.number()?;
        let (shape, count) = (head & 3, u32::try_from(head >> 2).map_err(|_| Malformed(WHAT))?);
        if count > total {
            return Err(Malformed(WHAT));
        }
        let bytes = match shape {
            BITS => reader.take(byte_count(total))?,
            LISTED | OTHERS if count >= SHORT => {
                let length = reader.size()?;
                reader.take(length)?
            }
            LISTED | OTHERS => {
                let mut ahead = reader.clone();
                for _ in 0..count {
                    ahead.number()?;
                }
                let length = reader.clone().rest().len() - ahead.rest().len();
                reader.take(length)?
            }
            _ => return Err(Malformed(WHAT)),
        };
        Ok(Self {
            shape,
            count,
            total,
            bytes,
        })
    }

    /// How many rows hold the term.
    #[must_use]
    pub fn rows(&self) -> u32 {
        if self.shape == OTHERS {
            self.total - self.count
        } else {
            self.count
        }
    }

    /// Adds the rows to a set that is as long as the segment.
    pub(crate) fn add_to(&self, set: &mut FixedBitSet) -> Result<(), Malformed> {
        if self.shape == OTHERS {
            let mut other = FixedBitSet::with_capacity(set.len());
            self.listed(|row| other.insert(row))?;
            other.toggle_range(..);
            set.union_with(&other);
            return Ok(());
        }
        self.listed(|row| set.insert(row))
    }

    /// The rows in ascending order, each further on by `shift`.
    pub(crate) fn append_to(&self, out: &mut Vec<u16>, shift: u32) -> Result<(), Malformed> {
        let mut add = |row: usize| {
            let row = u32::try_from(row).unwrap_or(MAX_ROWS).saturating_add(shift);
            out.push(u16::try_from(row).unwrap_or(u16::MAX));
        };
        if self.shape != OTHERS {
            return self.listed(add);
        }
        let mut next = 0;
        self.listed(|row| {
            (next..row).for_each(&mut add);
            next = row + 1;
        })?;
        (next..usize::try_from(self.total).unwrap_or(0)).for_each(add);
        Ok(())
    }

    fn listed(&self, mut each: impl FnMut(usize)) -> Result<(), Malformed> {
        let total = usize::try_from(self.total).unwrap_or(0);
        if self.shape == BITS {
            for (index, byte) in self.bytes.iter().enumerate() {
                let mut byte = *byte;
                while byte != 0 {
                    let row = index * 8 + byte.trailing_zeros() as usize;
                    if row >= total {
                        return Err(Malformed(WHAT));
                    }
                    each(row);
                    byte &= byte - 1;
                }
            }
            return Ok(());
        }
        let mut reader = Reader::new(self.bytes, WHAT);
        let mut row = 0;
        for _ in 0..self.count {
            row += reader.size()?;
            if row >= total {
                return Err(Malformed(WHAT));
            }
            each(row);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows_of(set: &FixedBitSet) -> Vec<u16> {
        set.ones().map(|row| u16::try_from(row).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn rows_read_back_whatever_their_number(total in 1_u32..600, density in 0_u32..=10, seed: u64) {
            let mut state = seed;
            let rows: Vec<u16> = (0..total)
                .filter(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 33) % 10 < u64::from(density)
                })
                .map(|row| u16::try_from(row).unwrap())
                .collect();
            let mut bytes = Vec::new();
            write(&mut bytes, &rows, total);
            bytes.push(0xff);
            let mut reader = Reader::new(&bytes, "a test");
            let posting = Posting::read(&mut reader, total).unwrap();
            prop_assert_eq!(reader.rest(), &[0xff]);
            prop_assert_eq!(posting.rows() as usize, rows.len());
            let mut set = FixedBitSet::with_capacity(total as usize);
            posting.add_to(&mut set).unwrap();
            prop_assert_eq!(rows_of(&set), rows.clone());
            let mut list = Vec::new();
            posting.append_to(&mut list, 5).unwrap();
            prop_assert_eq!(list, rows.iter().map(|row| row + 5).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_rows_or_are_refused(bytes: Vec<u8>, total in 1_u32..600) {
            if let Ok(posting) = Posting::read(&mut Reader::new(&bytes, "a test"), total) {
                let _ = posting.add_to(&mut FixedBitSet::with_capacity(total as usize));
                let _ = posting.append_to(&mut Vec::new(), 0);
            }
        }
    }
}
