//! Exports that the platform has not been told of yet. Durable before the first byte of an export is
//! written, told once each (the platform knows them by their id), in order.

use super::{Saved, failed};
use crate::Error;
use vigia_domain::clock::to_micros;
use vigia_wire::export::ExportRecord;

/// The most exports that wait; beyond it, connect first.
pub const MAX_WAITING: i64 = 1_000;

impl Saved {
    /// Keeps an export to be told of. `false` where too many wait.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn queue(&self, record: &ExportRecord) -> Result<bool, Error> {
        let attempt = "keeping the record of an export";
        let text = serde_json::to_string(record).map_err(|source| Error::Malformed {
            path: "the record of an export".to_owned(),
            source,
        })?;
        let mut connection = self.connection().await?;
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox")
            .fetch_one(&mut *connection)
            .await
            .map_err(failed(attempt))?;
        if waiting >= MAX_WAITING {
            return Ok(false);
        }
        sqlx::query("INSERT INTO outbox (id, at, record) VALUES (?, ?, ?)")
            .bind(record.id.to_string())
            .bind(to_micros(record.at))
            .bind(text)
            .execute(&mut *connection)
            .await
            .map_err(failed(attempt))?;
        Ok(true)
    }

    /// The exports that wait, the oldest first.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn waiting(&self) -> Result<Vec<ExportRecord>, Error> {
        let mut connection = self.connection().await?;
        let found: Vec<String> = sqlx::query_scalar("SELECT record FROM outbox ORDER BY at, id")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed("reading the records of exports"))?;
        found
            .iter()
            .map(|text| {
                serde_json::from_str(text).map_err(|source| Error::Malformed {
                    path: "the record of an export".to_owned(),
                    source,
                })
            })
            .collect()
    }

    /// The platform was told.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn told(&self, record: &ExportRecord) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        sqlx::query("DELETE FROM outbox WHERE id = ?")
            .bind(record.id.to_string())
            .execute(&mut *connection)
            .await
            .map_err(failed("forgetting the record of an export"))?;
        Ok(())
    }
}
