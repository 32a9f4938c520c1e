//! Replaying: the state rows are what their events say, and this proves it.

use super::WALK;
use crate::append::state::{self, StateRow};
use crate::engine;
use crate::error::{Error, Result};
use crate::head;
use crate::store::Store;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::ops::Range;
use vigia_domain::access::Permit;
use vigia_domain::access::action::VerifyLedger;
use vigia_domain::aggregate::Recorded;
use vigia_domain::entry::{Entry, Holder};
use vigia_domain::evolve::evolve;

/// Something that replaying does not give. What belongs to one row only is in the other `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The noun; `entry` for an entry that cannot be replayed.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// What the table holds.
    pub stored: Option<String>,
    /// What replaying gives, or why it cannot.
    pub replayed: Option<String>,
}

type Rows = BTreeMap<(String, String), StateRow>;

impl Store {
    /// Replays the whole log and compares; empty where every state row is what its events say.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn replay_check(&self, _permit: &Permit<VerifyLedger>) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        let mut replayed = Rows::new();
        let early = self.head().await?.size;
        self.replay(&mut replayed, 0..early, &mut differences).await?;
        let (size, stored) = self.states().await?;
        self.replay(&mut replayed, early..size, &mut differences).await?;
        compare(stored, replayed, &mut differences);
        Ok(differences)
    }

    /// Replays a range of entries onto the rows.
    async fn replay(
        &self,
        replayed: &mut Rows,
        range: Range<u64>,
        differences: &mut Vec<Difference>,
    ) -> Result<()> {
        let mut next = range.start;
        while next < range.end {
            let count = WALK.min(range.end - next);
            for (seq, body) in super::bodies(self, next, count).await? {
                let Some(body) = body.filter(|_| seq < next + count) else {
                    continue;
                };
                if let Err(reason) = replay(replayed, seq, &body) {
                    differences.push(Difference {
                        kind: "entry".to_owned(),
                        id: seq.to_string(),
                        stored: None,
                        replayed: Some(reason),
                    });
                }
            }
            next += count;
        }
        Ok(())
    }

    /// The head's size and every state row of the same moment, so that every row can be held
    /// against the events that made it, whoever appends meanwhile.
    async fn states(&self) -> Result<(u64, Vec<AnyRow>)> {
        let doing = "reading state";
        let mut tx = engine::begin_read_in(self.platform(), doing).await?;
        let size = head::size(&mut tx).await?;
        let rows = sqlx::query(
            "SELECT version, state, updated_seq, owner, kind, id FROM aggregate ORDER BY kind, id",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(Error::sql(doing))?;
        tx.rollback().await.map_err(Error::sql(doing))?;
        Ok((size, rows))
    }
}

fn compare(stored: Vec<AnyRow>, mut replayed: Rows, differences: &mut Vec<Difference>) {
    for row in &stored {
        let name = |column| {
            row.try_get::<String, _>(column)
                .unwrap_or_else(|_| "(not a text)".to_owned())
        };
        let (kind, id) = (name(4), name(5));
        let other = replayed.remove(&(kind.clone(), id.clone()));
        let stored = state::parse(row, 0).map_err(|error| error.to_string());
        let same = matches!((&stored, &other), (Ok(stored), Some(other)) if stored == other);
        if !same {
            differences.push(Difference {
                kind,
                id,
                stored: Some(stored.map_or_else(|error| error, |row| text(&row))),
                replayed: other.as_ref().map(text),
            });
        }
    }
    differences.extend(replayed.into_iter().map(|((kind, id), row)| Difference {
        kind,
        id,
        stored: None,
        replayed: Some(text(&row)),
    }));
}

fn text(row: &StateRow) -> String {
    format!(
        "version {} at entry {}: {}",
        row.version, row.updated_seq, row.state
    )
}

fn replay(rows: &mut Rows, seq: u64, body: &[u8]) -> Result<(), String> {
    let entry = Entry::from_bytes(body).map_err(|error| error.to_string())?;
    let Some(aggregate) = &entry.aggregate else {
        return Ok(());
    };
    let holders: Vec<Holder> = entry.groups.iter().map(|group| group.holder.clone()).collect();
    let recorded = Recorded {
        seq,
        recorded_at: entry.recorded_at,
        holders: &holders,
    };
    let name = (aggregate.kind.name().to_owned(), aggregate.id.to_string());
    let before = rows.get(&name);
    if aggregate.version != before.map_or(0, |row| row.version) + 1 {
        return Err(format!("version {} does not follow", aggregate.version));
    }
    let state = evolve(
        aggregate.kind,
        before.map(|row| &row.state),
        &aggregate.payload,
        recorded,
    )
    .map_err(|error| error.to_string())?;
    let row = StateRow {
        version: aggregate.version,
        owner: state::owner_of(aggregate.kind, &state),
        state,
        updated_seq: seq,
    };
    rows.insert(name, row);
    Ok(())
}
