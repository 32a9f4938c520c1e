//! The rows of a platform's SQLite files once more, by plain multi-row inserts into the same tables:
//! the same pragmas, as many transactions, rows in the same order.
//!
//! Knows no table by name: whatever the platform keeps is copied. Reading is not timed.

use crate::output::{Outcome, line};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, TypeInfo as _, ValueRef as _, raw_sql,
};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Rows of one INSERT.
const ROWS_PER_INSERT: usize = 500;
/// Values of one INSERT; SQLite binds at most 32,766.
const VALUES_PER_INSERT: usize = 16_000;
/// The platform's two files.
const FILES: [&str; 2] = ["platform.db", "vault.db"];

/// What a row has in a column.
enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A table on its way.
struct Table {
    name: String,
    columns: usize,
    rows: u64,
    source: mpsc::Receiver<Vec<Value>>,
}

/// A file on its way.
struct Copy {
    target: SqliteConnection,
    tables: Vec<Table>,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .disable_statement_logging()
}

/// Copies the files of one folder into another, in so many transactions; says how long storing took.
pub async fn store(from: &Path, to: &Path, transactions: u64) -> Outcome<Duration> {
    let transactions = transactions.max(1);
    let mut copies = Vec::new();
    for file in FILES {
        copies.push(begin(&from.join(file), &to.join(file)).await?);
    }
    line(&json!({
        "engine": "SQLite, plain inserts",
        "version": libsqlite(&mut copies).await?,
        "pragmas": ["journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY",
                    "cache_size = -65536", "wal_autocheckpoint = 16384"],
        "rows_per_insert": ROWS_PER_INSERT,
        "transactions": transactions,
        "rows": copies.iter().flat_map(|copy| &copy.tables).map(|table| table.rows).sum::<u64>(),
    }))?;
    let mut took = Duration::ZERO;
    for number in 0..transactions {
        for copy in &mut copies {
            let mut ready = Vec::new();
            for table in &mut copy.tables {
                let share = table.rows * (number + 1) / transactions - table.rows * number / transactions;
                let mut rows = Vec::new();
                for _ in 0..share {
                    let row = table.source.recv().await;
                    rows.push(row.ok_or_else(|| format!("reading {}: a row is missing", table.name))?);
                }
                ready.push((table.name.clone(), table.columns, rows));
            }
            let began = Instant::now();
            commit(&mut copy.target, ready).await?;
            took += began.elapsed();
        }
    }
    for copy in copies {
        copy.target.close().await?;
    }
    Ok(took)
}

async fn libsqlite(copies: &mut [Copy]) -> Outcome<String> {
    let first = copies.first_mut().ok_or("no file to copy")?;
    Ok(sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut first.target)
        .await?)
}

/// The same tables, empty, and what reads the full ones.
async fn begin(from: &Path, to: &Path) -> Outcome<Copy> {
    let mut source = options(from).connect().await?;
    let page: i64 = sqlx::query_scalar("PRAGMA page_size")
        .fetch_one(&mut source)
        .await?;
    let mut target = options(to)
        .create_if_missing(true)
        .page_size(u32::try_from(page)?)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "16384")
        .connect()
        .await?;
    let words: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
         ORDER BY type <> 'table', rowid",
    )
    .fetch_all(&mut source)
    .await?;
    let mut tables = Vec::new();
    for (kind, name, sql) in words {
        raw_sql(AssertSqlSafe(sql)).execute(&mut target).await?;
        if kind == "table" {
            tables.push(table(&mut source, from, name).await?);
        }
    }
    source.close().await?;
    Ok(Copy { target, tables })
}

async fn table(source: &mut SqliteConnection, from: &Path, name: String) -> Outcome<Table> {
    let count = format!("SELECT count(*) FROM {}", quoted(&name));
    let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
        .fetch_one(&mut *source)
        .await?;
    let columns: i64 = sqlx::query_scalar("SELECT count(*) FROM pragma_table_info(?)")
        .bind(&name)
        .fetch_one(source)
        .await?;
    let own = options(from).read_only(true).connect().await?;
    // A queue of one, so that hardly anything is read while the clock runs.
    let (rows_in, rows_out) = mpsc::channel(1);
    tokio::spawn(read(own, quoted(&name), rows_in));
    Ok(Table {
        name,
        columns: usize::try_from(columns)?,
        rows: u64::try_from(rows)?,
        source: rows_out,
    })
}

/// Hands on every row until nobody wants more; a failure shows as a row that is missing.
async fn read(mut connection: SqliteConnection, name: String, rows: mpsc::Sender<Vec<Value>>) {
    use tokio_stream::StreamExt as _;
    let mut found = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {name}"))).fetch(&mut connection);
    while let Some(Ok(row)) = found.next().await {
        let values: Result<Vec<Value>, sqlx::Error> =
            (0..row.len()).map(|index| value(&row, index)).collect();
        let Ok(values) = values else { return };
        if rows.send(values).await.is_err() {
            return;
        }
    }
}

fn value(row: &SqliteRow, index: usize) -> Result<Value, sqlx::Error> {
    let kind = row.try_get_raw(index)?.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "NULL" => Value::Null,
        "INTEGER" => Value::Int(row.try_get(index)?),
        "BLOB" => Value::Bytes(row.try_get(index)?),
        _ => Value::Text(row.try_get(index)?),
    })
}

/// One transaction.
async fn commit(target: &mut SqliteConnection, tables: Vec<(String, usize, Vec<Vec<Value>>)>) -> Outcome {
    let mut tx = target.begin_with("BEGIN IMMEDIATE").await?;
    for (name, columns, rows) in tables {
        let at_once = ROWS_PER_INSERT.min(VALUES_PER_INSERT / columns.max(1));
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<Vec<Value>> = rows.by_ref().take(at_once).collect();
            let row = format!("({})", vec!["?"; columns].join(", "));
            let sql = format!(
                "INSERT INTO {} VALUES {}",
                quoted(&name),
                vec![row; chunk.len()].join(", ")
            );
            let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(chunk.len() == at_once);
            for value in chunk.into_iter().flatten() {
                query = match value {
                    Value::Null => query.bind(None::<i64>),
                    Value::Int(number) => query.bind(number),
                    Value::Text(text) => query.bind(text),
                    Value::Bytes(bytes) => query.bind(bytes),
                };
            }
            query.execute(&mut *tx).await?;
        }
    }
    Ok(tx.commit().await?)
}
