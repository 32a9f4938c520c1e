//! The one connection that writes: transactions, and the dictionaries that rows refer to.

use super::{CacheError, bind, sql};
use crate::query::sql::Arg;
use sqlx::sqlite::SqliteConnection;
use std::collections::HashMap;

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// The dictionaries `word` and `detail_name`, as far as they were needed.
    pub(super) words: HashMap<(&'static str, String), i64>,
    /// `PRAGMA data_version` when they were read: another console may have changed them since.
    pub(super) data_version: i64,
}

impl Writer {
    /// The number of a word in a dictionary, a new one where it is not there yet.
    pub(super) async fn number(&mut self, table: &'static str, text: &str) -> Result<i64, CacheError> {
        if let Some(id) = self.words.get(&(table, text.to_owned())) {
            return Ok(*id);
        }
        let (find, add) = match table {
            "word" => (
                "SELECT id FROM word WHERE text = ?",
                "INSERT INTO word (text) VALUES (?) RETURNING id",
            ),
            _ => (
                "SELECT id FROM detail_name WHERE text = ?",
                "INSERT INTO detail_name (text) VALUES (?) RETURNING id",
            ),
        };
        let attempt = "writing a dictionary of the local copy";
        let found: Option<i64> = sqlx::query_scalar(find)
            .bind(text)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(sql(attempt))?;
        let id = match found {
            Some(id) => id,
            None => sqlx::query_scalar(add)
                .bind(text)
                .fetch_one(&mut self.connection)
                .await
                .map_err(sql(attempt))?,
        };
        self.words.insert((table, text.to_owned()), id);
        Ok(id)
    }

    /// Begins to write. What was known of the dictionaries is forgotten where another console
    /// wrote meanwhile: it may have begun the copy anew.
    pub(super) async fn begin(&mut self) -> Result<(), CacheError> {
        self.run("BEGIN IMMEDIATE").await?;
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut self.connection)
            .await
            .map_err(sql("writing the local copy"))?;
        if version != self.data_version {
            self.data_version = version;
            self.words.clear();
        }
        Ok(())
    }

    /// Commits where the work was done, else takes everything back; the dictionaries as well.
    pub(super) async fn finish(&mut self, outcome: Result<(), CacheError>) -> Result<(), CacheError> {
        let outcome = match outcome {
            Ok(()) => self.run("COMMIT").await,
            failed => failed,
        };
        if outcome.is_err() {
            self.words.clear();
            let _ = self.run("ROLLBACK").await;
        }
        outcome
    }

    pub(super) async fn run(&mut self, statement: &'static str) -> Result<(), CacheError> {
        sqlx::raw_sql(statement)
            .execute(&mut self.connection)
            .await
            .map_err(sql("writing the local copy"))?;
        Ok(())
    }

    pub(super) async fn execute(
        &mut self,
        statement: &'static str,
        args: Vec<Arg>,
    ) -> Result<(), CacheError> {
        bind(sqlx::query(statement), args)
            .execute(&mut self.connection)
            .await
            .map_err(sql("writing the local copy"))?;
        Ok(())
    }
}
