//! Replaying: the state rows are what their events say, and this proves it.

use super::WALK;
use crate::append::state::{self, StateRow};
use crate::error::{Error, Result};
use crate::store::Store;
use sqlx::Row;
use std::collections::BTreeMap;
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
        let size = self.head().await?.size;
        let mut differences = Vec::new();
        let mut replayed = Rows::new();
        let mut next = 0;
        while next < size {
            let count = WALK.min(size - next);
            for (seq, body) in super::bodies(self, next, count).await? {
                let Some(body) = body.filter(|_| seq < next + count) else {
                    continue;
                };
                if let Err(reason) = replay(&mut replayed, seq, &body) {
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
        self.compare(replayed, size, &mut differences).await?;
        Ok(differences)
    }

    /// Rows that were moved after the replay's end are left out.
    async fn compare(&self, mut replayed: Rows, size: u64, differences: &mut Vec<Difference>) -> Result<()> {
        let doing = "reading state";
        let rows = sqlx::query(
            "SELECT version, state, updated_seq, owner, kind, id FROM aggregate ORDER BY kind, id",
        )
        .fetch_all(self.platform())
        .await
        .map_err(Error::sql(doing))?;
        for row in &rows {
            let kind: String = row.try_get(4).map_err(Error::sql(doing))?;
            let id: String = row.try_get(5).map_err(Error::sql(doing))?;
            let other = replayed.remove(&(kind.clone(), id.clone()));
            let stored = state::parse(row, 0).map_err(|error| error.to_string());
            let same = match (&stored, &other) {
                (Ok(stored), _) if stored.updated_seq >= size => true,
                (Ok(stored), Some(other)) => stored == other,
                _ => false,
            };
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
        Ok(())
    }
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
