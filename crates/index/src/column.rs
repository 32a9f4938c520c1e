//! Columns of a segment: numbers, and words as numbers of a dictionary that lies elsewhere.

use crate::bytes::{Reader, grow, put, put_signed, shrink};
use crate::{MAX_ROWS, Malformed};
use fixedbitset::FixedBitSet;

/// Rows of one block of a column whose rows are asked for one by one.
const FINE_ROWS: u32 = 4_096;
const WHAT: &str = "a column";

/// What a column holds of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// Place in the ledger.
    Seq,
    /// When it happened, microseconds.
    Time,
    /// When the ledger took it, microseconds.
    Recorded,
    /// Number of the severity, and one.
    Severity,
    /// How many happenings, and one.
    Count,
    /// Source port, and one; 0 where there is none.
    Port,
    /// What happened, by its number in the dictionary.
    Kind,
    /// The application, by its number in the dictionary.
    Service,
    /// Who did it, as far as it may be seen ([`crate::term::who`]), by its number in the dictionary.
    Who,
    /// The source address ([`crate::term::address`]), by its number in the dictionary.
    Address,
}

impl Column {
    /// All, in the order in which they lie.
    pub const ALL: [Self; 10] = [
        Self::Seq,
        Self::Time,
        Self::Recorded,
        Self::Severity,
        Self::Count,
        Self::Port,
        Self::Kind,
        Self::Service,
        Self::Who,
        Self::Address,
    ];

    /// Whether few values repeat in it ([`Codes`]); else it holds numbers as they are.
    #[must_use]
    pub fn is_coded(self) -> bool {
        !matches!(self, Self::Seq | Self::Time | Self::Recorded)
    }

    /// Whether its values are numbers of words in the dictionary.
    #[must_use]
    pub fn has_words(self) -> bool {
        matches!(self, Self::Kind | Self::Service | Self::Who | Self::Address)
    }

    /// Rows of one of its blocks.
    #[must_use]
    pub fn block_rows(self) -> u32 {
        if self.is_coded() { MAX_ROWS } else { FINE_ROWS }
    }

    /// How many blocks it has in a segment of so many rows.
    #[must_use]
    pub fn blocks(self, rows: u32) -> u32 {
        rows.div_ceil(self.block_rows())
    }
}

/// Numbers of rows as a block: the first, then distances in their common unit.
#[must_use]
pub fn write_numbers(numbers: &[i64]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(numbers.len() * 2 + 16);
    let first = numbers.first().copied().unwrap_or(0);
    let distances = || {
        numbers.windows(2).map(|pair| match pair {
            [before, after] => after.wrapping_sub(*before),
            _ => 0,
        })
    };
    let unit = distances()
        .fold(0_u64, |unit, distance| gcd(unit, distance.unsigned_abs()))
        .max(1);
    put(&mut raw, numbers.len() as u64);
    put_signed(&mut raw, first);
    put(&mut raw, unit);
    let unit = i64::try_from(unit).unwrap_or(1);
    for distance in distances() {
        put_signed(&mut raw, distance.wrapping_div(unit));
    }
    shrink(&raw)
}

fn gcd(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// What [`write_numbers`] wrote.
///
/// # Errors
/// Where the bytes are not its.
pub fn read_numbers(block: &[u8]) -> Result<Vec<i64>, Malformed> {
    let raw = grow(block, WHAT)?;
    let mut reader = Reader::new(&raw, WHAT);
    let count = reader.size()?;
    if count > MAX_ROWS as usize {
        return Err(Malformed(WHAT));
    }
    let mut number = reader.signed()?;
    let unit = i64::try_from(reader.number()?).unwrap_or(1);
    let mut numbers = Vec::with_capacity(count);
    for index in 0..count {
        if index > 0 {
            number = number.wrapping_add(reader.signed()?.wrapping_mul(unit));
        }
        numbers.push(number);
    }
    Ok(numbers)
}

/// A column whose values repeat: which values occur, and which of them each row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    /// The values, ascending; 0 stands for none.
    pub values: Vec<u32>,
    rows: Places,
}

/// Places among the values, as narrow as they fit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Places {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
}

