//! A segment from facts: terms are gathered with the rows that hold them, columns as they come.

use crate::bytes::{Reader, grow, put, shrink};
use crate::column::{Codes, Column, write_numbers};
use crate::head::{self, Cell, Firsts, Head};
use crate::posting::{self, Posting};
use crate::{MAX_ROWS, Malformed, term};
use hashbrown::HashMap;
use vigia_query::Facts;

/// A block of terms is closed when it holds this many bytes.
const TERM_BLOCK_BYTES: usize = 8_192;
const WHAT: &str = "a block of terms";

/// A segment as it is to be kept: its head, the first term of each of its blocks of terms, and its
/// blocks, columns before terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment {
    /// What is known of it without its blocks.
    pub head: Head,
    /// Where each term lies.
    pub firsts: Firsts,
    /// The blocks, by their numbers.
    pub blocks: Vec<Vec<u8>>,
}

/// The columns of a segment that is being made.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// As in [`Column::ALL`]; words by their numbers.
    pub(crate) rows: [Vec<i64>; Column::ALL.len()],
}

impl Columns {
    pub(crate) fn of(&mut self, column: Column) -> &mut Vec<i64> {
        let [
            seq,
            time,
            recorded,
            severity,
            count,
            port,
            kind,
            service,
            who,
            address,
        ] = &mut self.rows;
        match column {
            Column::Seq => seq,
            Column::Time => time,
            Column::Recorded => recorded,
            Column::Severity => severity,
            Column::Count => count,
            Column::Port => port,
            Column::Kind => kind,
            Column::Service => service,
            Column::Who => who,
            Column::Address => address,
        }
    }

    /// Head and blocks, without the terms.
    pub(crate) fn finish(mut self) -> Segment {
        let ends = |rows: &[i64]| {
            let first = rows.iter().min().copied().unwrap_or(0);
            (first, rows.iter().max().copied().unwrap_or(0))
        };
        let cells = self
            .of(Column::Time)
            .clone()
            .into_iter()
            .zip(self.of(Column::Kind).clone())
            .zip(self.of(Column::Severity).clone())
            .map(|((time, kind), severity)| Cell {
                step: head::step(time),
                kind: u32::try_from(kind).unwrap_or(0),
                severity: u8::try_from(severity - 1).unwrap_or(0),
                rows: 1,
            })
            .collect();
        let rows = u32::try_from(self.of(Column::Time).len()).unwrap_or(MAX_ROWS);
        let mut services = std::collections::BTreeMap::new();
        for (service, count) in self
            .of(Column::Service)
            .clone()
            .into_iter()
            .zip(self.of(Column::Count).iter())
        {
            *services.entry(u32::try_from(service).unwrap_or(0)).or_default() +=
                u64::try_from(*count - 1).unwrap_or(0);
        }
        let head = Head {
            rows,
            services: services.into_iter().collect(),
            time: ends(self.of(Column::Time)),
            recorded: ends(self.of(Column::Recorded)),
            cells: head::count(cells),
            term_blocks: 0,
        };
        let mut blocks = Vec::new();
        for column in Column::ALL {
            let numbers = self.of(column);
            if column.is_coded() {
                let words: Vec<u32> = numbers
                    .iter()
                    .map(|word| u32::try_from(*word).unwrap_or(0))
                    .collect();
                if !words.is_empty() {
                    blocks.push(Codes::of(&words).write());
                }
                continue;
            }
            let chunk = usize::try_from(column.block_rows()).unwrap_or(usize::MAX);
            blocks.extend(numbers.chunks(chunk).map(write_numbers));
        }
        Segment {
            head,
            firsts: Firsts::default(),
            blocks,
        }
    }
}

/// Gathers the facts of events in the order of the ledger.
#[derive(Debug, Default)]
pub struct Builder {
    columns: Columns,
    /// The rows of each term.
    terms: HashMap<Vec<u8>, Vec<u16>>,
    /// Words of the coded columns, by their places in the order in which they came.
    words: HashMap<String, u32>,
}

