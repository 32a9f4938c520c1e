//! Retention: taking away what is over, and telling so.
//!
//! In steps, each a transaction of its own and each safe to repeat: entries whose days are over lose
//! bytes and sealed groups together with the event that names them; what the indexes said of them
//! goes; people of whom nothing is left are forgotten; periods that are over lose their keys, what is
//! under legal hold being sealed anew first. A crash between two steps, or within one, is made good
//! by the next run.
//!
//! Vigia's own events stay: they carry the state, and the trail of what was done with the rest.

mod lists;
mod own;
mod period;
mod prune;
mod sweep;

use crate::error::{Error, Result};
use crate::store::Store;
use crate::{meta, sql};
use own::Held;
use prune::Stretch;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use vigia_domain::Timestamp;
use vigia_domain::access::Permit;
use vigia_domain::access::action::WriteRetention;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::pruning::Period;
use vigia_domain::retention::{Class, POLICY, Retention, start_of};

use crate::read::Stored;
pub use own::HoldRow;
pub(crate) use period::{dropped_event, groups_of};
pub(crate) use prune::{DROPPED, dropped_name};

/// Periods whose keys go in one step.
const PERIODS_AT_ONCE: usize = 64;

/// What a run took away, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retained {
    /// Entries that lost their bytes, by class.
    pub entries: BTreeMap<Class, u64>,
    /// Entries that are over and under legal hold.
    pub held: u64,
    /// People of whom nothing is left.
    pub people: u64,
    /// Periods that lost their keys.
    pub periods: u64,
    /// Whether the run was asked to stop before its end.
    pub unfinished: bool,
}

impl Store {
    /// How long things are kept, with the policy's version.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn retention(&self) -> Result<(Retention, u64)> {
        let stored: Option<Stored<Retention>> = self.state(AggregateKind::Retention, POLICY).await?;
        Ok(stored.map_or_else(|| (Retention::default(), 0), |row| (row.state, row.version)))
    }

    /// Takes away what is over at `now`, in steps, as long as `go_on` says so. With `dry_run`
    /// nothing changes, and the answer is what would go; people and periods are not counted then.
    ///
    /// # Errors
    /// Whatever keeps the database from it; what was done stands, and the next run goes on.
    pub async fn retain(
        &self,
        permit: &Permit<WriteRetention>,
        now: Timestamp,
        dry_run: bool,
        go_on: impl Fn() -> bool,
    ) -> Result<Retained> {
        let mut done = Retained::default();
        let (policy, _) = self.retention().await?;
        for stretch in self.stretches(&policy, now, dry_run).await? {
            self.prune(stretch, dry_run, &go_on, &mut done).await?;
        }
        if dry_run || !go_on() {
            done.unfinished = !dry_run;
            return Ok(done);
        }
        done.people = self.sweep(&go_on).await?;
        for periods in self.periods_over(&policy, now).await?.chunks(PERIODS_AT_ONCE) {
            if !go_on() {
                break;
            }
            done.periods += self.drop_periods(permit, periods.to_vec()).await?;
        }
        done.unfinished = !go_on();
        Ok(done)
    }

    /// What has to be looked through: from the mark of each class to the first entry that it keeps.
    /// Classes that agree are looked through together.
    async fn stretches(&self, policy: &Retention, now: Timestamp, dry_run: bool) -> Result<Vec<Stretch>> {
        let held = self.held().await?;
        let mut ends: BTreeMap<i32, u64> = BTreeMap::new();
        let mut together: BTreeMap<(u64, u64), BTreeSet<Class>> = BTreeMap::new();
        for class in Class::ALL.into_iter().filter(|class| class.is_pruned()) {
            let Some(day) = policy.first_kept_day(class, now) else {
                continue;
            };
            let end = match ends.get(&day) {
                Some(end) => *end,
                None => self.first_recorded_since(start_of(day)).await?,
            };
            ends.insert(day, end);
            let from = if dry_run {
                0
            } else {
                self.mark(class, &held).await?
            };
            if from < end {
                together.entry((from, end)).or_default().insert(class);
            }
        }
        Ok(together
            .into_iter()
            .map(|((from, to), classes)| Stretch { from, to, classes })
            .collect())
    }

    /// How far a class was looked through, unless a hold was released since: then from the start.
    async fn mark(&self, class: Class, held: &Held) -> Result<u64> {
        let doing = "reading how far retention is";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        let mark = meta::get(&mut connection, &prune::mark_name(class)).await?;
        let mark = mark.as_deref().and_then(|mark| mark.split_once(':'));
        Ok(match mark {
            Some((seq, released)) if released == held.released().to_string() => seq.parse().unwrap_or(0),
            _ => 0,
        })
    }

    /// Periods whose days are over and whose keys are still there.
    async fn periods_over(&self, policy: &Retention, now: Timestamp) -> Result<Vec<Period>> {
        let doing = "looking for periods that are over";
        let rows = sqlx::query("SELECT day, class FROM period ORDER BY day, class")
            .fetch_all(&self.vault().pool)
            .await
            .map_err(Error::sql(doing))?;
        let mut over = Vec::new();
        for row in &rows {
            let day: i64 = row.try_get(0).map_err(Error::sql(doing))?;
            let class = sql::number(row.try_get(1).map_err(Error::sql(doing))?)?;
            let (Ok(day), Ok(number)) = (i32::try_from(day), u8::try_from(class)) else {
                continue;
            };
            let Some(class) = Class::from_number(number) else {
                continue;
            };
            if policy.is_period_due(day, class, now) {
                over.push(Period { day, class: number });
            }
        }
        Ok(over)
    }
}
