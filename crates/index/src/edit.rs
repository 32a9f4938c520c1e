//! Taking single rows' words out of a segment: what nobody may find any more leaves the blocks that
//! hold it, and no other block is touched.
//!
//! Only what is sealed can go: the columns of clear fields stay as they are.

use crate::build::{TermWriter, Terms, open_terms};
use crate::head::Firsts;
use crate::term;
use crate::{Head, Malformed};
use std::collections::{BTreeMap, BTreeSet};
use vigia_query::Facts;

/// Which rows leave which terms.
#[derive(Debug, Default)]
pub struct Leaving {
    terms: BTreeMap<Vec<u8>, Vec<u16>>,
}

/// Terms sort before this.
const AFTER_ALL: [u8; 1] = [u8::MAX];

impl Leaving {
    /// A row was `before` and is `after`: it leaves the terms that are not its own any more.
    pub fn row(&mut self, row: u16, before: &Facts, after: &Facts) {
        let mut stay = BTreeSet::new();
        term::terms(after, |term| {
            stay.insert(term.to_vec());
        });
        term::terms(before, |term| {
            if !stay.contains(term) {
                let rows = self.terms.entry(term.to_vec()).or_default();
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
        });
    }

    /// The blocks of terms that change, by their numbers among the blocks of terms.
    #[must_use]
    pub fn blocks(&self, firsts: &Firsts) -> BTreeSet<u32> {
        self.terms.keys().filter_map(|term| firsts.block(term)).collect()
    }

    /// A block of terms without them; its first term is put right in `firsts`. A block that loses all
    /// its terms stays, empty, so that the others keep their numbers.
    ///
    /// # Errors
    /// Where the block is none.
    pub fn leave(
        &self,
        head: &Head,
        block: u32,
        bytes: &[u8],
        firsts: &mut Firsts,
    ) -> Result<Vec<u8>, Malformed> {
        let opened = open_terms(bytes)?;
        let mut terms = Terms::new(&opened, head.rows);
        let mut writer = TermWriter::unbounded(head.rows);
        while let Some(posting) = terms.advance()? {
            let mut rows = Vec::with_capacity(posting.rows() as usize);
            posting.append_to(&mut rows, 0)?;
            if let Some(leaving) = self.terms.get(&terms.term) {
                rows.retain(|row| !leaving.contains(row));
            }
            if !rows.is_empty() {
                writer.push(&terms.term, &rows);
            }
        }
        let (first, bytes) = writer.single();
        let next = firsts.first_after(block).unwrap_or(&AFTER_ALL).to_vec();
        firsts.set(block, first.as_deref().unwrap_or(&next));
        Ok(bytes)
    }
}