impl Builder {
    /// How many events were taken in.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.columns
            .rows
            .first()
            .map_or(0, |rows| u32::try_from(rows.len()).unwrap_or(MAX_ROWS))
    }

    /// Takes in an event; its place in the ledger comes after that of the one before. Says whether
    /// there was room.
    pub fn push(&mut self, seq: u64, facts: &Facts) -> bool {
        let Some(row) = u16::try_from(self.rows())
            .ok()
            .filter(|row| u32::from(*row) < MAX_ROWS)
        else {
            return false;
        };
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        for (column, number) in [
            (Column::Seq, seq),
            (Column::Time, facts.time),
            (Column::Recorded, facts.recorded_at),
            (Column::Severity, i64::from(facts.severity) + 1),
            (Column::Count, i64::from(facts.count) + 1),
            (
                Column::Port,
                facts.source_port.map_or(0, |port| i64::from(port) + 1),
            ),
        ] {
            self.columns.of(column).push(number);
        }
        self.coded(facts);
        let terms = &mut self.terms;
        term::terms(facts, |term| {
            let rows = match terms.get_mut(term) {
                Some(rows) => rows,
                None => terms.entry(term.to_vec()).or_default(),
            };
            if rows.last() != Some(&row) {
                rows.push(row);
            }
        });
        true
    }

    fn coded(&mut self, facts: &Facts) {
        let mut text = String::with_capacity(48);
        for column in [Column::Kind, Column::Service, Column::Who, Column::Address] {
            let there = match (column, facts.source_ip) {
                (Column::Kind, _) => {
                    term::name(&mut text, column, &facts.kind);
                    true
                }
                (Column::Service, _) => {
                    term::name(&mut text, column, &facts.service);
                    true
                }
                (Column::Who, _) => term::who(&mut text, facts),
                (_, Some(ip)) => {
                    term::address(&mut text, ip);
                    true
                }
                (_, None) => false,
            };
            let place = if there { self.word(&text) } else { 0 };
            self.columns.of(column).push(i64::from(place));
        }
    }

    /// The place of a word, from 1.
    fn word(&mut self, text: &str) -> u32 {
        if let Some(place) = self.words.get(text) {
            return *place;
        }
        let place = u32::try_from(self.words.len() + 1).unwrap_or(u32::MAX);
        self.words.insert(text.to_owned(), place);
        place
    }

    /// The words whose numbers [`Builder::finish`] asks for.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }

    /// The segment; `number` gives the number of a word in the dictionary, from 1.
    #[must_use]
    pub fn finish(mut self, mut number: impl FnMut(&str) -> u32) -> Segment {
        let mut numbers = vec![0; self.words.len() + 1];
        for (word, place) in &self.words {
            if let Some(slot) = numbers.get_mut(*place as usize) {
                *slot = number(word);
            }
        }
        for column in Column::ALL.into_iter().filter(|column| column.has_words()) {
            for word in self.columns.of(column) {
                let place = usize::try_from(*word).unwrap_or(0);
                *word = numbers.get(place).copied().map_or(0, i64::from);
            }
        }
        let total = self.rows();
        let mut segment = self.columns.finish();
        let mut terms: Vec<(Vec<u8>, Vec<u16>)> = self.terms.into_iter().collect();
        terms.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut writer = TermWriter::new(total);
        for (term, rows) in &terms {
            writer.push(term, rows);
        }
        writer.finish(&mut segment);
        segment
    }
}

/// Writes terms in ascending order into blocks.
pub(crate) struct TermWriter {
    total: u32,
    limit: usize,
    firsts: Firsts,
    blocks: Vec<Vec<u8>>,
    raw: Vec<u8>,
    last: Vec<u8>,
}

impl TermWriter {
    pub(crate) fn new(total: u32) -> Self {
        Self {
            total,
            limit: TERM_BLOCK_BYTES,
            firsts: Firsts::default(),
            blocks: Vec::new(),
            raw: Vec::new(),
            last: Vec::new(),
        }
    }

    /// Writes one block, however large.
    pub(crate) fn unbounded(total: u32) -> Self {
        Self {
            limit: usize::MAX,
            ..Self::new(total)
        }
    }

    /// The first term and the bytes of the only block.
    pub(crate) fn single(mut self) -> (Option<Vec<u8>>, Vec<u8>) {
        self.close();
        let first = (!self.firsts.is_empty()).then(|| self.firsts.get(0).to_vec());
        (first, self.blocks.pop().unwrap_or_else(|| shrink(&[])))
    }

    pub(crate) fn push(&mut self, term: &[u8], rows: &[u16]) {
        if self.raw.is_empty() {
            self.firsts.push(term);
            self.last.clear();
        }
        let shared = term
            .iter()
            .zip(&self.last)
            .take_while(|(one, other)| one == other)
            .count();
        let rest = term.get(shared..).unwrap_or_default();
        put(&mut self.raw, shared as u64);
        put(&mut self.raw, rest.len() as u64);
        self.raw.extend(rest);
        posting::write(&mut self.raw, rows, self.total);
        self.last.clear();
        self.last.extend(term);
        if self.raw.len() >= self.limit {
            self.close();
        }
    }

    fn close(&mut self) {
        if !self.raw.is_empty() {
            self.blocks.push(shrink(&self.raw));
            self.raw.clear();
        }
    }

    pub(crate) fn finish(mut self, segment: &mut Segment) {
        self.close();
        segment.head.term_blocks = self.firsts.len();
        segment.firsts = self.firsts;
        segment.blocks.extend(self.blocks);
    }
}

/// A block of terms, opened.
///
/// # Errors
/// Where the bytes are none.
pub fn open_terms(block: &[u8]) -> Result<Vec<u8>, Malformed> {
    grow(block, WHAT)
}

/// Reads the terms of an opened block in order.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    reader: Reader<'a>,
    total: u32,
    /// The term that was read last.
    pub term: Vec<u8>,
}

impl<'a> Terms<'a> {
    /// The terms of a block of a segment with so many rows.
    #[must_use]
    pub fn new(opened: &'a [u8], total: u32) -> Self {
        Self {
            reader: Reader::new(opened, WHAT),
            total,
            term: Vec::new(),
        }
    }

    /// The rows of the next term, which stands in `term` then; `None` after the last.
    ///
    /// # Errors
    /// Where the bytes are none.
    pub fn advance(&mut self) -> Result<Option<Posting<'a>>, Malformed> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let shared = self.reader.size()?;
        let length = self.reader.size()?;
        if shared > self.term.len() {
            return Err(Malformed(WHAT));
        }
        self.term.truncate(shared);
        self.term.extend(self.reader.take(length)?);
        Posting::read(&mut self.reader, self.total).map(Some)
    }
}
