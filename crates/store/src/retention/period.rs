//! Dropping periods: a day of a class that is over loses its key, as an erasure takes a person's.
//!
//! What is still sealed under the key is Vigia's own (it goes with the key) or under legal hold (it
//! is sealed anew first, under a fresh key of the same period). The ledger is told in the
//! platform's transaction, and the vault's commits right behind it; a crash in between is finished
//! at the next opening, because the fresh key lies in the record of what was begun.

use super::own::{self, Held};
use super::prune::{cut_name, dropped_name, pruning_event};
use crate::append::{Pen, Prepared, Request, Writer, slot};
use crate::engine;
use crate::erase::{Step, lock};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::vault::{Erasing, ErasureState, Going};
use crate::{meta, random, sql};
use futures::FutureExt as _;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeSet;
use vigia_domain::access::Permit;
use vigia_domain::access::action::WriteRetention;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::entry::{Entry, Holder};
use vigia_domain::pruning::{Period, PruningEvent};
use vigia_domain::retention::{Class, start_of};
use vigia_domain::{Event, Kind};
use vigia_ledger::seal::{SubjectKey, open_group, seal_group};

/// Entries read at a time.
const PAGE: u64 = 2_048;

/// A period with the entries among which its groups lie.
#[derive(Debug, Clone, Copy)]
struct Day {
    period: Period,
    from: u64,
    to: u64,
}

impl Store {
    /// Drops the keys of these periods where nothing keeps them; says of how many.
    pub(super) async fn drop_periods(
        &self,
        _permit: &Permit<WriteRetention>,
        periods: Vec<Period>,
    ) -> Result<u64> {
        let held = self.held().await?;
        let mut days = Vec::with_capacity(periods.len());
        for period in periods {
            days.push(Day {
                from: self.first_recorded_since(start_of(period.day)).await?,
                to: self
                    .first_recorded_since(start_of(period.day.saturating_add(1)))
                    .await?,
                period,
            });
        }
        self.on_writer(move |writer| async move { writer.drop_periods(&days, &held).await }.boxed())
            .await
    }
}

impl Writer {
    async fn drop_periods(&mut self, days: &[Day], held: &Held) -> Result<u64> {
        let _lock = lock(self.pen.vault.folder().clone()).await?;
        engine::lock_keys(&mut self.vault).await?;
        let dropped = self.drop_periods_locked(days, held).await;
        self.unlock_keys().await;
        dropped
    }

    async fn drop_periods_locked(&mut self, days: &[Day], held: &Held) -> Result<u64> {
        self.finish_open().await?;
        if own::versions(&mut self.platform).await? != held.versions() {
            // A hold was placed or released meanwhile: the next run looks again.
            return Ok(0);
        }
        let mut plain = Vec::new();
        let mut kept = Vec::new();
        for day in days {
            match fate(&mut self.platform, *day, held).await? {
                Fate::Stays => {}
                Fate::Goes => plain.push(day.period),
                Fate::Renews => kept.push(day.period),
            }
        }
        let mut count = 0;
        for (periods, renew) in [(plain, false), (kept, true)] {
            if periods.is_empty() {
                continue;
            }
            count += periods.len() as u64;
            let id = vigia_domain::EventId::new(self.pen.clock.now(), random::bytes()?).0;
            let vault = self.pen.vault.clone();
            let erasing = vault.intend_periods(&mut self.vault, id, &periods, renew).await?;
            self.progress.reached(Step::Intended)?;
            self.carry_out_periods(&erasing).await?;
        }
        Ok(count)
    }

