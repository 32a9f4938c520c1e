//! What there is in the index: places by plan, values of a field, names of foreign fields, first and last.

use super::CacheError;
use super::page::int;
use super::shared::Known;
use super::tally::AT_ONCE;
use super::view::{Question, View};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vigia_index::{Column, Plan, term};

impl View<'_> {
    /// The places of entries that pass a plan of terms, wherever they lie.
    pub(super) async fn places_of(&mut self, plan: &Plan) -> Result<BTreeSet<u64>, CacheError> {
        let question = Question {
            query: vigia_query::Query::All,
            plan: plan.clone(),
            span: (None, None),
        };
        let segments = self.segments.clone();
        let mut places = BTreeSet::new();
        for segments in segments.chunks(AT_ONCE) {
            for (segment, rows) in segments.iter().zip(self.rows(segments, &question).await?) {
                let rows: Vec<usize> = rows.ones().collect();
                let seqs = self.numbers_of(segment, Column::Seq, &rows).await?;
                places.extend(seqs.into_iter().filter_map(|seq| u64::try_from(seq).ok()));
            }
        }
        Ok(places)
    }

    /// The values of a field, the most frequent first.
    pub(crate) async fn values(&mut self, tag: &[u8], limit: usize) -> Result<Vec<String>, CacheError> {
        let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        self.each_term(tag, |term, rows| {
            *counts.entry(term.to_vec()).or_default() += u64::from(rows)
        })
        .await?;
        let mut best: Vec<(Vec<u8>, u64)> = counts.into_iter().collect();
        best.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        best.truncate(limit);
        let text = |term: Vec<u8>| String::from_utf8(term.get(tag.len()..).unwrap_or_default().to_vec()).ok();
        Ok(best.into_iter().filter_map(|(term, _)| text(term)).collect())
    }

    /// The names of foreign fields.
    pub(crate) async fn detail_names(&mut self) -> Result<BTreeSet<String>, CacheError> {
        let mut names = BTreeSet::new();
        self.each_term(&term::detail_names(), |term, _| {
            names.extend(term::detail_name(term))
        })
        .await?;
        Ok(names)
    }

    /// The first event that the copy may show: place and time of recording.
    pub(super) async fn first_event(&mut self, since: i64) -> Result<Option<(u64, i64)>, CacheError> {
        let question = Question {
            query: vigia_query::Query::All,
            plan: Plan::Number(Column::Recorded, since, i64::MAX),
            span: (None, None),
        };
        let candidates: Vec<Arc<Known>> = self
            .within((None, None))
            .into_iter()
            .filter(|segment| segment.head.recorded.1 >= since)
            .collect();
        for segment in candidates {
            let rows = self.rows(std::slice::from_ref(&segment), &question).await?;
            let Some(row) = rows.first().and_then(|rows| rows.minimum()) else {
                continue;
            };
            let seq = self.numbers_of(&segment, Column::Seq, &[row]).await?;
            let at = self.numbers_of(&segment, Column::Recorded, &[row]).await?;
            let found = seq.first().zip(at.first());
            return Ok(found.map(|(seq, at)| (u64::try_from(*seq).unwrap_or(0), *at)));
        }
        Ok(None)
    }

    /// The last event before an entry: its place.
    pub(super) async fn last_before(&mut self, seq: u64) -> Result<Option<u64>, CacheError> {
        let question = Question {
            query: vigia_query::Query::All,
            plan: Plan::Number(Column::Seq, 0, int(seq.saturating_sub(1))),
            span: (None, None),
        };
        let mut before = self.within((None, None));
        before.retain(|segment| segment.first < seq);
        while let Some(segment) = before.pop() {
            let rows = self.rows(std::slice::from_ref(&segment), &question).await?;
            if let Some(row) = rows.first().and_then(|rows| rows.maximum()) {
                let seq = self.numbers_of(&segment, Column::Seq, &[row]).await?;
                return Ok(seq.first().and_then(|seq| u64::try_from(*seq).ok()));
            }
        }
        Ok(None)
    }
}
