//! Neighbouring segments become one: columns one after another, terms in order, rows moved on.
//!
//! Terms are read and written block by block, so memory does not grow with them.

use crate::build::{Columns, Segment, TermWriter, Terms, open_terms};
use crate::column::{Codes, Column, read_numbers};
use crate::{MAX_ROWS, Malformed};

/// Puts segments together that follow one another in the ledger.
///
/// # Errors
/// Where one of them does not read, or they are too many rows for one.
pub fn merge(parts: &[Segment]) -> Result<Segment, Malformed> {
    let total: u64 = parts.iter().map(|part| u64::from(part.head.rows)).sum();
    let total = u32::try_from(total).ok().filter(|total| *total <= MAX_ROWS);
    let total = total.ok_or(Malformed("more rows than a segment can hold"))?;
    let mut columns = Columns::default();
    for part in parts {
        for column in Column::ALL {
            let first = part.head.column(column) as usize;
            let blocks = column.blocks(part.head.rows) as usize;
            for block in part.blocks.iter().skip(first).take(blocks) {
                let rows = columns.of(column);
                if column.is_coded() {
                    let codes = Codes::read(block)?;
                    rows.extend((0..codes.len()).map(|row| i64::from(codes.value(row))));
                } else {
                    rows.extend(read_numbers(block)?);
                }
            }
        }
    }
    let mut merged = columns.finish();
    let mut cursors = Vec::with_capacity(parts.len());
    let mut shift = 0;
    for part in parts {
        cursors.extend(Cursor::begin(part, shift)?);
        shift += part.head.rows;
    }
    let mut writer = TermWriter::new(total);
    let (mut term, mut rows) = (Vec::new(), Vec::new());
    while let Some(least) = cursors.iter().map(|cursor| &cursor.term).min() {
        term.clone_from(least);
        rows.clear();
        let mut index = 0;
        while let Some(cursor) = cursors.get_mut(index) {
            if cursor.term != term {
                index += 1;
                continue;
            }
            rows.append(&mut cursor.rows);
            if cursor.advance()? {
                index += 1;
            } else {
                cursors.remove(index);
            }
        }
        writer.push(&term, &rows);
    }
    writer.finish(&mut merged);
    Ok(merged)
}

/// Where the reading of a part's terms stands: at one of them, with its rows in the whole.
struct Cursor<'a> {
    blocks: std::slice::Iter<'a, Vec<u8>>,
    rows_of_part: u32,
    shift: u32,
    opened: std::vec::IntoIter<(Vec<u8>, Vec<u16>)>,
    term: Vec<u8>,
    rows: Vec<u16>,
}

impl<'a> Cursor<'a> {
    /// At the first term; `None` where there is none.
    fn begin(part: &'a Segment, shift: u32) -> Result<Option<Self>, Malformed> {
        let first = part.head.terms() as usize;
        let mut cursor = Self {
            blocks: part.blocks.get(first..).unwrap_or_default().iter(),
            rows_of_part: part.head.rows,
            shift,
            opened: Vec::new().into_iter(),
            term: Vec::new(),
            rows: Vec::new(),
        };
        Ok(cursor.advance()?.then_some(cursor))
    }

    /// To the next term; `false` after the last.
    fn advance(&mut self) -> Result<bool, Malformed> {
        loop {
            if let Some((term, rows)) = self.opened.next() {
                (self.term, self.rows) = (term, rows);
                return Ok(true);
            }
            let Some(block) = self.blocks.next() else {
                return Ok(false);
            };
            let opened = open_terms(block)?;
            let mut terms = Terms::new(&opened, self.rows_of_part);
            let mut read = Vec::new();
            while let Some(posting) = terms.advance()? {
                let mut rows = Vec::with_capacity(posting.rows() as usize);
                posting.append_to(&mut rows, self.shift)?;
                read.push((terms.term.clone(), rows));
            }
            self.opened = read.into_iter();
        }
    }
}
