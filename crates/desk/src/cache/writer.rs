//! The one connection that writes: transactions, and the dictionary that the index refers to.

use super::shared::Shared;
use super::{CacheError, sql};
use sqlx::sqlite::SqliteConnection;
use std::collections::HashMap;
use std::sync::Arc;

/// The most words that are remembered: about as many as a large copy's addresses and accounts.
const WORDS: usize = 200_000;
const WRITING: &str = "writing the local copy";

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// What is kept in memory of the copy's index.
    pub(super) shared: Arc<Shared>,
    /// The dictionary `word`, as far as it was needed.
    pub(super) words: HashMap<String, u32>,
    /// `PRAGMA data_version` when it was read: another console may have changed it since.
    pub(super) data_version: i64,
}

impl Writer {
    /// The number of a word in the dictionary, a new one where it is not there yet.
    pub(super) async fn number(&mut self, text: &str) -> Result<u32, CacheError> {
        if let Some(number) = self.words.get(text) {
            return Ok(*number);
        }
        let attempt = "writing a dictionary of the local copy";
        let found: Option<i64> = sqlx::query_scalar("SELECT number FROM word WHERE text = ?")
            .bind(text)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql(attempt))?;
        let number = match found {
            Some(number) => number,
            None => sqlx::query_scalar("INSERT INTO word (text) VALUES (?) RETURNING number")
                .bind(text)
                .fetch_one(&mut self.connection)
                .await
                .map_err(sql(attempt))?,
        };
        let number = u32::try_from(number).map_err(|_| CacheError::Damaged("its dictionary".to_owned()))?;
        if self.words.len() >= WORDS {
            self.words.clear();
        }
        self.words.insert(text.to_owned(), number);
        Ok(number)
    }

    /// Begins to write. What was known of the dictionary is forgotten where another console wrote
    /// meanwhile: it may have begun the copy anew.
    pub(super) async fn begin(&mut self) -> Result<(), CacheError> {
        self.run("BEGIN IMMEDIATE").await?;
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql(WRITING))?;
        if version != self.data_version {
            self.data_version = version;
            self.words.clear();
        }
        Ok(())
    }

    /// Commits where the work was done, else takes everything back; the dictionary as well.
    pub(super) async fn finish(&mut self, outcome: Result<(), CacheError>) -> Result<(), CacheError> {
        let outcome = match outcome {
            Ok(()) => self.run("COMMIT").await,
            failed => failed,
        };
        if outcome.is_err() {
            self.words.clear();
            self.shared.forget();
            let _ = self.run("ROLLBACK").await;
        }
        outcome
    }

    pub(super) async fn run(&mut self, statement: &'static str) -> Result<(), CacheError> {
        sqlx::raw_sql(statement)
            .execute(&mut self.connection)
            .await
            .map_err(sql(WRITING))?;
        Ok(())
    }

    /// Runs a statement with one number.
    pub(super) async fn execute(&mut self, statement: &'static str, number: i64) -> Result<(), CacheError> {
        sqlx::query(statement)
            .bind(number)
            .execute(&mut self.connection)
            .await
            .map_err(sql(WRITING))?;
        Ok(())
    }
}
