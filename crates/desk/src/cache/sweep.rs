//! Walking what passes in the order of time, without reading more of the index than that takes.
//!
//! Segments are opened from the one whose events reach furthest; an event is given out once no segment
//! that is still closed can hold one before it. Whole segments are passed over by their counts alone.

use super::shared::Known;
use super::view::{Question, View};
use super::{At, CacheError};
use crate::view::event::Sort;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use vigia_index::Column;

/// The most segments that are asked at once; the first question goes to one.
const MOST_AT_ONCE: usize = 64;

/// A walk.
pub(crate) struct Sweep {
    question: Question,
    sign: i64,
    /// Segments that were not opened, the furthest first.
    closed: VecDeque<Arc<Known>>,
    /// Segments that were asked, with the rows that pass.
    asked: VecDeque<(Arc<Known>, fixedbitset::FixedBitSet)>,
    /// Events of opened segments: the furthest on top.
    open: BinaryHeap<(i64, i64)>,
    at_once: usize,
}

fn furthest(segment: &Known, sign: i64) -> i64 {
    let (first, last) = segment.head.time;
    if sign > 0 { last } else { -first }
}

fn nearest(segment: &Known, sign: i64) -> i64 {
    let (first, last) = segment.head.time;
    if sign > 0 { first } else { -last }
}

impl Sweep {
    /// A walk over what passes in this state of the copy.
    pub(crate) fn new(view: &View<'_>, question: Question, sort: Sort) -> Self {
        let sign = match sort {
            Sort::NewestFirst => 1,
            Sort::OldestFirst => -1,
        };
        let inside = view
            .segments
            .iter()
            .filter(|segment| !view.is_outside(segment, question.span));
        let mut closed: Vec<Arc<Known>> = inside.cloned().collect();
        closed.sort_by_key(|segment| std::cmp::Reverse(furthest(segment, sign)));
        Self {
            question,
            sign,
            closed: closed.into(),
            asked: VecDeque::new(),
            open: BinaryHeap::new(),
            at_once: 1,
        }
    }

    /// The next events: time and place. Passes over `skip` first.
    pub(crate) async fn next(
        &mut self,
        view: &mut View<'_>,
        mut skip: u64,
        limit: u64,
    ) -> Result<Vec<At>, CacheError> {
        let mut found = Vec::new();
        while (found.len() as u64) < limit {
            let bound = self
                .asked
                .front()
                .map(|(segment, _)| segment)
                .or(self.closed.front());
            let bound = bound.map(|segment| furthest(segment, self.sign));
            let first = self.open.peek().copied();
            let out = match (first, bound) {
                (Some((time, _)), Some(bound)) => time > bound,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            if out {
                self.open.pop();
                if let Some((time, seq)) = first {
                    if skip > 0 {
                        skip -= 1;
                    } else {
                        let place = u64::try_from(seq * self.sign).unwrap_or(0);
                        found.push((time * self.sign, place));
                    }
                }
                continue;
            }
            skip -= self.open_next(view, skip).await?;
        }
        Ok(found)
    }

    /// Opens the next segment, or passes over it where all of its rows are to be skipped; says how many
    /// were.
    async fn open_next(&mut self, view: &mut View<'_>, skip: u64) -> Result<u64, CacheError> {
        if self.asked.is_empty() {
            let count = self.at_once.min(self.closed.len());
            let segments: Vec<Arc<Known>> = self.closed.drain(..count).collect();
            self.at_once = (self.at_once * 2).min(MOST_AT_ONCE);
            let rows = view.rows(&segments, &self.question).await?;
            self.asked = segments
                .into_iter()
                .zip(rows)
                .filter(|(_, rows)| !rows.is_clear())
                .collect();
        }
        let Some((segment, rows)) = self.asked.pop_front() else {
            return Ok(0);
        };
        let count = rows.count_ones(..) as u64;
        let end = nearest(&segment, self.sign);
        let mut next = self.asked.iter().map(|(segment, _)| segment).chain(&self.closed);
        let alone = self.open.peek().is_none_or(|(time, _)| *time < end)
            && next.next().is_none_or(|next| furthest(next, self.sign) < end);
        if alone && count <= skip {
            return Ok(count);
        }
        let rows: Vec<usize> = rows.ones().collect();
        let times = view.numbers_of(&segment, Column::Time, &rows).await?;
        let seqs = view.numbers_of(&segment, Column::Seq, &rows).await?;
        let keys = times
            .into_iter()
            .zip(seqs)
            .map(|(time, seq)| (time * self.sign, seq * self.sign));
        self.open.extend(keys);
        Ok(0)
    }
}
