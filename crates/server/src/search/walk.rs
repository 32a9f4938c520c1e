//! One search under way: pulled step by step, each over a few hundred entries, so that whoever pulls can
//! stop at any time, be told how far it is, and is asked anew whether they still may.

use super::plan::Plan;
use super::{Position, Question, Running};
use crate::http::caller::Caller;
use crate::{Error, Platform, reading};
use std::collections::VecDeque;
use std::ops::Range;
use vigia_domain::Kind;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ReadEvents, ReadPii};
use vigia_domain::clock::from_micros;
use vigia_domain::entry::Entry;
use vigia_query::{Facts, Query, matches};
use vigia_store::{Found, Indexed, Wanted};
use vigia_wire::event::{ListedEvent, Order};

/// Entries looked at in one step.
const STEP_ENTRIES: u64 = 512;
/// Commits asked of an index at first, in entries; more while it finds little.
const WINDOW_ENTRIES: u64 = 16_384;
/// By how much a window grows that found little.
const WINDOW_GROWTH: u64 = 8;

/// What one step found.
#[derive(Debug, Default)]
pub struct Step {
    /// The events, in order.
    pub events: Vec<ListedEvent>,
    /// Entries that were looked at.
    pub scanned: u64,
    /// Whether the whole answer was given.
    pub over: bool,
}

/// A search under way.
pub struct Search {
    platform: Platform,
    caller: Caller,
    question: Question,
    /// What an entry's clear fields decide.
    clear: Query,
    /// What the indexes lead to; nothing: a walk.
    conditions: Vec<Indexed>,
    /// The first entry that the indexes speak of.
    indexed_from: u64,
    /// First entry, and first beyond the last, that can be in the answer.
    bounds: Range<u64>,
    at: Position,
    /// Entries that the index led to and that were not looked at yet, in order.
    waiting: VecDeque<u64>,
    window: u64,
    size: u64,
    running: Running,
}

impl Search {
    /// Begins a search, or goes on with one.
    ///
    /// # Errors
    /// A cursor that is none of this question's; `Busy` where too many searches run.
    pub async fn begin(
        platform: Platform,
        caller: Caller,
        question: Question,
        cursor: Option<&str>,
    ) -> Result<Self, Error> {
        let resumed = cursor
            .map(|cursor| platform.cursors().read(&question, cursor))
            .transpose()?;
        let running = platform.searches().begin()?;
        let permit = caller.may::<ReadEvents>()?;
        let pii = caller.may::<ReadPii>().ok();
        let store = platform.store();
        let size = store.head().await?.size;
        let plan = Plan::of(&question);
        let mut conditions = Vec::new();
        for any in &plan.lookups {
            conditions.extend(store.look_up(&permit, pii.as_ref(), any).await?);
        }
        let mut bounds = plan.seqs.0..size.min(plan.seqs.1.saturating_add(1));
        if let Some(since) = from_micros(plan.recorded.0).filter(|_| plan.recorded.0 > i64::MIN) {
            bounds.start = bounds.start.max(store.first_seq_since(&permit, since).await?);
        }
        if let Some(beyond) = plan.recorded.1.checked_add(1).and_then(from_micros) {
            bounds.end = bounds.end.min(store.first_seq_since(&permit, beyond).await?);
        }
        bounds.start = bounds.start.min(bounds.end);
        let mut search = Self {
            indexed_from: store.indexed_from().await?,
            clear: plan.clear,
            at: Position { seq: 0, commit: 0 },
            waiting: VecDeque::new(),
            window: WINDOW_ENTRIES,
            platform,
            caller,
            question,
            conditions,
            bounds,
            size,
            running,
        };
        search.stand(&permit, resumed).await?;
        Ok(search)
    }

    /// Stands where the last answer ended, else at the beginning.
    async fn stand(&mut self, permit: &Permit<ReadEvents>, resumed: Option<Position>) -> Result<(), Error> {
        let Range { start, end } = self.bounds;
        let first = match self.question.order {
            Order::Newest => Position {
                seq: end,
                commit: end,
            },
            Order::Oldest => Position {
                seq: start,
                commit: start,
            },
        };
        let at = resumed.unwrap_or(first);
        self.at = match self.question.order {
            Order::Newest => Position {
                seq: at.seq.min(end),
                commit: at.commit.min(end),
            },
            Order::Oldest => Position {
                seq: at.seq.max(start),
                commit: at.commit.max(start),
            },
        };
        if self.question.order == Order::Oldest && self.at.commit == self.at.seq {
            // Upwards, the commit that holds the first entry may begin before it.
            let store = self.platform.store();
            self.at.commit = store.posted_before(permit, &self.conditions, self.at.seq).await?;
        }
        Ok(())
    }

