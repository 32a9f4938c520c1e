//! Pruning: entries that are over lose their bytes and sealed groups, in the transaction of the event
//! that names them. Their leaf hashes stay, so every proof still holds.

use super::own::{self, Held};
use super::{Retained, sweep};
use crate::append::{Prepared, Request, Writer, slot};
use crate::engine;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::{meta, random, sql};
use futures::FutureExt as _;
use sqlx::{AnyConnection, Row};
use std::collections::{BTreeMap, BTreeSet};
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::clock::day_of;
use vigia_domain::entry::{Entry, Holder};
use vigia_domain::pruning::{MAX_RANGES, Period, PruningEvent};
use vigia_domain::retention::Class;
use vigia_domain::{Event, EventId, Kind};

/// Entries that one step looks at: while it does, appends wait.
const LOOK_AT: u64 = 4_096;

/// Entries to look through for some classes.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub from: u64,
    /// The first that is kept.
    pub to: u64,
    pub classes: BTreeSet<Class>,
}

/// Where the mark of a class lies.
pub(super) fn mark_name(class: Class) -> String {
    format!("retention/{}", class.name())
}

/// Where it lies that a period lost its key, for backups.
pub(crate) const DROPPED: &str = "dropped/";

/// The same, of one period.
pub(crate) fn dropped_name(period: Period) -> String {
    format!("{DROPPED}{}/{}", period.day, period.class)
}

/// Where it lies that held groups of a period are still under the key of what was pruned.
pub(super) fn cut_name(period: Period) -> String {
    format!("period/{}/{}", period.day, period.class)
}

/// What one step found to take.
#[derive(Debug, Default)]
struct Chosen {
    /// First and last numbers; bytes between them that are gone already may be named again.
    ranges: Vec<(u64, u64)>,
    entries: BTreeMap<Class, u64>,
    held: u64,
    periods: BTreeSet<Period>,
    /// The first entry that was not looked at.
    next: u64,
}

impl Store {
    /// Looks through a stretch, step by step.
    pub(super) async fn prune(
        &self,
        mut stretch: Stretch,
        dry_run: bool,
        go_on: &impl Fn() -> bool,
        done: &mut Retained,
    ) -> Result<()> {
        let mut held = self.held().await?;
        while stretch.from < stretch.to && go_on() {
            let chosen = if dry_run {
                let doing = "looking for what is over";
                let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
                choose(&mut connection, &stretch, &held).await?
            } else {
                let (this, under) = (stretch.clone(), held.clone());
                let step = self
                    .on_writer(move |writer| async move { writer.prune(&this, &under).await }.boxed())
                    .await?;
                let Some(chosen) = step else {
                    // A hold was placed or released meanwhile: look again with it.
                    held = self.held().await?;
                    continue;
                };
                chosen
            };
            for (class, count) in chosen.entries {
                *done.entries.entry(class).or_default() += count;
            }
            done.held += chosen.held;
            stretch.from = chosen.next;
        }
        Ok(())
    }
}

impl Writer {
    /// One step: `None` where the holds are not the ones that the caller knew.
    async fn prune(&mut self, stretch: &Stretch, held: &Held) -> Result<Option<Chosen>> {
        let mut tx = engine::begin_write(&mut self.platform, "pruning").await?;
        if own::versions(&mut tx).await? != held.versions() {
            return Ok(None);
        }
        let chosen = choose(&mut tx, stretch, held).await?;
        let mut size = None;
        if let (Some((first, _)), Some((_, last))) = (chosen.ranges.first(), chosen.ranges.last()) {
            let request = told(&self.pen, &chosen)?;
            let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
            for outcome in written.outcomes {
                outcome?;
            }
            size = Some(written.size);
            take(&mut tx, &chosen.ranges).await?;
            for period in &chosen.periods {
                meta::set(&mut tx, &cut_name(*period), "").await?;
            }
            sweep::widen(&mut tx, *first, *last).await?;
        }
        for class in &stretch.classes {
            let mark = format!("{}:{}", chosen.next, held.released());
            meta::set(&mut tx, &mark_name(*class), &mark).await?;
        }
        tx.commit().await.map_err(Error::sql("pruning"))?;
        if let Some(size) = size {
            self.grown.send_replace(size);
        }
        Ok(Some(chosen))
    }
}

impl Writer {
    /// Prunes once more what was pruned after a backup: whom it was about may be forgotten already.
    pub(crate) async fn replay_pruned(&mut self, ranges: &[(u64, u64)]) -> Result<()> {
        let doing = "replaying a pruning";
        for ranges in ranges.chunks(MAX_RANGES) {
            let mut tx = engine::begin_write(&mut self.platform, doing).await?;
            let size = crate::head::size(&mut tx).await?;
            let mut chosen = Chosen::default();
            for (first, last) in ranges {
                let last = (*last).min(size.saturating_sub(1));
                let there: i64 = sqlx::query(
                    "SELECT count(*) FROM entry WHERE seq >= $1 AND seq <= $2 AND body IS NOT NULL",
                )
                .bind(sql::int(*first))
                .bind(sql::int(last))
                .fetch_one(&mut *tx)
                .await
                .and_then(|row| row.try_get(0))
                .map_err(Error::sql(doing))?;
                if *first < size && there > 0 {
                    chosen.ranges.push((*first, last));
                }
            }
            let (Some((first, _)), Some((_, last))) = (chosen.ranges.first(), chosen.ranges.last()) else {
                continue;
            };
            let request = told(&self.pen, &chosen)?;
            let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
            for outcome in written.outcomes {
                outcome?;
            }
            take(&mut tx, &chosen.ranges).await?;
            sweep::widen(&mut tx, *first, *last).await?;
            tx.commit().await.map_err(Error::sql(doing))?;
        }
        Ok(())
    }
}

