//! Counting over the index: how many pass, when, and who most.
//!
//! Where only kinds and severities are asked for, the counts that each segment keeps answer; else the
//! rows do, a few columns at a time.

use super::CacheError;
use super::shared::Known;
use super::view::{Question, Span, View};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use vigia_index::head::step;
use vigia_index::{Cell, Column, Plan, STEP_MICROS};

/// Segments that are asked at once: their blocks are held in memory together.
pub(super) const AT_ONCE: usize = 16;

/// A value of a coded column, how many happenings it stands for, and where the newest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranked {
    /// Its text in the dictionary.
    pub text: String,
    /// Happenings.
    pub count: u64,
    /// The entry that was recorded last.
    pub newest: u64,
}

/// What was counted of a value, and where it was seen last: segment and row.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    last: (u32, u32),
}

impl View<'_> {
    /// The counts of a segment that pass, where they decide the question for it: all its rows lie in the
    /// times, or no quarter of an hour with events is cut by their ends.
    fn cells(&self, segment: &Known, question: &Question) -> Option<Vec<Cell>> {
        let cells = segment.head.cells.as_ref()?;
        let inside = self.is_inside(segment, question.span);
        if !inside && !self.is_inside(segment, (None, None)) {
            return None;
        }
        let (from, to) = question.span;
        let cut = |end: Option<i64>| {
            end.filter(|end| !inside && end.rem_euclid(STEP_MICROS) != 0)
                .map(step)
        };
        let (cut_from, cut_to) = (cut(from), cut(to));
        let mut passing = Vec::new();
        for cell in cells {
            if Some(cell.step) == cut_from || Some(cell.step) == cut_to {
                return None;
            }
            let begins = cell.step * STEP_MICROS;
            let in_time =
                inside || (from.is_none_or(|from| from <= begins) && to.is_none_or(|to| begins < to));
            if in_time && question.plan.of_cell(cell.kind, cell.severity)? {
                passing.push(*cell);
            }
        }
        Some(passing)
    }

    /// The segments that have rows in these times.
    pub(super) fn within(&self, span: Span) -> Vec<Arc<Known>> {
        self.segments
            .iter()
            .filter(|segment| !self.is_outside(segment, span))
            .cloned()
            .collect()
    }

    /// How many events pass.
    pub(crate) async fn count(&mut self, question: &Question) -> Result<u64, CacheError> {
        let mut count = 0;
        let mut rest = Vec::new();
        for segment in self.within(question.span) {
            if question.plan == Plan::All && self.is_inside(&segment, question.span) {
                count += u64::from(segment.head.rows);
                continue;
            }
            match self.cells(&segment, question) {
                Some(cells) => count += cells.iter().map(|cell| u64::from(cell.rows)).sum::<u64>(),
                None => rest.push(segment),
            }
        }
        for segments in rest.chunks(AT_ONCE) {
            let rows = self.rows(segments, question).await?;
            count += rows.iter().map(|rows| rows.count_ones(..) as u64).sum::<u64>();
        }
        Ok(count)
    }

    /// Counts by step and severity, `width` microseconds a step from 1970 on.
    pub(crate) async fn by_step(
        &mut self,
        question: &Question,
        width: i64,
    ) -> Result<BTreeMap<(i64, u8), u64>, CacheError> {
        let mut counts: BTreeMap<(i64, u8), u64> = BTreeMap::new();
        let mut rest = Vec::new();
        for segment in self.within(question.span) {
            let cells = if width % STEP_MICROS == 0 {
                self.cells(&segment, question)
            } else {
                None
            };
            let Some(cells) = cells else {
                rest.push(segment);
                continue;
            };
            for cell in cells {
                let at = (cell.step * STEP_MICROS).div_euclid(width);
                *counts.entry((at, cell.severity)).or_default() += u64::from(cell.rows);
            }
        }
        for segments in rest.chunks(AT_ONCE) {
            let found = self.rows(segments, question).await?;
            self.load_codes(segments, &[Column::Severity]).await?;
            for (segment, rows) in segments.iter().zip(found) {
                self.steps_of(segment, &rows, width, &mut counts).await?;
            }
        }
        Ok(counts)
    }

    async fn steps_of(
        &mut self,
        segment: &Arc<Known>,
        rows: &FixedBitSet,
        width: i64,
        counts: &mut BTreeMap<(i64, u8), u64>,
    ) -> Result<(), CacheError> {
        if rows.is_clear() {
            return Ok(());
        }
        let severities = self.codes_of(segment, Column::Severity).await?;
        let rows: Vec<usize> = rows.ones().collect();
        let times = self.numbers_of(segment, Column::Time, &rows).await?;
        let mut local: HashMap<(i64, u32), u64> = HashMap::new();
        let mut run: ((i64, u32), u64) = ((0, 0), 0);
        for (row, time) in rows.iter().zip(times) {
            let key = (time.div_euclid(width), severities.value(*row));
            // Neighbours are mostly alike.
            if key == run.0 {
                run.1 += 1;
                continue;
            }
            *local.entry(run.0).or_default() += run.1;
            run = (key, 1);
        }
        *local.entry(run.0).or_default() += run.1;
        for ((at, severity), count) in local.into_iter().filter(|(_, count)| *count > 0) {
            let severity = u8::try_from(severity.saturating_sub(1)).unwrap_or(0);
            *counts.entry((at, severity)).or_default() += count;
        }
        Ok(())
    }

    /// First and last time of what may pass, as far as heads tell: of everything exactly.
    pub(crate) fn ends(&self) -> Option<(i64, i64)> {
        let inside = self
            .segments
            .iter()
            .filter(|segment| self.is_inside(segment, (None, None)));
        let times: Vec<(i64, i64)> = inside.map(|segment| segment.head.time).collect();
        let first = times.iter().map(|(first, _)| *first).min()?;
        let last = times.iter().map(|(_, last)| *last).max()?;
        Some((first, last))
    }

    /// Whether [`View::ends`] tells the times of everything: no segment is cut by the copy's beginning.
    pub(crate) fn is_whole(&self) -> bool {
        self.segments
            .iter()
            .all(|segment| self.is_inside(segment, (None, None)))
    }

    /// The values of a coded column with the most happenings, among those with at least `least`.
    pub(crate) async fn top(
        &mut self,
        question: &Question,
        column: Column,
        (least, limit): (u64, usize),
    ) -> Result<Vec<Ranked>, CacheError> {
        let segments = self.within(question.span);
        let mut sums: Vec<Sum> = Vec::new();
        for (chunk, segments) in (0_u32..).zip(segments.chunks(AT_ONCE)) {
            let found = self.rows(segments, question).await?;
            let asked: Vec<Arc<Known>> = segments
                .iter()
                .zip(&found)
                .filter(|(_, rows)| !rows.is_clear())
                .map(|(segment, _)| Arc::clone(segment))
                .collect();
            self.load_codes(&asked, &[column, Column::Count]).await?;
            for (index, (segment, rows)) in (0_u32..).zip(segments.iter().zip(&found)) {
                if !rows.is_clear() {
                    let place = chunk * u32::try_from(AT_ONCE).unwrap_or(1) + index;
                    self.add_up(segment, rows, column, place, &mut sums).await?;
                }
            }
        }
        let mut best: Vec<(u32, Sum)> = (0_u32..)
            .zip(sums)
            .filter(|(value, sum)| *value != 0 && sum.count >= least.max(1))
            .collect();
        best.sort_unstable_by_key(|(_, sum)| std::cmp::Reverse((sum.count, sum.last)));
        best.truncate(limit);
        let texts = self
            .texts(&best.iter().map(|(value, _)| *value).collect::<Vec<_>>())
            .await?;
        let mut ranked = Vec::with_capacity(best.len());
        for (value, sum) in best {
            let (segment, row) = sum.last;
            let Some(segment) = segments.get(segment as usize) else {
                continue;
            };
            let newest = self.numbers_of(segment, Column::Seq, &[row as usize]).await?;
            ranked.push(Ranked {
                text: texts.get(&value).cloned().unwrap_or_default(),
                count: sum.count,
                newest: newest
                    .first()
                    .and_then(|seq| u64::try_from(*seq).ok())
                    .unwrap_or(0),
            });
        }
        Ok(ranked)
    }

    async fn add_up(
        &mut self,
        segment: &Arc<Known>,
        rows: &FixedBitSet,
        column: Column,
        place: u32,
        sums: &mut Vec<Sum>,
    ) -> Result<(), CacheError> {
        let codes = self.codes_of(segment, column).await?;
        let counts = self.codes_of(segment, Column::Count).await?;
        // Of each value of this segment: happenings, and the last row.
        let mut local = vec![(0_u64, 0_u32); codes.values.len()];
        for row in rows.ones() {
            if let Some((count, last)) = local.get_mut(codes.place(row)) {
                *count += u64::from(counts.value(row).saturating_sub(1));
                *last = u32::try_from(row).unwrap_or(0);
            }
        }
        for (value, (count, row)) in codes.values.iter().zip(local) {
            if count == 0 {
                continue;
            }
            let value = *value as usize;
            if sums.len() <= value {
                sums.resize(value + 1, Sum::default());
            }
            if let Some(sum) = sums.get_mut(value) {
                sum.count += count;
                sum.last = (place, row);
            }
        }
        Ok(())
    }

    /// The services with the most happenings.
    pub(crate) async fn services(
        &mut self,
        question: &Question,
        limit: usize,
    ) -> Result<Vec<Ranked>, CacheError> {
        if question.plan != Plan::All {
            return self.top(question, Column::Service, (1, limit)).await;
        }
        let whole: Vec<bool> = self
            .segments
            .iter()
            .map(|segment| self.is_inside(segment, question.span))
            .collect();
        let mut sums: BTreeMap<u32, u64> = BTreeMap::new();
        for (segment, _) in self.segments.iter().zip(&whole).filter(|(_, whole)| **whole) {
            for (service, count) in &segment.head.services {
                *sums.entry(*service).or_default() += count;
            }
        }
        let cut = self
            .segments
            .iter()
            .zip(&whole)
            .filter(|(segment, whole)| !**whole && !self.is_outside(segment, question.span));
        let cut: Vec<Arc<Known>> = cut.map(|(segment, _)| Arc::clone(segment)).collect();
        let found = self.rows(&cut, question).await?;
        let mut rest = Vec::new();
        for (segment, rows) in cut.iter().zip(&found) {
            self.add_up(segment, rows, Column::Service, 0, &mut rest).await?;
        }
        for (service, sum) in (0_u32..).zip(rest) {
            *sums.entry(service).or_default() += sum.count;
        }
        sums.retain(|service, count| *service != 0 && *count > 0);
        let texts = self.texts(&sums.keys().copied().collect::<Vec<_>>()).await?;
        let mut ranked: Vec<Ranked> = sums
            .into_iter()
            .map(|(service, count)| Ranked {
                text: texts.get(&service).cloned().unwrap_or_default(),
                count,
                newest: 0,
            })
            .collect();
        ranked.sort_by(|one, other| (other.count, &one.text).cmp(&(one.count, &other.text)));
        ranked.truncate(limit);
        Ok(ranked)
    }
}
