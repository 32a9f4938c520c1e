//! Asking a plan of one segment: rows that surely pass, and rows that may.
//!
//! What is not at hand is not known: without a column's blocks, every row may pass what the column
//! decides. So a plan can first be asked with the terms alone, and the columns be fetched only where
//! something is left.

use crate::Malformed;
use crate::build::Terms;
use crate::column::{Codes, Column};
use crate::head::{Firsts, Head};
use crate::plan::{Plan, Words};
use fixedbitset::FixedBitSet;
use std::sync::Arc;

/// A block, opened.
#[derive(Debug, Clone)]
pub enum Loaded {
    /// Of a column of numbers.
    Numbers(Arc<Vec<i64>>),
    /// A column of words.
    Codes(Arc<Codes>),
    /// Of terms.
    Terms(Arc<Vec<u8>>),
}

/// A segment and those of its blocks that are at hand.
pub struct Part<'a> {
    /// Its head.
    pub head: &'a Head,
    /// Where its terms lie; `None` where that was not fetched.
    pub firsts: Option<&'a Firsts>,
    /// A block by its number.
    pub block: &'a dyn Fn(u32) -> Option<Loaded>,
}

/// Rows of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// They pass.
    pub sure: FixedBitSet,
    /// They and no others can pass; `None` where it is the same.
    pub maybe: Option<FixedBitSet>,
}

impl Found {
    fn exact(sure: FixedBitSet) -> Self {
        Self { sure, maybe: None }
    }

    fn none(rows: usize) -> Self {
        Self::exact(FixedBitSet::with_capacity(rows))
    }

    fn all(rows: usize) -> Self {
        let mut all = FixedBitSet::with_capacity(rows);
        all.insert_range(..);
        Self::exact(all)
    }

    fn unknown(rows: usize) -> Self {
        Self {
            sure: FixedBitSet::with_capacity(rows),
            maybe: Some(Self::all(rows).sure),
        }
    }

    /// The rows that can pass.
    #[must_use]
    pub fn at_most(&self) -> &FixedBitSet {
        self.maybe.as_ref().unwrap_or(&self.sure)
    }

    fn and(&mut self, other: &Self) {
        let mut maybe = self.maybe.take();
        if maybe.is_some() || other.maybe.is_some() {
            let mine = maybe.get_or_insert_with(|| self.sure.clone());
            mine.intersect_with(other.at_most());
        }
        self.sure.intersect_with(&other.sure);
        self.maybe = maybe;
    }

    fn or(&mut self, other: &Self) {
        let mut maybe = self.maybe.take();
        if maybe.is_some() || other.maybe.is_some() {
            let mine = maybe.get_or_insert_with(|| self.sure.clone());
            mine.union_with(other.at_most());
        }
        self.sure.union_with(&other.sure);
        self.maybe = maybe;
    }

    fn not(mut self) -> Self {
        let Some(mut maybe) = self.maybe.take() else {
            self.sure.toggle_range(..);
            return self;
        };
        maybe.toggle_range(..);
        self.sure.toggle_range(..);
        Self {
            sure: maybe,
            maybe: Some(self.sure),
        }
    }
}

/// The numbers of the blocks of terms that a plan needs.
#[must_use]
pub fn term_blocks(plan: &Plan, head: &Head, firsts: &Firsts) -> Vec<u32> {
    let mut needed = Vec::new();
    plan.walk(&mut |plan| {
        let blocks = match plan {
            Plan::Term(term) => firsts.block(term).map_or(0..0, |block| block..block + 1),
            Plan::Terms(from, to) => firsts.blocks(from, to.as_deref()),
            _ => return,
        };
        needed.extend(blocks.map(|block| head.terms() + block));
    });
    needed
}

/// The numbers of the blocks of columns that a plan needs.
#[must_use]
pub fn column_blocks(plan: &Plan, head: &Head) -> Vec<u32> {
    let mut needed = Vec::new();
    plan.walk(&mut |plan| {
        let column = match plan {
            Plan::Number(column, ..) | Plan::Word(column, _) | Plan::AnyWord(column) => *column,
            _ => return,
        };
        let first = head.column(column);
        needed.extend(first..first + column.blocks(head.rows));
    });
    needed
}

