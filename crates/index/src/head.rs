//! What is known of a segment without reading its blocks: how large it is, when its events happened,
//! how many there were in each quarter of an hour, and which terms each of its blocks begins with.

use crate::bytes::{Reader, grow, put, put_signed, shrink};
use crate::{Column, MAX_ROWS, Malformed, STEP_MICROS};

/// The most counts that are kept: a segment whose events are scattered over more has none.
const MAX_CELLS: usize = 16_384;
const WHAT: &str = "the head of a segment";

/// Events of one quarter of an hour that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The quarter of an hour, counted in [`STEP_MICROS`] since 1970.
    pub step: i64,
    /// The word of their kind.
    pub kind: u32,
    /// Their severity.
    pub severity: u8,
    /// How many.
    pub rows: u32,
}

/// A segment, as far as it is known without its blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// How many events it holds.
    pub rows: u32,
    /// First and last time, microseconds.
    pub time: (i64, i64),
    /// First and last time of recording, microseconds.
    pub recorded: (i64, i64),
    /// How many happenings of each service, by its word.
    pub services: Vec<(u32, u64)>,
    /// Counts, ascending; `None` where the events are too scattered.
    pub cells: Option<Vec<Cell>>,
    /// How many blocks of terms follow the columns.
    pub term_blocks: u32,
}

impl Head {
    /// The number of a column's first block.
    #[must_use]
    pub fn column(&self, column: Column) -> u32 {
        Column::ALL
            .iter()
            .take_while(|other| **other != column)
            .map(|other| other.blocks(self.rows))
            .sum()
    }

    /// The column that a block belongs to; `None` for a block of terms.
    #[must_use]
    pub fn column_of(&self, block: u32) -> Option<Column> {
        let mut first = 0;
        Column::ALL.into_iter().find(|column| {
            first += column.blocks(self.rows);
            block < first
        })
    }

    /// The number of the first block of terms.
    #[must_use]
    pub fn terms(&self) -> u32 {
        Column::ALL.iter().map(|column| column.blocks(self.rows)).sum()
    }

    /// As bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut raw = Vec::new();
        put(&mut raw, u64::from(self.rows));
        for number in [self.time.0, self.time.1, self.recorded.0, self.recorded.1] {
            put_signed(&mut raw, number);
        }
        put(&mut raw, u64::from(self.term_blocks));
        put(&mut raw, self.services.len() as u64);
        for (service, happenings) in &self.services {
            put(&mut raw, u64::from(*service));
            put(&mut raw, *happenings);
        }
        let Some(cells) = &self.cells else {
            put(&mut raw, 0);
            return shrink(&raw);
        };
        put(&mut raw, cells.len() as u64 + 1);
        let mut step = 0;
        for cell in cells {
            put_signed(&mut raw, cell.step - step);
            put(&mut raw, u64::from(cell.kind));
            raw.push(cell.severity);
            put(&mut raw, u64::from(cell.rows));
            step = cell.step;
        }
        shrink(&raw)
    }

    /// What [`Head::write`] wrote.
    ///
    /// # Errors
    /// Where the bytes are not its.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let raw = grow(bytes, WHAT)?;
        let mut reader = Reader::new(&raw, WHAT);
        let rows = reader.small()?;
        if rows > MAX_ROWS {
            return Err(Malformed(WHAT));
        }
        let time = (reader.signed()?, reader.signed()?);
        let recorded = (reader.signed()?, reader.signed()?);
        let term_blocks = reader.small()?;
        let mut services = Vec::new();
        for _ in 0..reader.size()? {
            services.push((reader.small()?, reader.number()?));
        }
        let cells = match reader.size()? {
            0 => None,
            count => {
                let mut cells = Vec::new();
                let mut step = 0_i64;
                for _ in 1..count {
                    step = step.wrapping_add(reader.signed()?);
                    let (kind, severity, rows) = (reader.small()?, reader.byte()?, reader.small()?);
                    cells.push(Cell {
                        step,
                        kind,
                        severity,
                        rows,
                    });
                }
                Some(cells)
            }
        };
        Ok(Self {
            rows,
            time,
            recorded,
            services,
            cells,
            term_blocks,
        })
    }
}

/// Counts equal cells together; `None` where there are too many.
pub(crate) fn count(mut cells: Vec<Cell>) -> Option<Vec<Cell>> {
    cells.sort_unstable();
    cells.dedup_by(|next, kept| {
        let same = (next.step, next.kind, next.severity) == (kept.step, kept.kind, kept.severity);
        if same {
            kept.rows += next.rows;
        }
        same
    });
    (cells.len() <= MAX_CELLS).then_some(cells)
}

