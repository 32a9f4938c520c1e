//! The ledger is told of backups and restores.

use crate::append::{Prepared, Request, Writer};
use crate::engine;
use crate::error::{Error, Result};
use crate::random;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::backup::{BackupEvent, LINE};
use vigia_domain::{Event, EventId, Kind as EventKind};

impl Writer {
    /// Appends what happened to the line of backups.
    pub(super) async fn tell_of_backup(
        &mut self,
        kind: EventKind,
        told: &BackupEvent,
        (to, vault_to): (String, Option<String>),
    ) -> Result<()> {
        let doing = "telling of a backup";
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let before = crate::append::state::read(&mut tx, AggregateKind::Backup, LINE).await?;
        let now = self.pen.clock.now();
        let mut event = Event::new(EventId::new(now, random::bytes()?), now, kind, "vigia");
        event.actor.id = Some("operator".to_owned());
        event.details.insert("to".to_owned(), to.into());
        if let Some(vault_to) = vault_to {
            event.details.insert("vault_to".to_owned(), vault_to.into());
        }
        event.aggregate = Some(Aggregate {
            kind: AggregateKind::Backup,
            id: LINE,
            version: before.map_or(0, |row| row.version) + 1,
            payload: serde_json::to_value(told).map_err(|_| Error::Damaged("an event of the store's own"))?,
        });
        let request = Request::own(vec![Prepared::new(&event)?]);
        let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
        for outcome in written.outcomes {
            outcome?;
        }
        tx.commit().await.map_err(Error::sql(doing))?;
        self.grown.send_replace(written.size);
        Ok(())
    }
}