/// Asks a plan of a segment.
///
/// # Errors
/// Where a block is not what was written.
pub fn ask(plan: &Plan, part: &Part<'_>) -> Result<Found, Malformed> {
    let rows = part.head.rows as usize;
    match plan {
        Plan::All => Ok(Found::all(rows)),
        Plan::Nothing => Ok(Found::none(rows)),
        Plan::And(plans) => {
            let mut found = Found::all(rows);
            for plan in plans {
                found.and(&ask(plan, part)?);
                if found.at_most().is_clear() {
                    break;
                }
            }
            Ok(found)
        }
        Plan::Or(plans) => {
            let mut found = Found::none(rows);
            for plan in plans {
                found.or(&ask(plan, part)?);
            }
            Ok(found)
        }
        Plan::Not(inner) => Ok(ask(inner, part)?.not()),
        Plan::Perhaps(inner) => {
            let found = ask(inner, part)?;
            Ok(Found {
                sure: FixedBitSet::with_capacity(rows),
                maybe: Some(found.maybe.unwrap_or(found.sure)),
            })
        }
        Plan::Term(term) => one_term(term, part),
        Plan::Terms(from, to) => some_terms(from, to.as_deref(), part),
        Plan::Number(column, low, high) => number(*column, *low, *high, part),
        Plan::Word(column, words) => Ok(match (codes(*column, part), words) {
            (Some(codes), Words::Numbers(numbers)) => {
                Found::exact(codes.rows_where(|word| numbers.binary_search(&word).is_ok()))
            }
            _ => Found::unknown(rows),
        }),
        Plan::AnyWord(column) => {
            let found = codes(*column, part).map(|codes| Found::exact(codes.rows_where(|_| true)));
            Ok(found.unwrap_or_else(|| Found::unknown(rows)))
        }
    }
}

fn codes(column: Column, part: &Part<'_>) -> Option<Arc<Codes>> {
    match (part.block)(part.head.column(column)) {
        Some(Loaded::Codes(codes)) => Some(codes),
        _ => None,
    }
}

fn one_term(term: &[u8], part: &Part<'_>) -> Result<Found, Malformed> {
    let rows = part.head.rows as usize;
    let Some(firsts) = part.firsts else {
        return Ok(Found::unknown(rows));
    };
    let Some(block) = firsts.block(term) else {
        return Ok(Found::none(rows));
    };
    let Some(Loaded::Terms(opened)) = (part.block)(part.head.terms() + block) else {
        return Ok(Found::unknown(rows));
    };
    let mut set = FixedBitSet::with_capacity(rows);
    let mut terms = Terms::new(&opened, part.head.rows);
    while let Some(posting) = terms.advance()? {
        match terms.term.as_slice().cmp(term) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => {
                posting.add_to(&mut set)?;
                break;
            }
            std::cmp::Ordering::Greater => break,
        }
    }
    Ok(Found::exact(set))
}

fn some_terms(from: &[u8], to: Option<&[u8]>, part: &Part<'_>) -> Result<Found, Malformed> {
    let rows = part.head.rows as usize;
    let Some(firsts) = part.firsts else {
        return Ok(Found::unknown(rows));
    };
    let mut set = FixedBitSet::with_capacity(rows);
    for block in firsts.blocks(from, to) {
        let Some(Loaded::Terms(opened)) = (part.block)(part.head.terms() + block) else {
            return Ok(Found::unknown(rows));
        };
        let mut terms = Terms::new(&opened, part.head.rows);
        while let Some(posting) = terms.advance()? {
            let term = terms.term.as_slice();
            if to.is_some_and(|to| term >= to) {
                break;
            }
            if term >= from {
                posting.add_to(&mut set)?;
            }
        }
    }
    Ok(Found::exact(set))
}

fn number(column: Column, low: i64, high: i64, part: &Part<'_>) -> Result<Found, Malformed> {
    let rows = part.head.rows as usize;
    if column.is_coded() {
        let found = codes(column, part).map(|codes| {
            Found::exact(codes.rows_where(|value| (low..=high).contains(&(i64::from(value) - 1))))
        });
        return Ok(found.unwrap_or_else(|| Found::unknown(rows)));
    }
    let mut set = FixedBitSet::with_capacity(rows);
    let first = part.head.column(column);
    let mut row = 0;
    for block in first..first + column.blocks(part.head.rows) {
        let Some(Loaded::Numbers(numbers)) = (part.block)(block) else {
            return Ok(Found::unknown(rows));
        };
        for number in numbers.iter() {
            if (low..=high).contains(number) && row < rows {
                set.insert(row);
            }
            row += 1;
        }
    }
    if row != rows {
        return Err(Malformed("a column of numbers"));
    }
    Ok(Found::exact(set))
}