    /// Every step that is still to do. The caller holds the keys folder.
    pub(crate) async fn carry_out_periods(&mut self, erasing: &Erasing) -> Result<()> {
        let vault = self.pen.vault.clone();
        if erasing.state == ErasureState::Intended {
            vault.add_keys(erasing)?;
            self.progress.reached(Step::KeysAdded)?;
            let ring = vault.refresh(&mut self.vault).await?;
            let keys = vault.period_keys(&mut self.vault, &ring, erasing).await?;
            let mut tx = engine::begin_write(&mut self.platform, "dropping periods").await?;
            let state = crate::append::state::read(&mut tx, AggregateKind::Pruning, erasing.id).await?;
            let mut size = None;
            if state.is_none() {
                let request = told(&self.pen, erasing)?;
                let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
                for outcome in written.outcomes {
                    outcome?;
                }
                size = Some(written.size);
                for going in &erasing.periods {
                    let (old, new) = keys.get(&going.period).ok_or(Error::Damaged("a period's key"))?;
                    let groups = groups_of(&mut tx, going.period).await?;
                    match new {
                        Some(new) => reseal(&mut tx, &groups, old, new).await?,
                        None => remove(&mut tx, &groups, going).await?,
                    }
                    meta::forget(&mut tx, &cut_name(going.period)).await?;
                    meta::set(&mut tx, &dropped_name(going.period), "").await?;
                }
            }
            let forgetting = vault.begin_forgetting_periods(&mut self.vault, erasing).await?;
            tx.commit().await.map_err(Error::sql("dropping periods"))?;
            self.progress.reached(Step::TombstoneAppended)?;
            forgetting
                .commit()
                .await
                .map_err(Error::sql("dropping periods"))?;
            if let Some(size) = size {
                self.grown.send_replace(size);
            }
        }
        self.progress.reached(Step::Forgotten)?;
        vault.drop_keys(&mut self.vault, erasing).await?;
        self.progress.reached(Step::KeysDropped)?;
        vault.close_erasure(&mut self.vault, erasing).await?;
        vault.refresh(&mut self.vault).await?;
        self.empty_logs().await;
        Ok(())
    }
}

/// What becomes of a period that is over.
enum Fate {
    /// Something under legal hold keeps its key as it is.
    Stays,
    /// Its key goes, and what lies under it.
    Goes,
    /// What was pruned lay under the same key as what is held: the held gets another.
    Renews,
}

async fn fate(connection: &mut AnyConnection, day: Day, held: &Held) -> Result<Fate> {
    let mut left = false;
    let mut next = day.from;
    while next < day.to {
        let page = entries(connection, next, day.to).await?;
        let Some((last, _)) = page.last() else { break };
        next = last + 1;
        for (_, entry) in &page {
            if !lies_under(entry, day.period) {
                continue;
            }
            left = true;
            // Of the first class what is left is Vigia's own, and goes unless it is held.
            if day.period.class == Class::Own.number() && held.covers(entry) {
                return Ok(Fate::Stays);
            }
        }
    }
    if !left || day.period.class == Class::Own.number() {
        return Ok(Fate::Goes);
    }
    let cut = meta::get(connection, &cut_name(day.period)).await?;
    Ok(if cut.is_some() { Fate::Renews } else { Fate::Stays })
}

fn lies_under(entry: &Entry, period: Period) -> bool {
    let holder = Holder::Period {
        day: period.day,
        class: period.class,
    };
    entry.groups.iter().any(|group| group.holder == holder)
}

/// Entries that still have their bytes.
async fn entries(connection: &mut AnyConnection, from: u64, to: u64) -> Result<Vec<(u64, Entry)>> {
    let doing = "reading the entries of a period";
    let rows = sqlx::query(
        "SELECT seq, body FROM entry WHERE seq >= $1 AND seq < $2 AND body IS NOT NULL ORDER BY seq LIMIT $3",
    )
    .bind(sql::int(from))
    .bind(sql::int(to))
    .bind(sql::int(PAGE))
    .fetch_all(connection)
    .await
    .map_err(Error::sql(doing))?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let seq = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
        let body: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
        // What does not decode has no groups that anybody could tell.
        if let Ok(entry) = Entry::from_bytes(&body) {
            found.push((seq, entry));
        }
    }
    Ok(found)
}

