//! One state of the copy's index, asked over one connection: segments, their blocks, their rows.
//!
//! The connection must not see another state meanwhile: it is in a transaction, or it is the writer's.
//! What only a look at the event itself decides is decided here, so that every answer is exact.

mod load;

use super::shared::{Known, Shared};
use super::{CacheError, sql};
use crate::cache::page::int;
use fixedbitset::FixedBitSet;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use vigia_index::ask::{Part, column_blocks};
use vigia_index::plan::Words;
use vigia_index::{Codes, Column, Found, Head, Loaded, Plan, ask};
use vigia_query::{Facts, Query, matches};

const READING: &str = "searching the local copy";
/// Blocks of one segment at most: bits of a block's id.
pub(super) const BLOCK_BITS: u32 = 20;
/// The most things that one statement asks for.
const AT_ONCE: usize = 1_000;

/// Times that are asked for, in microseconds: the first, and the first that is not in it any more.
pub(crate) type Span = (Option<i64>, Option<i64>);

/// A question: the query, its plan, and the times.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(super) query: Query,
    pub(super) plan: Plan,
    pub(super) span: Span,
}

/// One state of the index.
pub(crate) struct View<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    shared: &'c Shared,
    /// In the order of the ledger.
    pub(super) segments: Vec<Arc<Known>>,
    /// Entries before this one are not in the copy any more.
    base: u64,
    /// Blocks of the segments that are being asked.
    at_hand: HashMap<(i64, u32), Loaded>,
}

/// The numbers as a list in a statement.
fn list(numbers: impl IntoIterator<Item = i64>) -> String {
    let texts: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
    texts.join(",")
}

impl<'c> View<'c> {
    /// The present state, as this connection sees it.
    pub(super) async fn open(
        connection: &'c mut SqliteConnection,
        shared: &'c Shared,
    ) -> Result<Self, CacheError> {
        let base = super::window::base(connection).await?.size();
        let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT number, version FROM segment ORDER BY first")
            .fetch_all(&mut *connection)
            .await
            .map_err(sql(READING))?;
        let mut segments: BTreeMap<i64, Arc<Known>> = rows
            .iter()
            .filter_map(|(number, version)| Some((*number, shared.known(*number, *version)?)))
            .collect();
        let missing: Vec<i64> = rows
            .iter()
            .map(|(number, _)| *number)
            .filter(|number| !segments.contains_key(number))
            .collect();
        for missing in missing.chunks(AT_ONCE) {
            for known in heads(connection, missing).await? {
                segments.insert(known.number, Arc::new(known));
            }
        }
        let segments: Vec<Arc<Known>> = rows
            .iter()
            .filter_map(|(number, _)| segments.get(number).cloned())
            .collect();
        shared.note(&segments);
        shared.retain(&segments);
        Ok(Self {
            connection,
            shared,
            segments,
            base,
            at_hand: HashMap::new(),
        })
    }

    /// A query as a question to this copy.
    pub(crate) async fn question(&mut self, query: &Query, span: Span) -> Result<Question, CacheError> {
        let plan = Plan::of(query);
        let mut wanted = Vec::new();
        plan.walk(&mut |plan| {
            if let Plan::Word(_, words) = plan {
                wanted.push(words.clone());
            }
        });
        let mut found = Vec::with_capacity(wanted.len());
        for words in wanted {
            found.push(self.numbers(&words).await?);
        }
        let mut found = found.into_iter();
        Ok(Question {
            query: query.clone(),
            plan: plan.resolve(&mut |_| found.next().unwrap_or_default()),
            span,
        })
    }

    async fn numbers(&mut self, words: &Words) -> Result<Vec<u32>, CacheError> {
        let (from, to) = match words {
            Words::Is(word) => (word.clone(), word.clone()),
            Words::Begin(word) => (word.clone(), format!("{word}\u{10ffff}")),
            Words::Numbers(numbers) => return Ok(numbers.clone()),
        };
        let found: Vec<i64> = sqlx::query_scalar("SELECT number FROM word WHERE text BETWEEN ? AND ?")
            .bind(from)
            .bind(to)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(sql(READING))?;
        Ok(found
            .into_iter()
            .filter_map(|number| u32::try_from(number).ok())
            .collect())
    }

