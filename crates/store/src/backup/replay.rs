//! What was erased, pruned and dropped after a backup goes from what is restored, and the restored
//! ledger is told so.

use crate::append::{Prepared, Request, Writer, state};
use crate::engine;
use crate::erase::{Erased, remove_groups, tombstone};
use crate::error::{Error, Result};
use crate::retention::{dropped_event, dropped_name, groups_of};
use crate::vault::{Erasing, ErasureState, Person};
use crate::{meta, sql};
use sqlx::Row as _;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use vigia_domain::SubjectId;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::pruning::Period;
use vigia_ledger::seal::open_group;

/// What the set says is gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Gone {
    pub erasures: BTreeMap<Uuid, BTreeSet<SubjectId>>,
    pub periods: BTreeSet<Period>,
    /// First and last of the entries that were pruned.
    pub pruned: Vec<(u64, u64)>,
}

impl Writer {
    /// Tells the ledger again of what was erased and dropped after the backup, and removes it.
    pub(super) async fn replay_gone(&mut self, gone: Gone) -> Result<(u64, u64)> {
        let mut people = 0;
        for (id, subjects) in gone.erasures {
            let mut tx = engine::begin_write(&mut self.platform, "replaying an erasure").await?;
            if state::read(&mut tx, AggregateKind::Erasure, id).await?.is_some() {
                continue;
            }
            let erasing = Erasing {
                id,
                people: subjects
                    .iter()
                    .map(|subject| Person {
                        subject: *subject,
                        rows: Vec::new(),
                    })
                    .collect(),
                periods: Vec::new(),
                state: ErasureState::Pending,
            };
            let mut erased = Erased {
                subjects,
                groups: 0,
                accounts: Vec::new(),
            };
            let request = tombstone(&mut tx, &self.pen, (&erasing, None), &mut erased).await?;
            let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
            for outcome in written.outcomes {
                outcome?;
            }
            remove_groups(&mut tx, &erasing).await?;
            tx.commit().await.map_err(Error::sql("replaying an erasure"))?;
            people += erased.subjects.len() as u64;
        }
        self.replay_pruned(&gone.pruned).await?;
        let dropped = self.replay_dropped(gone.periods).await?;
        Ok((people, dropped))
    }

    async fn replay_dropped(&mut self, periods: BTreeSet<Period>) -> Result<u64> {
        let doing = "replaying dropped periods";
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let mut again = Vec::new();
        for period in periods {
            if meta::get(&mut tx, &dropped_name(period)).await?.is_some() {
                continue;
            }
            let vault = self.pen.vault.clone();
            let ring = vault.refresh(&mut self.vault).await?;
            let held = vault
                .period(&mut self.vault, &ring, period.day, period.class)
                .await?;
            for group in groups_of(&mut tx, period).await? {
                let row = sqlx::query("SELECT data FROM sealed WHERE slot = $1")
                    .bind(sql::int(group.slot))
                    .fetch_optional(&mut *tx)
                    .await
                    .map_err(Error::sql(doing))?;
                let Some(row) = row else { continue };
                let data: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
                // What was sealed anew for a legal hold opens with the fresh key, if it is in here.
                let opens = held
                    .as_ref()
                    .is_some_and(|held| open_group(&held.key, &group.event, group.index, &data).is_ok());
                if !opens {
                    sqlx::query("DELETE FROM sealed WHERE slot = $1")
                        .bind(sql::int(group.slot))
                        .execute(&mut *tx)
                        .await
                        .map_err(Error::sql(doing))?;
                }
            }
            meta::set(&mut tx, &dropped_name(period), "").await?;
            again.push(period);
        }
        let count = again.len() as u64;
        if count > 0 {
            let event = dropped_event(&self.pen, again, false)?;
            let request = Request::own(vec![Prepared::new(&event)?]);
            let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
            for outcome in written.outcomes {
                outcome?;
            }
        }
        tx.commit().await.map_err(Error::sql(doing))?;
        Ok(count)
    }
}
