//! What each engine wants said in its own words: opening, locking, the append-only triggers, freed
//! pages, telling other processes. Everything else in this crate is one SQL text for both.
//!
//! Must stay true: an answer after a commit is durable, on every connection; whoever holds a database's
//! write lock alone writes there, whatever process and machine; what is read under it is not outdated.

mod bundle;
mod postgres;
mod sqlite;

pub(crate) use postgres::Listener;

use crate::database::PostgresUrl;
use crate::error::{Error, Result};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection, Transaction};
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

/// How long a statement waits for another process before it says so.
const WAIT: Duration = Duration::from_secs(15);
/// Readers at the same time, per database.
const READERS: u32 = 4;

/// Where one of a platform's two databases lies.
#[derive(Debug, Clone)]
pub(crate) enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A schema of a PostgreSQL database.
    Schema(PostgresUrl, &'static str),
}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Making it where it is missing.
    Create,
    /// Reading and writing.
    Write,
    /// Changing nothing.
    Look,
}

/// What the caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Try again: somebody else held it.
    Locked,
    /// Make room.
    DiskFull,
    /// The file or the server cannot be reached: rights, the disk, the network.
    Unreachable,
    /// None of these.
    Other,
}

/// Sorts an error of either engine.
pub(crate) fn fate(error: &sqlx::Error) -> Fate {
    match error {
        sqlx::Error::Database(error) => sqlite::fate(error.as_ref())
            .or_else(|| postgres::fate(error.as_ref()))
            .unwrap_or(Fate::Other),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut => Fate::Unreachable,
        _ => Fate::Other,
    }
}

/// The two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Files in the data folder.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// That of a connection.
    pub(crate) fn of(connection: &AnyConnection) -> Self {
        match connection.backend_name() {
            "PostgreSQL" => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    /// That of a pool.
    pub(crate) fn of_pool(pool: &AnyPool) -> Self {
        match pool.connect_options().database_url.scheme() {
            "sqlite" => Self::Sqlite,
            _ => Self::Postgres,
        }
    }

    /// A statement that defines tables, as this engine reads it. SQLite's row id is called INTEGER
    /// and 64 bits wide; that word is 32 bits elsewhere, and there are no row ids to leave out.
    pub(crate) fn definition(self, sql: &'static str) -> Cow<'static, str> {
        match self {
            Self::Sqlite => Cow::Borrowed(sql),
            Self::Postgres => Cow::Owned(sql.replace("INTEGER", "BIGINT").replace(" WITHOUT ROWID", "")),
        }
    }

    /// Statements that make entries unchangeable by mistake.
    pub(crate) fn triggers(self) -> &'static str {
        match self {
            Self::Sqlite => sqlite::TRIGGERS,
            Self::Postgres => postgres::TRIGGERS,
        }
    }

    /// How many bytes a database takes.
    pub(crate) fn measuring(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Self::Postgres => {
                "SELECT CAST(coalesce(sum(pg_total_relation_size(c.oid)), 0) AS BIGINT) FROM pg_class c
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind = 'r' AND n.nspname = current_schema()"
            }
        }
    }

    /// Begins a transaction whose statements all see one state.
    const fn begin_reading(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Begins a transaction that writes. SQLite takes the lock with it.
    const fn begin_writing(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        }
    }
}

impl Location {
    fn options(&self, mode: Mode) -> Result<AnyConnectOptions> {
        match self {
            Self::File(file) => sqlite::options(file, mode),
            Self::Schema(url, _) => url.any_options(),
        }
    }

    async fn prepare(&self, connection: &mut AnyConnection, mode: Mode) -> sqlx::Result<()> {
        let words = match self {
            Self::File(_) => sqlite::words(mode),
            Self::Schema(_, schema) => postgres::words(schema, mode),
        };
        sqlx::raw_sql(AssertSqlSafe(words))
            .execute(&mut *connection)
            .await
            .map(|_| ())
    }

    /// How long a reader waits for a connection. A server that is away is said to be away soon.
    fn patience(&self) -> Duration {
        match self {
            Self::File(_) => Duration::from_secs(30),
            Self::Schema(..) => Duration::from_secs(10),
        }
    }
}