impl Codes {
    /// The column of rows that hold these values.
    #[must_use]
    pub fn of(rows: &[u32]) -> Self {
        let mut values = rows.to_vec();
        values.sort_unstable();
        values.dedup();
        let place = |value: &u32| values.binary_search(value).unwrap_or(0);
        let rows = if values.len() <= 256 {
            Places::Bytes(rows.iter().map(|value| place(value) as u8).collect())
        } else {
            Places::Shorts(rows.iter().map(|value| place(value) as u16).collect())
        };
        Self { values, rows }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.rows {
            Places::Bytes(rows) => rows.len(),
            Places::Shorts(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place among the values of each row.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|row| self.place(row))
    }

    /// The place among the values of one row.
    #[must_use]
    pub fn place(&self, row: usize) -> usize {
        match &self.rows {
            Places::Bytes(rows) => rows.get(row).copied().map_or(0, usize::from),
            Places::Shorts(rows) => rows.get(row).copied().map_or(0, usize::from),
        }
    }

    /// The value of one row; 0 where it has none.
    #[must_use]
    pub fn value(&self, row: usize) -> u32 {
        self.values.get(self.place(row)).copied().unwrap_or(0)
    }

    /// The rows whose value passes; none passes where there is no value.
    #[must_use]
    pub fn rows_where(&self, passes: impl Fn(u32) -> bool) -> FixedBitSet {
        let passes: Vec<bool> = self
            .values
            .iter()
            .map(|value| *value != 0 && passes(*value))
            .collect();
        if !passes.contains(&true) {
            return FixedBitSet::with_capacity(self.len());
        }
        match &self.rows {
            Places::Bytes(rows) => {
                let mut table = [false; 256];
                table
                    .iter_mut()
                    .zip(&passes)
                    .for_each(|(cell, passes)| *cell = *passes);
                bits(rows, |place| {
                    table.get(usize::from(place)).copied().unwrap_or(false)
                })
            }
            Places::Shorts(rows) => bits(rows, |place| {
                passes.get(usize::from(place)).copied().unwrap_or(false)
            }),
        }
    }

    /// The same with other values in some rows.
    #[must_use]
    pub fn with(&self, changed: &[(usize, u32)]) -> Self {
        let mut rows: Vec<u32> = (0..self.len()).map(|row| self.value(row)).collect();
        for (row, value) in changed {
            if let Some(slot) = rows.get_mut(*row) {
                *slot = *value;
            }
        }
        Self::of(&rows)
    }

    /// Bytes that it takes in memory, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let rows = match &self.rows {
            Places::Bytes(rows) => rows.len(),
            Places::Shorts(rows) => rows.len() * 2,
        };
        rows + self.values.len() * 4
    }

    /// The column as a block.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut raw = Vec::with_capacity(self.bytes() + 16);
        put(&mut raw, self.values.len() as u64);
        let mut before = 0;
        for value in &self.values {
            put(&mut raw, u64::from(value.wrapping_sub(before)));
            before = *value;
        }
        put(&mut raw, self.len() as u64);
        match &self.rows {
            Places::Bytes(rows) => raw.extend(rows),
            Places::Shorts(rows) => rows.iter().for_each(|place| raw.extend(place.to_le_bytes())),
        }
        shrink(&raw)
    }

    /// What [`Codes::write`] wrote.
    ///
    /// # Errors
    /// Where the bytes are not its.
    pub fn read(block: &[u8]) -> Result<Self, Malformed> {
        let raw = grow(block, WHAT)?;
        let mut reader = Reader::new(&raw, WHAT);
        let count = reader.size()?;
        if count > MAX_ROWS as usize {
            return Err(Malformed(WHAT));
        }
        let mut values = Vec::with_capacity(count);
        let mut value = 0_u32;
        for _ in 0..count {
            value = value.wrapping_add(reader.small()?);
            values.push(value);
        }
        let rows = reader.size()?;
        let rows = if count <= 256 {
            Places::Bytes(reader.take(rows)?.to_vec())
        } else {
            let (pairs, _) = reader.take(rows.saturating_mul(2))?.as_chunks::<2>();
            Places::Shorts(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect())
        };
        Ok(Self { values, rows })
    }
}

/// One bit a row, sixty-four rows at a time.
fn bits<T: Copy>(rows: &[T], passes: impl Fn(T) -> bool) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(rows.len());
    let width = usize::BITS as usize;
    for (block, rows) in set.as_mut_slice().iter_mut().zip(rows.chunks(width)) {
        let mut value = 0_usize;
        for (bit, row) in rows.iter().enumerate() {
            value |= usize::from(passes(*row)) << bit;
        }
        *block = value;
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_of_rows_read_back(numbers in prop::collection::vec(any::<i64>(), 0..200), unit in 1_i64..2_000) {
            prop_assert_eq!(read_numbers(&write_numbers(&numbers)), Ok(numbers.clone()));
            let coarse: Vec<i64> = numbers.iter().map(|number| number % 1_000_000 * unit).collect();
            prop_assert_eq!(read_numbers(&write_numbers(&coarse)), Ok(coarse));
        }

        #[test]
        fn values_of_rows_read_back(rows in prop::collection::vec(0_u32..1_000, 0..900), wanted in 0_u32..1_000) {
            let codes = Codes::of(&rows);
            let back = Codes::read(&codes.write()).unwrap();
            prop_assert_eq!(&back, &codes);
            let back: Vec<u32> = (0..codes.len()).map(|row| codes.value(row)).collect();
            prop_assert_eq!(&back, &rows);
            let found: Vec<usize> = codes.rows_where(|value| value == wanted).ones().collect();
            let expected: Vec<usize> = (0..rows.len()).filter(|row| wanted != 0 && rows[*row] == wanted).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_are_a_column_or_are_refused(bytes: Vec<u8>) {
            let _ = read_numbers(&bytes);
            let _ = Codes::read(&bytes);
            let _ = Codes::read(&shrink(&bytes));
            let _ = read_numbers(&shrink(&bytes));
        }
    }
}
