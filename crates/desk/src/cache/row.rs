//! Rows on their way in: bound arguments, and inserts of many rows at a time.

use super::{CacheError, sql};
use crate::query::sql::Arg;
use sqlx::AssertSqlSafe;
use sqlx::query::{Query, QueryAs};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

/// The most bound values of one statement; SQLite allows 32,766.
const MAX_ARGS: usize = 1_000;

/// Binds values in order.
pub fn bind<'q>(
    mut query: Query<'q, Sqlite, SqliteArguments>,
    args: Vec<Arg>,
) -> Query<'q, Sqlite, SqliteArguments> {
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Blob(value) => query.bind(value),
            Arg::Null => query.bind(None::<i64>),
        };
    }
    query
}

/// The same, for queries with typed rows.
pub fn bind_as<'q, T>(
    mut query: QueryAs<'q, Sqlite, T, SqliteArguments>,
    args: Vec<Arg>,
) -> QueryAs<'q, Sqlite, T, SqliteArguments> {
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Blob(value) => query.bind(value),
            Arg::Null => query.bind(None::<i64>),
        };
    }
    query
}

/// Rows of one table, inserted many at a time: what costs is the statement, not the row.
#[derive(Debug)]
pub struct Batch {
    head: &'static str,
    columns: usize,
    args: Vec<Arg>,
}

impl Batch {
    /// Rows for `head` (`INSERT INTO t (a, b)`), with this many columns.
    #[must_use]
    pub fn new(head: &'static str, columns: usize) -> Self {
        Self {
            head,
            columns,
            args: Vec::new(),
        }
    }

    /// Adds a row; writes the batch when it is full.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn push(&mut self, connection: &mut SqliteConnection, row: Vec<Arg>) -> Result<(), CacheError> {
        self.args.extend(row);
        if self.args.len() + self.columns > MAX_ARGS {
            self.flush(connection).await?;
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn flush(&mut self, connection: &mut SqliteConnection) -> Result<(), CacheError> {
        let args = std::mem::take(&mut self.args);
        let rows = args.len().checked_div(self.columns).unwrap_or(0);
        if rows == 0 {
            return Ok(());
        }
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        let text = format!("{} VALUES {}", self.head, vec![row.as_str(); rows].join(", "));
        bind(sqlx::query(AssertSqlSafe(text)), args)
            .execute(connection)
            .await
            .map_err(sql("writing rows of the local copy"))?;
        Ok(())
    }
}