/// Opens a pool of connections.
pub(crate) async fn open(at: &Location, mode: Mode) -> Result<AnyPool> {
    sqlx::any::install_default_drivers();
    let doing = "opening the database";
    let options = at.options(mode)?;
    // A pool tries again for long where a file is no database; one connection says so.
    let mut first = AnyConnection::connect_with(&options)
        .await
        .map_err(Error::sql(doing))?;
    if let Location::Schema(_, schema) = at {
        postgres::check(&mut first, schema, mode).await?;
    }
    at.prepare(&mut first, mode).await.map_err(Error::sql(doing))?;
    first.close().await.map_err(Error::sql(doing))?;
    let prepared = at.clone();
    AnyPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(at.patience())
        .after_connect(move |connection, _| {
            let at = prepared.clone();
            Box::pin(async move { at.prepare(connection, mode).await })
        })
        .connect_with(options)
        .await
        .map_err(Error::sql(doing))
}

/// One connection of its own, for the writer.
pub(crate) async fn connect(at: &Location) -> Result<AnyConnection> {
    let doing = "opening the database for writing";
    let mut connection = AnyConnection::connect_with(&at.options(Mode::Write)?)
        .await
        .map_err(Error::sql(doing))?;
    at.prepare(&mut connection, Mode::Write)
        .await
        .map_err(Error::sql(doing))?;
    Ok(connection)
}

/// Begins a transaction that writes and holds the database's only write lock from here on, so that
/// what it reads cannot be outdated when it writes.
pub(crate) async fn begin_write<'c>(
    connection: &'c mut AnyConnection,
    doing: &'static str,
) -> Result<Transaction<'c, Any>> {
    let engine = Engine::of(connection);
    let mut tx = connection
        .begin_with(engine.begin_writing())
        .await
        .map_err(Error::sql(doing))?;
    if engine == Engine::Postgres {
        postgres::lock_writing(&mut tx).await.map_err(Error::sql(doing))?;
    }
    Ok(tx)
}

/// The same with a connection of a pool.
pub(crate) async fn begin_write_in(pool: &AnyPool, doing: &'static str) -> Result<Transaction<'static, Any>> {
    let engine = Engine::of_pool(pool);
    let mut tx = pool
        .begin_with(engine.begin_writing())
        .await
        .map_err(Error::sql(doing))?;
    if engine == Engine::Postgres {
        postgres::lock_writing(&mut tx).await.map_err(Error::sql(doing))?;
    }
    Ok(tx)
}

/// Sends what a dropped transaction left to be said. Its end is only noted on the connection and
/// sent with the next statement; until then a server goes on holding its locks.
pub(crate) async fn let_go(connection: &mut AnyConnection) -> sqlx::Result<()> {
    match Engine::of(connection) {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => connection.ping().await,
    }
}

/// Begins a transaction that reads: all of its statements see the state of one moment.
pub(crate) async fn begin_read_in(pool: &AnyPool, doing: &'static str) -> Result<Transaction<'static, Any>> {
    pool.begin_with(Engine::of_pool(pool).begin_reading())
        .await
        .map_err(Error::sql(doing))
}

/// Holds the keys against every instance on the same database, until [`unlock_keys`] or the
/// connection's end. The file lock of the data folder does the same on one machine.
pub(crate) async fn lock_keys(vault: &mut AnyConnection) -> Result<()> {
    match Engine::of(vault) {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => postgres::lock_keys(vault).await,
    }
}

/// Like [`lock_keys`], but `false` where another instance holds them.
pub(crate) async fn try_lock_keys(vault: &mut AnyConnection) -> Result<bool> {
    match Engine::of(vault) {
        Engine::Sqlite => Ok(true),
        Engine::Postgres => postgres::try_lock_keys(vault).await,
    }
}

/// Lets go of the keys.
pub(crate) async fn unlock_keys(vault: &mut AnyConnection) -> Result<()> {
    match Engine::of(vault) {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => postgres::unlock_keys(vault).await,
    }
}

/// Holds a database against every other restore into it, until the connection's end.
pub(crate) async fn lock_restoring(connection: &mut AnyConnection) -> Result<()> {
    match Engine::of(connection) {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => postgres::lock_restoring(connection).await,
    }
}

/// What other processes are told with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// The log has so many entries.
    Grown(u64),
    /// Keys went away.
    Keys,
    /// Something may have been missed: look.
    Look,
}

/// Tells every instance on the same database, when the transaction commits. SQLite has no such
/// word; there the others look twice a second.
pub(crate) async fn tell(transaction: &mut AnyConnection, news: News) -> Result<()> {
    match Engine::of(transaction) {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => postgres::tell(transaction, news).await,
    }
}

/// Those of the append-only triggers that are not there, or do nothing.
pub(crate) async fn missing_triggers(pool: &AnyPool) -> Result<Vec<&'static str>> {
    let (text, all) = match Engine::of_pool(pool) {
        Engine::Sqlite => (sqlite::TRIGGERS_THERE, &sqlite::TRIGGER_NAMES[..]),
        Engine::Postgres => (postgres::TRIGGERS_THERE, &postgres::TRIGGER_NAMES[..]),
    };
    let doing = "looking for the append-only triggers";
    let there: Vec<String> = sqlx::query_scalar(text)
        .fetch_all(pool)
        .await
        .map_err(Error::sql(doing))?;
    Ok(all
        .iter()
        .copied()
        .filter(|name| !there.iter().any(|there| there == name))
        .collect())
}

