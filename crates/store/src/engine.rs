//! What SQLite wants said in its own words: opening, locking, the append-only triggers, freed
//! pages. Everything else in this crate is one SQL text for every engine.
//!
//! Must stay true: WAL with `synchronous = FULL` (an answer after a commit is durable) and
//! `secure_delete` (what is deleted is overwritten), on every connection.

use crate::error::{Error, Result};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Row};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// How long a statement waits for another process before it says so.
const BUSY_MILLIS: u64 = 15_000;
/// Readers at the same time, per database.
const READERS: u32 = 4;
/// How long a reader waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(30);

/// Begins a transaction that writes: it holds the database's only write lock from its first
/// statement on, so what it reads cannot be outdated when it writes.
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// What the caller can do about an error.
pub(crate) enum Fate {
    Locked,
    DiskFull,
    /// The file cannot be reached: rights, the disk itself.
    Unreachable,
    Other,
}

/// Primary result codes of SQLite: the low byte of the extended ones.
pub(crate) fn fate(error: &sqlx::Error) -> Fate {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff);
    match code {
        Some(5 | 6) => Fate::Locked,
        Some(13) => Fate::DiskFull,
        Some(3 | 8 | 10 | 14 | 23) => Fate::Unreachable,
        _ => Fate::Other,
    }
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Making it where it is missing.
    Create,
    /// Reading and writing.
    Write,
    /// Changing nothing, not even the journal's mode.
    Look,
}

/// Opens a pool of connections to the file.
pub(crate) async fn open(file: &Path, mode: Mode) -> Result<AnyPool> {
    sqlx::any::install_default_drivers();
    let doing = "opening the database";
    let options = options(file, mode)?;
    // A pool tries again for half a minute where a file is no database; one connection says so.
    let mut first = AnyConnection::connect_with(&options)
        .await
        .map_err(Error::sql(doing))?;
    prepare(&mut first, mode).await.map_err(Error::sql(doing))?;
    first.close().await.map_err(Error::sql(doing))?;
    AnyPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE)
        .after_connect(move |connection, _| Box::pin(prepare(connection, mode)))
        .connect_with(options)
        .await
        .map_err(Error::sql(doing))
}

fn options(file: &Path, mode: Mode) -> Result<AnyConnectOptions> {
    Ok(AnyConnectOptions::from_str(&url(file, mode))
        .map_err(Error::sql("naming the database"))?
        .disable_statement_logging())
}

/// One connection of its own, for the writer.
pub(crate) async fn connect(file: &Path) -> Result<AnyConnection> {
    let doing = "opening the database for writing";
    let mut connection = AnyConnection::connect_with(&options(file, Mode::Write)?)
        .await
        .map_err(Error::sql(doing))?;
    prepare(&mut connection, Mode::Write)
        .await
        .map_err(Error::sql(doing))?;
    Ok(connection)
}

/// sqlx decodes percent signs in the path, so everything that is not plain is encoded.
fn url(file: &Path, mode: Mode) -> String {
    use std::fmt::Write as _;
    let mut url = String::from("sqlite://");
    for byte in file.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_') {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url.push_str(match mode {
        Mode::Create => "?mode=rwc",
        Mode::Write => "?mode=rw",
        Mode::Look => "?mode=ro",
    });
    url
}

async fn prepare(connection: &mut AnyConnection, mode: Mode) -> sqlx::Result<()> {
    let pragmas = if mode == Mode::Look {
        format!("PRAGMA busy_timeout = {BUSY_MILLIS}; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;")
    } else {
        format!(
            "PRAGMA busy_timeout = {BUSY_MILLIS};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536;
         PRAGMA wal_autocheckpoint = 16384;"
        )
    };
    sqlx::raw_sql(sqlx::AssertSqlSafe(pragmas))
        .execute(&mut *connection)
        .await
        .map(|_| ())
}

/// Makes an entry unchangeable by any statement but pruning, which takes body and nothing else.
/// Whoever drops these triggers is noticed by the verifier; they are here against mistakes.
pub(crate) const TRIGGERS: &str = "
CREATE TRIGGER IF NOT EXISTS entry_is_not_changed BEFORE UPDATE ON entry
WHEN NEW.seq <> OLD.seq OR NEW.leaf <> OLD.leaf OR NEW.body IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_is_not_removed BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;";

/// Those of the triggers that are not there.
pub(crate) async fn missing_triggers(pool: &AnyPool) -> Result<Vec<&'static str>> {
    let doing = "looking for the append-only triggers";
    let rows = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entry'")
        .fetch_all(pool)
        .await
        .map_err(Error::sql(doing))?;
    let there: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<sqlx::Result<_>>()
        .map_err(Error::sql(doing))?;
    let all = ["entry_is_not_changed", "entry_is_not_removed"];
    Ok(all
        .into_iter()
        .filter(|name| !there.iter().any(|there| there == name))
        .collect())
}

/// Writes the log's pages home and empties it, so that no deleted row lives on in it. Waits for
/// readers as long as any statement; `false` where they did not end.
pub(crate) async fn empty_log(connection: &mut AnyConnection) -> Result<bool> {
    let row = connection
        .fetch_one("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .map_err(Error::sql("emptying the write-ahead log"))?;
    let busy: i64 = row
        .try_get(0)
        .map_err(Error::sql("emptying the write-ahead log"))?;
    Ok(busy == 0)
}

/// Every table and column, in order of name and place.
pub(crate) async fn columns(pool: &AnyPool) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
    )
    .fetch_all(pool)
    .await
    .map_err(Error::sql("listing the schema"))?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<sqlx::Result<_>>()
        .map_err(Error::sql("listing the schema"))
}