/// A group that lies under a period's key.
pub(crate) struct Group {
    pub slot: u64,
    pub event: [u8; 16],
    pub index: u32,
}

/// Every group that lies under a period's key, of entries that still have their bytes.
pub(crate) async fn groups_of(connection: &mut AnyConnection, period: Period) -> Result<Vec<Group>> {
    let (mut next, to) = (
        first_of(connection, period.day).await?,
        first_of(connection, period.day.saturating_add(1)).await?,
    );
    let mut groups = Vec::new();
    while next < to {
        let page = entries(connection, next, to).await?;
        let Some((last, _)) = page.last() else { break };
        next = last + 1;
        for (seq, entry) in &page {
            for (index, group) in (0_u32..).zip(&entry.groups) {
                if group.holder
                    == (Holder::Period {
                        day: period.day,
                        class: period.class,
                    })
                {
                    groups.push(Group {
                        slot: slot(*seq, index),
                        event: *entry.id.0.as_bytes(),
                        index,
                    });
                }
            }
        }
    }
    Ok(groups)
}

async fn first_of(connection: &mut AnyConnection, day: i32) -> Result<u64> {
    let size = crate::head::size(connection).await?;
    crate::read::first_recorded(connection, start_of(day), size).await
}

async fn reseal(
    connection: &mut AnyConnection,
    groups: &[Group],
    old: &SubjectKey,
    new: &SubjectKey,
) -> Result<()> {
    let doing = "sealing anew what is under legal hold";
    for group in groups {
        let row = sqlx::query("SELECT data FROM sealed WHERE slot = $1")
            .bind(sql::int(group.slot))
            .fetch_optional(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
        let Some(row) = row else { continue };
        let data: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
        // What does not open now would not open later either; the verifier tells.
        let Ok(opened) = open_group(old, &group.event, group.index, &data) else {
            tracing::warn!(slot = group.slot, "a group under legal hold does not open");
            continue;
        };
        let sealed = seal_group(new, &random::bytes()?, &group.event, group.index, &opened);
        sqlx::query("UPDATE sealed SET data = $1 WHERE slot = $2")
            .bind(sealed)
            .bind(sql::int(group.slot))
            .execute(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
    }
    Ok(())
}

async fn remove(connection: &mut AnyConnection, groups: &[Group], going: &Going) -> Result<()> {
    let doing = "removing what lay under a period's key";
    for group in groups {
        sqlx::query("DELETE FROM sealed WHERE slot = $1")
            .bind(sql::int(group.slot))
            .execute(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
    }
    for row in &going.rows {
        sqlx::query("DELETE FROM posting WHERE row = $1")
            .bind(sql::int(*row))
            .execute(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
    }
    Ok(())
}

fn told(pen: &Pen, erasing: &Erasing) -> Result<Request> {
    let held = erasing.periods.iter().any(|going| going.renewed.is_some());
    let periods: BTreeSet<Period> = erasing.periods.iter().map(|going| going.period).collect();
    let mut event = dropped_event(pen, periods.into_iter().collect(), held)?;
    if let Some(aggregate) = &mut event.aggregate {
        aggregate.id = erasing.id;
    }
    Ok(Request::own(vec![Prepared::new(&event)?]))
}

/// The event that says that these periods' keys are gone.
pub(crate) fn dropped_event(pen: &Pen, periods: Vec<Period>, held: bool) -> Result<Event> {
    let payload = PruningEvent::Dropped { periods, held };
    let mut event = pruning_event(pen, Kind::PERIOD_DROPPED, random::bytes()?, &payload)?;
    event.message = Some(if held {
        "Keys of periods were dropped; what is under legal hold was sealed anew".to_owned()
    } else {
        "Keys of periods were dropped: their days are over".to_owned()
    });
    Ok(event)
}