/// Takes the append-only triggers away, for a copy that is no ledger yet; `false` where this
/// database has no entries.
pub(crate) async fn drop_triggers(connection: &mut AnyConnection) -> Result<bool> {
    let (names, on) = match Engine::of(connection) {
        Engine::Sqlite => (&sqlite::TRIGGER_NAMES[..], ""),
        Engine::Postgres => (&postgres::TRIGGER_NAMES[..], " ON entry"),
    };
    if !columns(connection)
        .await?
        .iter()
        .any(|found| found.table == "entry")
    {
        return Ok(false);
    }
    for name in names {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TRIGGER IF EXISTS {name}{on}")))
            .execute(&mut *connection)
            .await
            .map_err(Error::sql("taking the triggers away"))?;
    }
    Ok(true)
}

/// Puts the append-only triggers back.
pub(crate) async fn make_triggers(connection: &mut AnyConnection) -> Result<()> {
    sqlx::raw_sql(Engine::of(connection).triggers())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(Error::sql("putting the triggers back"))
}

/// The words that take every row of the table named behind them.
pub(crate) fn emptying(connection: &AnyConnection) -> &'static str {
    match Engine::of(connection) {
        Engine::Sqlite => "DELETE FROM",
        Engine::Postgres => "TRUNCATE",
    }
}

/// Empties what still holds deleted rows, so far as the engine has a way; `false` where readers
/// kept it from that. PostgreSQL's own vacuum takes dead rows in its time; nothing in them opens.
pub(crate) async fn empty_log(connection: &mut AnyConnection) -> Result<bool> {
    match Engine::of(connection) {
        Engine::Sqlite => sqlite::empty_log(connection).await,
        Engine::Postgres => Ok(true),
    }
}

/// A column of a table, in order of table and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub table: String,
    pub column: String,
    /// As the migrations name it: `BIGINT`, `BYTEA` or `TEXT`, and `INTEGER` for SQLite's row ids.
    pub kind: String,
}

/// Every table and column.
pub(crate) async fn columns(connection: &mut AnyConnection) -> Result<Vec<Found>> {
    let text = match Engine::of(connection) {
        Engine::Sqlite => sqlite::COLUMNS,
        Engine::Postgres => postgres::COLUMNS,
    };
    let rows: Vec<(String, String, String)> = sqlx::query_as(text)
        .fetch_all(connection)
        .await
        .map_err(Error::sql("listing the schema"))?;
    let found = rows.into_iter().map(|(table, column, kind)| Found {
        table,
        column,
        kind: kind.to_uppercase(),
    });
    Ok(found.collect())
}