    /// The next step, with at most `most` events.
    ///
    /// # Errors
    /// Where the store fails, or the caller may no longer.
    pub async fn step(&mut self, most: usize) -> Result<Step, Error> {
        let caller = self.caller.again(&self.platform).await?;
        let permit = caller.may::<ReadEvents>()?;
        let pii = caller.may::<ReadPii>().ok();
        let mut step = Step::default();
        let Some(wanted) = self.next(&permit).await? else {
            step.over = true;
            return Ok(step);
        };
        step.scanned = wanted.count();
        self.running.scanned(step.scanned);
        let mut found = self.look(&permit, pii.as_ref(), &wanted).await?;
        if self.question.order == Order::Newest {
            found.reverse();
        }
        let full = found.len() > most;
        found.truncate(most);
        if full && let Some((last, _)) = found.last() {
            // What is left of the step is looked at again behind the cursor.
            self.waiting.clear();
            self.at.seq = match self.question.order {
                Order::Newest => last.seq,
                Order::Oldest => last.seq.saturating_add(1),
            };
        } else {
            self.passed(&wanted);
        }
        let shown = |(one, _): &(Found, _)| one.shown && one.entry.kind != Kind::EVENTS_READ;
        if found.iter().any(shown) {
            reading::record(&self.platform, &caller, 0).await?;
        }
        step.events = found
            .iter()
            .map(|(one, event)| listed(one, event.clone()))
            .collect();
        step.over = !full && self.is_over();
        Ok(step)
    }

    /// Where it stands, for a cursor.
    ///
    /// # Errors
    /// None in practice.
    pub fn cursor(&self) -> Result<String, Error> {
        self.platform.cursors().issue(&self.question, self.at)
    }

    /// Where it stands in the log, and the log's size.
    #[must_use]
    pub fn place(&self) -> (u64, u64) {
        (self.at.seq, self.size)
    }

    fn is_over(&self) -> bool {
        match self.question.order {
            Order::Newest => self.at.seq <= self.bounds.start,
            Order::Oldest => self.at.seq >= self.bounds.end,
        }
    }

    /// Whether an index answers for where it stands.
    fn is_indexed(&self) -> bool {
        let indexed = match self.question.order {
            Order::Newest => self.at.seq > self.indexed_from && self.at.commit > self.indexed_from,
            Order::Oldest => self.at.seq >= self.indexed_from,
        };
        !self.conditions.is_empty() && indexed
    }

    /// The next entries to look at; `None` at the end.
    async fn next(&mut self, permit: &Permit<ReadEvents>) -> Result<Option<Batch>, Error> {
        if self.waiting.is_empty() && self.is_over() {
            return Ok(None);
        }
        if self.waiting.is_empty() && self.is_indexed() {
            self.fill(permit).await?;
            if self.waiting.is_empty() {
                return Ok(Some(Batch::Nothing));
            }
        }
        if !self.waiting.is_empty() {
            let count = self.waiting.len().min(usize::try_from(STEP_ENTRIES).unwrap_or(1));
            let mut seqs: Vec<u64> = self.waiting.iter().take(count).copied().collect();
            seqs.sort_unstable();
            return Ok(Some(Batch::These(seqs)));
        }
        let Range { start, end } = self.bounds;
        let range = match self.question.order {
            Order::Newest => {
                // Below the indexed part, or beside any index.
                if !self.conditions.is_empty() {
                    self.at.seq = self.at.seq.min(self.indexed_from);
                }
                self.at.seq.saturating_sub(STEP_ENTRIES).max(start)..self.at.seq
            }
            Order::Oldest => {
                let end = if self.conditions.is_empty() {
                    end
                } else {
                    end.min(self.indexed_from)
                };
                self.at.seq..end.min(self.at.seq.saturating_add(STEP_ENTRIES))
            }
        };
        Ok(Some(Batch::Range(range)))
    }