/// The step that a time lies in.
#[must_use]
pub fn step(micros: i64) -> i64 {
    micros.div_euclid(STEP_MICROS)
}

/// The first term of each block of terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Firsts {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Firsts {
    pub(crate) fn push(&mut self, term: &[u8]) {
        self.bytes.extend(term);
        self.ends
            .push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    pub(crate) fn get(&self, index: usize) -> &[u8] {
        let start = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.bytes.get(start as usize..end as usize).unwrap_or(&[])
    }

    /// The first term of the block after this one.
    pub(crate) fn first_after(&self, block: u32) -> Option<&[u8]> {
        let next = (block as usize).checked_add(1)?;
        (next < self.ends.len()).then(|| self.get(next))
    }

    /// Another first term for a block.
    pub(crate) fn set(&mut self, block: u32, term: &[u8]) {
        let mut changed = Self::default();
        for index in 0..self.ends.len() {
            changed.push(if index == block as usize {
                term
            } else {
                self.get(index)
            });
        }
        *self = changed;
    }

    /// How many blocks there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many blocks begin with a term before this one.
    fn before(&self, term: &[u8], or_with_it: bool) -> u32 {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let first = self.get(middle);
            if first < term || (or_with_it && first == term) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        u32::try_from(low).unwrap_or(u32::MAX)
    }

    /// The block that holds a term, if any does.
    #[must_use]
    pub fn block(&self, term: &[u8]) -> Option<u32> {
        self.before(term, true).checked_sub(1)
    }

    /// The blocks that may hold terms from `from` on and before `to`.
    #[must_use]
    pub fn blocks(&self, from: &[u8], to: Option<&[u8]>) -> std::ops::Range<u32> {
        let start = self.before(from, true).saturating_sub(1);
        let end = to.map_or(self.len(), |to| self.before(to, false));
        start..end.max(start)
    }

    /// As bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut raw = Vec::with_capacity(self.bytes.len() + self.ends.len() + 8);
        put(&mut raw, self.ends.len() as u64);
        let mut before = 0;
        for end in &self.ends {
            put(&mut raw, u64::from(end - before));
            before = *end;
        }
        raw.extend(&self.bytes);
        shrink(&raw)
    }

    /// What [`Firsts::write`] wrote.
    ///
    /// # Errors
    /// Where the bytes are not its.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let raw = grow(bytes, WHAT)?;
        let mut reader = Reader::new(&raw, WHAT);
        let mut ends = Vec::new();
        let mut end = 0_u32;
        for _ in 0..reader.size()? {
            end = end.checked_add(reader.small()?).ok_or(Malformed(WHAT))?;
            ends.push(end);
        }
        let bytes = reader.rest().to_vec();
        if bytes.len() != end as usize {
            return Err(Malformed(WHAT));
        }
        Ok(Self { bytes, ends })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_head_reads_back(rows in 0..=MAX_ROWS, time: (i64, i64), cells in prop::collection::vec((0_i64..50, 1_u32..5, 0_u8..7), 0..40)) {
            let cells = cells.into_iter().map(|(step, kind, severity)| Cell { step, kind, severity, rows: 1 });
            let head = Head { rows, time, recorded: time, services: vec![(3, 9)], cells: count(cells.collect()), term_blocks: 7 };
            prop_assert_eq!(Head::read(&head.write()), Ok(head));
        }

        #[test]
        fn a_term_is_looked_for_in_the_one_block_that_can_hold_it(mut terms in prop::collection::btree_set("[a-d]{0,3}", 1..30), asked in "[a-d]{0,3}") {
            terms.insert(String::new());
            let mut firsts = Firsts::default();
            terms.iter().for_each(|term| firsts.push(term.as_bytes()));
            prop_assert_eq!(Firsts::read(&firsts.write()), Ok(firsts.clone()));
            let block = firsts.block(asked.as_bytes()).unwrap() as usize;
            let sorted: Vec<&String> = terms.iter().collect();
            prop_assert!(*sorted[block] <= asked);
            prop_assert!(sorted.get(block + 1).is_none_or(|next| **next > asked));
        }

        #[test]
        fn any_bytes_are_a_head_or_are_refused(bytes: Vec<u8>) {
            let _ = Head::read(&shrink(&bytes));
            let _ = Firsts::read(&shrink(&bytes));
        }
    }
}