/// What of the stretch's beginning may go.
async fn choose(connection: &mut AnyConnection, stretch: &Stretch, held: &Held) -> Result<Chosen> {
    let doing = "looking for what is over";
    let rows = sqlx::query(
        "SELECT seq, body FROM entry WHERE seq >= $1 AND seq < $2 AND body IS NOT NULL ORDER BY seq LIMIT $3",
    )
    .bind(sql::int(stretch.from))
    .bind(sql::int(stretch.to))
    .bind(sql::int(LOOK_AT))
    .fetch_all(connection)
    .await
    .map_err(Error::sql(doing))?;
    let mut chosen = Chosen {
        next: stretch.to,
        ..Chosen::default()
    };
    let mut running = false;
    for row in &rows {
        let seq = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
        let body: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
        let Some((class, entry)) = over(&body, stretch) else {
            running = false;
            continue;
        };
        if held.covers(&entry) {
            chosen.held += 1;
            running = false;
            continue;
        }
        if !running && chosen.ranges.len() == MAX_RANGES {
            chosen.next = seq;
            return Ok(chosen);
        }
        match chosen.ranges.last_mut().filter(|_| running) {
            Some((_, last)) => *last = seq,
            None => chosen.ranges.push((seq, seq)),
        }
        running = true;
        *chosen.entries.entry(class).or_default() += 1;
        let day = day_of(entry.recorded_at);
        chosen
            .periods
            .extend(entry.groups.iter().filter_map(|group| match group.holder {
                Holder::Period { day: of, class } if of == day => Some(Period { day, class }),
                _ => None,
            }));
    }
    if rows.len() as u64 == LOOK_AT
        && let Some(last) = rows.last()
    {
        chosen.next = sql::number(last.try_get(0).map_err(Error::sql(doing))?)? + 1;
    }
    Ok(chosen)
}

/// The entry, where it is one that applications sent and of the classes that are looked for. What
/// does not decode stays for the verifier to tell.
fn over(body: &[u8], stretch: &Stretch) -> Option<(Class, Entry)> {
    let entry = Entry::from_bytes(body).ok()?;
    let class = Class::of(&entry.kind, &entry.service);
    (entry.aggregate.is_none() && stretch.classes.contains(&class)).then_some((class, entry))
}

fn told(pen: &crate::append::Pen, chosen: &Chosen) -> Result<Request> {
    let payload = PruningEvent::Pruned {
        ranges: chosen.ranges.clone(),
    };
    let count = |(first, last): &(u64, u64)| last - first + 1;
    let count: u64 = chosen.ranges.iter().map(count).sum();
    let mut event = pruning_event(pen, Kind::LEDGER_PRUNED, random::bytes()?, &payload)?;
    event.message = Some(format!("{count} events were pruned: their days are over"));
    for (class, count) in &chosen.entries {
        event.details.insert(class.name().to_owned(), (*count).into());
    }
    Ok(Request::own(vec![Prepared::new(&event)?]))
}

/// An event of this kind that moves a pruning of its own.
pub(super) fn pruning_event(
    pen: &crate::append::Pen,
    kind: Kind,
    id: [u8; 10],
    payload: &PruningEvent,
) -> Result<Event> {
    let now = pen.clock.now();
    let id = EventId::new(now, id);
    let mut event = Event::new(EventId::new(now, random::bytes()?), now, kind, "vigia");
    event.actor.id = Some("operator".to_owned());
    event.aggregate = Some(Aggregate {
        kind: AggregateKind::Pruning,
        id: id.0,
        version: 1,
        payload: serde_json::to_value(payload).map_err(|_| Error::Damaged("an event of the store's own"))?,
    });
    Ok(event)
}

/// Takes bytes and sealed groups.
async fn take(connection: &mut AnyConnection, ranges: &[(u64, u64)]) -> Result<()> {
    for (first, last) in ranges {
        let statements = [
            (
                "DELETE FROM sealed WHERE slot >= $1 AND slot < $2",
                slot(*first, 0),
                slot(last + 1, 0),
            ),
            (
                "UPDATE entry SET body = NULL WHERE seq >= $1 AND seq < $2 AND body IS NOT NULL",
                *first,
                last + 1,
            ),
        ];
        for (text, from, to) in statements {
            sqlx::query(text)
                .bind(sql::int(from))
                .bind(sql::int(to))
                .execute(&mut *connection)
                .await
                .map_err(Error::sql("pruning"))?;
        }
    }
    Ok(())
}