    /// Asks the indexes for the next window of commits.
    async fn fill(&mut self, permit: &Permit<ReadEvents>) -> Result<(), Error> {
        let bounds = self.bounds.clone();
        let commits = match self.question.order {
            Order::Newest => {
                let low = self.at.commit.saturating_sub(self.window).max(self.indexed_from);
                low..self.at.commit
            }
            Order::Oldest => self.at.commit..self.at.commit.saturating_add(self.window).min(self.size),
        };
        let posted = self
            .platform
            .store()
            .posted(permit, &self.conditions, &commits)
            .await?;
        let in_bounds = posted.into_iter().filter(|seq| bounds.contains(seq));
        self.waiting = match self.question.order {
            Order::Newest => {
                let mut seqs: Vec<u64> = in_bounds.filter(|seq| *seq < self.at.seq).collect();
                seqs.reverse();
                seqs.into()
            }
            Order::Oldest => in_bounds.filter(|seq| *seq >= self.at.seq).collect(),
        };
        if (self.waiting.len() as u64) < STEP_ENTRIES {
            self.window = self.window.saturating_mul(WINDOW_GROWTH);
        }
        if self.waiting.is_empty() {
            self.leave(&commits);
        }
        Ok(())
    }

    /// Leaves a window of commits behind.
    fn leave(&mut self, commits: &Range<u64>) {
        match self.question.order {
            Order::Newest => {
                self.at.commit = commits.start;
                // A commit below the window may reach into it, so the place among entries stays; at the
                // end of the indexed part nothing does.
                if commits.start <= self.indexed_from {
                    self.at.seq = self.at.seq.min(self.indexed_from);
                }
            }
            Order::Oldest => {
                self.at.commit = commits.end;
                if commits.end >= self.size {
                    self.at.seq = self.bounds.end;
                }
            }
        }
    }

    /// Everything of a batch was looked at.
    fn passed(&mut self, batch: &Batch) {
        let newest = self.question.order == Order::Newest;
        match batch {
            Batch::Nothing => {}
            Batch::Range(range) if newest => {
                self.at = Position {
                    seq: range.start,
                    commit: self.at.commit.min(range.start),
                };
            }
            Batch::Range(range) => {
                self.at = Position {
                    seq: range.end,
                    commit: self.at.commit.max(range.end),
                };
            }
            Batch::These(seqs) => {
                self.waiting.drain(..seqs.len().min(self.waiting.len()));
                let last = if newest {
                    seqs.first().copied()
                } else {
                    seqs.last().map(|seq| seq.saturating_add(1))
                };
                self.at.seq = last.unwrap_or(self.at.seq);
            }
        }
    }

    /// The entries of a batch that pass, ascending, with their events.
    async fn look(
        &self,
        permit: &Permit<ReadEvents>,
        pii: Option<&Permit<ReadPii>>,
        batch: &Batch,
    ) -> Result<Vec<(Found, Vec<vigia_domain::entry::Group>)>, Error> {
        let wanted = match batch {
            Batch::Nothing => return Ok(Vec::new()),
            Batch::Range(range) => Wanted::Range(range.clone()),
            Batch::These(seqs) => Wanted::These(seqs),
        };
        let clear = &self.clear;
        let look = |seq: u64, entry: &Entry| {
            *clear == Query::All || matches(clear, seq, &Facts::of(entry, Vec::new()))
        };
        let found = self.platform.store().entries(permit, pii, wanted, look).await?;
        let mut passing = Vec::new();
        for one in found {
            let groups = one.groups()?;
            let facts = Facts::of(&one.entry, groups.clone());
            if matches(&self.question.query, one.seq, &facts) {
                passing.push((one, groups));
            }
        }
        Ok(passing)
    }
}

/// Entries of one step.
enum Batch {
    /// The index led nowhere.
    Nothing,
    /// All of these.
    Range(Range<u64>),
    /// These, ascending.
    These(Vec<u64>),
}

impl Batch {
    fn count(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Range(range) => range.end.saturating_sub(range.start),
            Self::These(seqs) => seqs.len() as u64,
        }
    }
}

/// An entry as it is read by REST.
#[must_use]
pub fn listed(found: &Found, groups: Vec<vigia_domain::entry::Group>) -> ListedEvent {
    let event = found.entry.open(groups);
    ListedEvent {
        seq: found.seq,
        recorded_at: found.entry.recorded_at,
        class_uid: found.entry.class_uid,
        activity_id: found.entry.activity_id,
        severity_id: event.severity.number(),
        status_id: event.status.map(vigia_domain::event::Status::number),
        subjects: vigia_query::facts::subjects(&found.entry),
        masked: !found.shown && !found.entry.groups.is_empty(),
        event,
    }
}
