//! How far an erasure is, and where a test breaks it off.

use crate::error::Result;

/// The steps after which the machine may stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Intended,
    KeysAdded,
    Forgotten,
    TombstoneAppended,
    KeysDropped,
}

/// Tells how far an erasure is; a test breaks it off there once, as a crash or a full disk would.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    #[cfg(test)]
    pub break_after: std::sync::Arc<std::sync::Mutex<Option<Step>>>,
    /// While set, the database gets no page more.
    #[cfg(test)]
    pub disk_is_full: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl Progress {
    pub(crate) fn reached(&self, step: Step) -> Result<()> {
        #[cfg(test)]
        if let Ok(mut after) = self.break_after.lock()
            && after.take_if(|after| *after == step).is_some()
        {
            return Err(crate::Error::Closed);
        }
        tracing::debug!(?step, "erasing");
        Ok(())
    }

    /// The database fails as on a full disk. SQLite rolls back by itself.
    #[cfg(test)]
    pub(crate) async fn fill_the_disk(&self, connection: &mut sqlx::AnyConnection) -> Result<()> {
        use crate::engine::Engine;
        if self.disk_is_full.load(std::sync::atomic::Ordering::Relaxed) {
            let words = match Engine::of(connection) {
                Engine::Sqlite => "PRAGMA max_page_count = 1",
                Engine::Postgres => "DO $$ BEGIN RAISE 'no room' USING ERRCODE = 'disk_full'; END $$",
            };
            sqlx::raw_sql(words)
                .execute(connection)
                .await
                .map_err(crate::Error::sql("filling the disk"))?;
        }
        Ok(())
    }
}