    /// The texts of words.
    pub(crate) async fn texts(&mut self, numbers: &[u32]) -> Result<HashMap<u32, String>, CacheError> {
        let mut texts = HashMap::new();
        for numbers in numbers.chunks(AT_ONCE) {
            let wanted = list(numbers.iter().map(|number| i64::from(*number)));
            let text = format!("SELECT number, text FROM word WHERE number IN ({wanted})");
            let found: Vec<(i64, String)> = self.all(text).await?;
            texts.extend(
                found
                    .into_iter()
                    .filter_map(|(number, text)| Some((u32::try_from(number).ok()?, text))),
            );
        }
        Ok(texts)
    }

    async fn all<T>(&mut self, text: String) -> Result<Vec<T>, CacheError>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
    {
        sqlx::query_as(AssertSqlSafe(text))
            .persistent(false)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(sql(READING))
    }

    /// Whether all rows of a segment lie in the copy and in these times.
    pub(super) fn is_inside(&self, segment: &Known, (from, to): Span) -> bool {
        let (first, last) = segment.head.time;
        segment.first >= self.base && from.is_none_or(|from| from <= first) && to.is_none_or(|to| last < to)
    }

    /// Whether no row of a segment lies in these times.
    pub(super) fn is_outside(&self, segment: &Known, (from, to): Span) -> bool {
        let (first, last) = segment.head.time;
        segment.head.rows == 0
            || segment.end <= self.base
            || from.is_some_and(|from| last < from)
            || to.is_some_and(|to| to <= first)
    }

    /// The plan with what else a segment's rows have to meet.
    fn plan_for(&self, segment: &Known, question: &Question) -> Plan {
        if self.is_inside(segment, question.span) {
            return question.plan.clone();
        }
        let (from, to) = question.span;
        let mut all = Vec::new();
        if from.is_some() || to.is_some() {
            let to = to.map_or(i64::MAX, |to| to.saturating_sub(1));
            all.push(Plan::Number(Column::Time, from.unwrap_or(i64::MIN), to));
        }
        if segment.first < self.base {
            all.push(Plan::Number(Column::Seq, int(self.base), i64::MAX));
        }
        all.push(question.plan.clone());
        Plan::And(all)
    }

    /// The rows of each of these segments that pass.
    pub(super) async fn rows(
        &mut self,
        segments: &[Arc<Known>],
        question: &Question,
    ) -> Result<Vec<FixedBitSet>, CacheError> {
        self.at_hand.clear();
        let plans: Vec<Plan> = segments
            .iter()
            .map(|segment| self.plan_for(segment, question))
            .collect();
        self.load_terms(segments, &plans).await?;
        // Without the columns first: what no term leaves a row of needs none of them.
        let mut asked = Vec::with_capacity(segments.len());
        let mut left = Vec::new();
        for (segment, plan) in segments.iter().zip(&plans) {
            let rough = ask(plan, &self.part(segment, &|block| self.block(segment, block)))?;
            let needed = column_blocks(plan, &segment.head);
            if rough.at_most().is_clear() || needed.is_empty() {
                asked.push(Some(rough));
                continue;
            }
            asked.push(None);
            left.extend(needed.into_iter().map(|block| (Arc::clone(segment), block)));
        }
        self.load(left).await?;
        let mut found = Vec::with_capacity(segments.len());
        for ((segment, plan), rough) in segments.iter().zip(&plans).zip(asked) {
            let rows = match rough {
                Some(decided) => decided,
                None => ask(plan, &self.part(segment, &|block| self.block(segment, block)))?,
            };
            found.push(self.decided(segment, rows, &question.query).await?);
        }
        Ok(found)
    }

    fn part<'a>(&self, segment: &'a Known, block: &'a dyn Fn(u32) -> Option<Loaded>) -> Part<'a> {
        Part {
            head: &segment.head,
            firsts: segment.firsts.get(),
            block,
        }
    }

    fn block(&self, segment: &Known, block: u32) -> Option<Loaded> {
        self.at_hand.get(&(segment.number, block)).cloned()
    }

