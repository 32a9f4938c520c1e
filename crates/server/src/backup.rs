//! Backups while the platform runs: daily, and soon after an erasure, because until the next set the
//! erased lives on in the last one.

use crate::event::Origin;
use crate::{Error, Platform, operator_may};
use chrono::TimeDelta;
use std::time::Duration;
use vigia_domain::Kind;
use vigia_store::{Authority, BackupMade, BackupPlan, Store};

/// How often it is looked whether one is due, in seconds.
const LOOK_SECONDS: u64 = 300;
/// From one backup to the next.
const DAILY: TimeDelta = TimeDelta::hours(24);
/// After one that failed, the next try.
const AFTER_FAILURE: Duration = Duration::from_secs(60 * 60);

impl Platform {
    /// Makes backups until the platform stops: one a day, and one after whatever was erased.
    pub async fn keep_backups(self, plan: BackupPlan) {
        let mut wait = Duration::from_secs(1);
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stopping() => return,
            }
            wait = Duration::from_secs(LOOK_SECONDS);
            match self.back_up_where_due(&plan).await {
                Ok(None) => {}
                Ok(Some(made)) => {
                    tracing::info!(name = %made.name, size = made.manifest.size, "a backup was made and checked");
                }
                Err(_) if self.is_stopping() => return,
                Err(error) => {
                    wait = AFTER_FAILURE;
                    tell_of_failure(self.store(), &self.operator(), &error).await;
                }
            }
        }
    }

    async fn back_up_where_due(&self, plan: &BackupPlan) -> Result<Option<BackupMade>, Error> {
        let (now, state) = (self.now(), self.store().backup_state().await?);
        let due = state.pending || state.last.is_none_or(|last| now - last.at >= DAILY);
        if !due {
            return Ok(None);
        }
        let going = self.clone();
        let permit = operator_may(now)?;
        let made = self
            .store()
            .backup(&permit, plan, now, || !going.is_stopping())
            .await?;
        Ok(Some(made))
    }
}

/// Writes into the log that there is no backup, and why.
pub async fn tell_of_failure(store: &Store, operator: &Origin, error: &Error) {
    let cause = crate::http::problem::cause(error);
    tracing::error!(%error, cause, "no backup was made; the last one stays");
    let told = async {
        let mut event = operator.event(Kind::BACKUP_FAILED, "No backup was made; the last one stays")?;
        event
            .details
            .insert("reason".to_owned(), error.to_string().into());
        store.record(Authority::Own, vec![event]).await?;
        Ok::<_, Error>(())
    };
    if let Err(error) = told.await {
        tracing::error!(%error, "a failed backup is not in the log");
    }
}
