//! Rows of any table as plain values, in either engine: for moving a platform to another database
//! and for its backup.
//!
//! Must stay true: what is read here goes in elsewhere as it was, byte by byte. Names come from the
//! live schema and are quoted.

use crate::engine;
use crate::error::{Error, Result};
use crate::sql;
use futures::{Stream, StreamExt as _};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

/// Values of one INSERT; PostgreSQL binds at most 65,535, SQLite 32,766.
const VALUES_PER_INSERT: usize = 7_000;
/// The table that says which migrations were applied; every database writes its own.
const MIGRATION: &str = "migration";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Bytes,
    Text,
}

/// What a row has in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    Null,
}

/// A table of the live schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub name: String,
    pub columns: Vec<(String, Kind)>,
}

impl Table {
    fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        names.join(", ")
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every table that holds data, in the order of names.
pub(crate) async fn all(connection: &mut AnyConnection) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    for found in engine::columns(connection).await? {
        if found.table == MIGRATION {
            continue;
        }
        let kind = match found.kind.as_str() {
            "BIGINT" | "INTEGER" => Kind::Int,
            "BYTEA" => Kind::Bytes,
            "TEXT" => Kind::Text,
            _ => return Err(Error::Damaged("the schema")),
        };
        match tables.last_mut().filter(|table| table.name == found.table) {
            Some(table) => table.columns.push((found.column, kind)),
            None => tables.push(Table {
                name: found.table,
                columns: vec![(found.column, kind)],
            }),
        }
    }
    Ok(tables)
}

/// How many rows it has.
pub(crate) async fn count(connection: &mut AnyConnection, table: &Table) -> Result<u64> {
    let text = format!("SELECT count(*) FROM {}", quoted(&table.name));
    let rows: i64 = sqlx::query_scalar(AssertSqlSafe(text))
        .fetch_one(connection)
        .await
        .map_err(Error::sql("counting rows"))?;
    sql::number(rows)
}

/// Every row, in the order of the first column; only a few are in memory at a time.
pub(crate) fn rows<'c>(
    connection: &'c mut AnyConnection,
    table: &Table,
) -> impl Stream<Item = Result<Vec<Value>>> + Send + use<'c> {
    let text = format!("SELECT {} FROM {} ORDER BY 1", table.names(), quoted(&table.name));
    let kinds: Vec<Kind> = table.columns.iter().map(|(_, kind)| *kind).collect();
    sqlx::query(AssertSqlSafe(text))
        .persistent(false)
        .fetch(connection)
        .map(move |row| values(&row.map_err(Error::sql("reading rows"))?, &kinds))
}

fn values(row: &AnyRow, kinds: &[Kind]) -> Result<Vec<Value>> {
    let value = |(at, kind): (usize, &Kind)| {
        Ok(match kind {
            Kind::Int => row.try_get::<Option<i64>, _>(at)?.map(Value::Int),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Value::Bytes),
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map(Value::Text),
        }
        .unwrap_or(Value::Null))
    };
    let values: sqlx::Result<Vec<Value>> = kinds.iter().enumerate().map(value).collect();
    values.map_err(Error::sql("reading rows"))
}

/// Takes every row.
pub(crate) async fn empty(connection: &mut AnyConnection, table: &Table) -> Result<()> {
    let text = format!("{} {}", engine::emptying(connection), quoted(&table.name));
    sqlx::query(AssertSqlSafe(text))
        .persistent(false)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(Error::sql("taking rows away"))
}

/// Takes every table away, the one that says which migrations were applied, too.
pub(crate) async fn drop_all(connection: &mut AnyConnection) -> Result<()> {
    let mut names: Vec<String> = engine::columns(connection)
        .await?
        .into_iter()
        .map(|found| found.table)
        .collect();
    names.dedup();
    for name in names {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE {}", quoted(&name))))
            .execute(&mut *connection)
            .await
            .map_err(Error::sql("taking a table away"))?;
    }
    Ok(())
}

/// Writes rows, many in one statement.
pub(crate) async fn insert(connection: &mut AnyConnection, table: &Table, rows: &[Vec<Value>]) -> Result<()> {
    let width = table.columns.len().max(1);
    let into = format!("INSERT INTO {} ({}) VALUES ", quoted(&table.name), table.names());
    for rows in rows.chunks((VALUES_PER_INSERT / width).max(1)) {
        let mut text = into.clone();
        for n in 0..rows.len() {
            text.push_str(if n == 0 { "(" } else { ", (" });
            text.push_str(&sql::list(n * width + 1, width));
            text.push(')');
        }
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        for row in rows {
            for ((_, kind), value) in table.columns.iter().zip(row) {
                query = match (value, kind) {
                    (Value::Int(number), _) => query.bind(*number),
                    (Value::Bytes(bytes), _) => query.bind(bytes.clone()),
                    (Value::Text(text), _) => query.bind(text.clone()),
                    (Value::Null, Kind::Int) => query.bind(None::<i64>),
                    (Value::Null, Kind::Bytes) => query.bind(None::<Vec<u8>>),
                    (Value::Null, Kind::Text) => query.bind(None::<String>),
                };
            }
        }
        query
            .execute(&mut *connection)
            .await
            .map_err(Error::sql("writing rows"))?;
    }
    Ok(())
}