    /// Looks at the events that may pass.
    async fn decided(
        &mut self,
        segment: &Arc<Known>,
        found: Found,
        query: &Query,
    ) -> Result<FixedBitSet, CacheError> {
        let Found { mut sure, maybe } = found;
        let Some(mut maybe) = maybe else { return Ok(sure) };
        maybe.difference_with(&sure);
        let rows: Vec<usize> = maybe.ones().collect();
        let seqs = self.numbers_of(segment, Column::Seq, &rows).await?;
        let places: Vec<u64> = seqs.iter().map(|seq| u64::try_from(*seq).unwrap_or(0)).collect();
        for (rows, places) in rows.chunks(AT_ONCE).zip(places.chunks(AT_ONCE)) {
            let events = self.events(places).await?;
            let mut events = events.into_iter().peekable();
            for (row, seq) in rows.iter().zip(places) {
                let Some(event) = events.next_if(|event| event.seq == *seq) else {
                    continue;
                };
                let groups = event.groups.into_iter().map(|(_, group)| group).collect();
                let passes = matches(query, *seq, &Facts::of(&event.entry, groups));
                sure.set(*row, passes);
            }
        }
        Ok(sure)
    }

    /// What a column of numbers holds of some ascending rows.
    pub(super) async fn numbers_of(
        &mut self,
        segment: &Arc<Known>,
        column: Column,
        rows: &[usize],
    ) -> Result<Vec<i64>, CacheError> {
        let width = column.block_rows() as usize;
        let first = segment.head.column(column);
        let block_of = |row: usize| first + u32::try_from(row / width).unwrap_or(0);
        let blocks: BTreeSet<u32> = rows.iter().map(|row| block_of(*row)).collect();
        self.load(
            blocks
                .into_iter()
                .map(|block| (Arc::clone(segment), block))
                .collect(),
        )
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        let mut open: Option<(u32, Arc<Vec<i64>>)> = None;
        for row in rows {
            let block = block_of(*row);
            if open.as_ref().is_none_or(|(number, _)| *number != block) {
                open = match self.block(segment, block) {
                    Some(Loaded::Numbers(numbers)) => Some((block, numbers)),
                    _ => None,
                };
            }
            let number = open
                .as_ref()
                .and_then(|(_, numbers)| numbers.get(row % width).copied());
            found.push(number.ok_or_else(|| CacheError::Damaged("a column of numbers".to_owned()))?);
        }
        Ok(found)
    }

    /// A coded column of a segment.
    pub(super) async fn codes_of(
        &mut self,
        segment: &Arc<Known>,
        column: Column,
    ) -> Result<Arc<Codes>, CacheError> {
        let number = segment.head.column(column);
        self.load(vec![(Arc::clone(segment), number)]).await?;
        match self.block(segment, number) {
            Some(Loaded::Codes(codes)) => Ok(codes),
            _ => Err(CacheError::Damaged("a coded column".to_owned())),
        }
    }

    /// Fetches coded columns of several segments at once, for [`View::codes_of`].
    pub(super) async fn load_codes(
        &mut self,
        segments: &[Arc<Known>],
        columns: &[Column],
    ) -> Result<(), CacheError> {
        let wanted = segments.iter().flat_map(|segment| {
            columns
                .iter()
                .map(move |column| (Arc::clone(segment), segment.head.column(*column)))
        });
        self.load(wanted.collect()).await
    }
}

async fn heads(connection: &mut SqliteConnection, numbers: &[i64]) -> Result<Vec<Known>, CacheError> {
    let text = format!(
        "SELECT number, version, first, end, head FROM segment WHERE number IN ({})",
        list(numbers.iter().copied())
    );
    let rows: Vec<(i64, i64, i64, i64, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(text))
        .persistent(false)
        .fetch_all(connection)
        .await
        .map_err(sql(READING))?;
    let known = |(number, version, first, end, head): (i64, i64, i64, i64, Vec<u8>)| {
        Ok(Known {
            number,
            version,
            first: u64::try_from(first).unwrap_or(0),
            end: u64::try_from(end).unwrap_or(0),
            head: Head::read(&head)?,
            firsts: OnceLock::new(),
        })
    };
    rows.into_iter().map(known).collect()
}
