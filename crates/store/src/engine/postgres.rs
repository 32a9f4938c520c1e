//! PostgreSQL's own words: schemas for files, advisory locks for file locks, NOTIFY for looking.
//!
//! Must stay true: every connection commits durably, waits for locks a bounded time, and is noticed
//! by the server when its machine vanishes, so that no lock outlives its holder for long.
//!
//! Deliberately absent: COPY. Rows go in by the same INSERT of many rows as on SQLite.

use super::{Fate, Mode, News, WAIT};
use crate::database::PostgresUrl;
use crate::error::{Error, Result};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgListener, PgPool, PgPoolOptions};
use sqlx::{AnyConnection, AssertSqlSafe, Executor as _, Row as _};
use std::time::Duration;

/// The oldest server that is supported, as `server_version_num`: 15.0.
const OLDEST: i64 = 150_000;
/// How long a transaction may do nothing before the server ends it: its holder hangs or is gone.
const IDLE: &str = "5min";
/// The first half of every advisory lock's name: "Vigi" in ASCII.
const LOCKS: i32 = 0x5669_6769;
/// The second half: who appends to the ledger, who changes the vault, who changes the keys' file, who
/// restores a backup.
const LOCK_PLATFORM: i32 = 1;
const LOCK_VAULT: i32 = 2;
const LOCK_KEYS: i32 = 3;
const LOCK_RESTORING: i32 = 4;
/// The channel that instances hear each other on.
const CHANNEL: &str = "vigia";
/// What is said there of keys; of the log, its size.
const KEYS: &str = "keys";
/// How long a lost ear waits before it listens again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// How long the listener waits for the server.
const LISTEN_PATIENCE: Duration = Duration::from_secs(10);

/// By SQLSTATE (PostgreSQL, appendix A).
pub(super) fn fate(error: &dyn DatabaseError) -> Option<Fate> {
    let code = error.try_downcast_ref::<PgDatabaseError>()?.code();
    Some(match code {
        // Lock not available, query canceled, serialization failure, deadlock.
        "55P03" | "57014" | "40001" | "40P01" => Fate::Locked,
        "53100" => Fate::DiskFull,
        // No such database or schema, no right to it, a server that only reads, one too busy.
        "3D000" | "3F000" | "42501" | "25006" | "53200" | "53300" | "53400" => Fate::Unreachable,
        // Connections lost or refused, passwords refused, the server going down, its disk failing.
        _ => match code.get(..2) {
            Some("08" | "28" | "57" | "58") => Fate::Unreachable,
            _ => Fate::Other,
        },
    })
}

/// Looks whether this server and this database will do, and makes the schema where that is wanted.
pub(super) async fn check(connection: &mut AnyConnection, schema: &'static str, mode: Mode) -> Result<()> {
    let doing = "looking at the database server";
    let row = connection
        .fetch_one(
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_version'),
             current_setting('server_encoding'), current_setting('fsync')",
        )
        .await
        .map_err(Error::sql(doing))?;
    let number: i64 = row.try_get(0).map_err(Error::sql(doing))?;
    let [version, encoding, fsync] = [1, 2, 3].map(|column| row.try_get::<String, _>(column));
    if number < OLDEST {
        return Err(Error::OldServer {
            found: version.map_err(Error::sql(doing))?,
        });
    }
    let encoding = encoding.map_err(Error::sql(doing))?;
    if encoding != "UTF8" {
        return Err(Error::Encoding { found: encoding });
    }
    if fsync.map_err(Error::sql(doing))? != "on" {
        tracing::warn!("the database server runs with fsync off: a crash of its machine may lose events");
    }
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_namespace WHERE nspname = $1")
        .bind(schema)
        .fetch_one(&mut *connection)
        .await
        .map_err(Error::sql(doing))?;
    match (there, mode) {
        (0, Mode::Create) => {
            sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}")))
                .execute(connection)
                .await
                .map_err(Error::sql("making the schema"))?;
            Ok(())
        }
        (0, _) => Err(Error::EmptyDatabase),
        _ => Ok(()),
    }
}

/// What a connection begins with. `remote_apply` promises more than `on` and stays.
pub(super) fn words(schema: &str, mode: Mode) -> String {
    let wait = WAIT.as_millis();
    let read_only = if mode == Mode::Look { "on" } else { "off" };
    format!(
        "SET search_path = {schema}, pg_temp;
         SET default_transaction_read_only = {read_only};
         SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') <> 'remote_apply';
         SET lock_timeout = {wait};
         SET statement_timeout = 0;
         SET idle_in_transaction_session_timeout = '{IDLE}';
         SET tcp_keepalives_idle = 15;
         SET tcp_keepalives_interval = 5;
         SET tcp_keepalives_count = 3;
         SET jit = off;"
    )
}

/// Makes an entry unchangeable by any statement but pruning, which takes body and nothing else.
pub(super) const TRIGGERS: &str = "
CREATE OR REPLACE FUNCTION entry_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE OR REPLACE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry FOR EACH ROW
WHEN (NEW.seq <> OLD.seq OR NEW.leaf <> OLD.leaf OR NEW.body IS NOT NULL) EXECUTE FUNCTION entry_stays();
CREATE OR REPLACE TRIGGER entry_is_not_removed BEFORE DELETE ON entry FOR EACH ROW EXECUTE FUNCTION entry_stays();
CREATE OR REPLACE TRIGGER entry_is_not_emptied BEFORE TRUNCATE ON entry EXECUTE FUNCTION entry_stays();";

pub(super) const TRIGGER_NAMES: [&str; 3] = [
    "entry_is_not_changed",
    "entry_is_not_removed",
    "entry_is_not_emptied",
];

pub(super) const TRIGGERS_THERE: &str = "SELECT t.tgname::text FROM pg_trigger t
     WHERE t.tgrelid = to_regclass('entry') AND t.tgenabled <> 'D' AND NOT t.tgisinternal";

pub(super) const COLUMNS: &str =
    "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY c.relname, a.attnum";

/// Takes the only write lock of the transaction's schema, to its end.
pub(super) async fn lock_writing(transaction: &mut AnyConnection) -> sqlx::Result<()> {
    let text = format!(
        "SELECT pg_advisory_xact_lock({LOCKS}, CASE current_schema() WHEN 'vigia_vault' THEN {LOCK_VAULT} ELSE {LOCK_PLATFORM} END)"
    );
    transaction
        .execute(sqlx::query(AssertSqlSafe(text)))
        .await
        .map(|_| ())
}

pub(super) async fn lock_keys(vault: &mut AnyConnection) -> Result<()> {
    let text = format!("SELECT pg_advisory_lock({LOCKS}, {LOCK_KEYS})");
    vault
        .execute(sqlx::query(AssertSqlSafe(text)))
        .await
        .map(|_| ())
        .map_err(Error::sql("locking the keys"))
}

pub(super) async fn try_lock_keys(vault: &mut AnyConnection) -> Result<bool> {
    let text = format!("SELECT pg_try_advisory_lock({LOCKS}, {LOCK_KEYS})");
    sqlx::query_scalar(AssertSqlSafe(text))
        .fetch_one(vault)
        .await
        .map_err(Error::sql("locking the keys"))
}

pub(super) async fn unlock_keys(vault: &mut AnyConnection) -> Result<()> {
    let text = format!("SELECT pg_advisory_unlock({LOCKS}, {LOCK_KEYS})");
    vault
        .execute(sqlx::query(AssertSqlSafe(text)))
        .await
        .map(|_| ())
        .map_err(Error::sql("letting go of the keys"))
}

pub(super) async fn lock_restoring(connection: &mut AnyConnection) -> Result<()> {
    let text = format!("SELECT pg_advisory_lock({LOCKS}, {LOCK_RESTORING})");
    connection
        .execute(sqlx::query(AssertSqlSafe(text)))
        .await
        .map(|_| ())
        .map_err(Error::sql("waiting for another restore into this database"))
}

pub(super) async fn tell(transaction: &mut AnyConnection, news: News) -> Result<()> {
    let words = match news {
        News::Grown(size) => size.to_string(),
        News::Keys | News::Look => KEYS.to_owned(),
    };
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(words)
        .execute(transaction)
        .await
        .map(|_| ())
        .map_err(Error::sql("telling other instances"))
}

/// Hears what other instances tell. Where that does not work (a pooler between, the server away),
/// it says [`News::Look`] and tries again; whoever waits for news looks now and then anyway.
pub(crate) struct Listener {
    url: PostgresUrl,
    ear: Option<Ear>,
}

struct Ear {
    line: PgListener,
    pool: PgPool,
}

impl Listener {
    pub(crate) fn new(url: PostgresUrl) -> Self {
        Self { url, ear: None }
    }

    /// Whether it hears.
    pub(crate) fn hears(&self) -> bool {
        self.ear.is_some()
    }

    /// The next news.
    pub(crate) async fn next(&mut self) -> News {
        let Some(ear) = &mut self.ear else {
            return self.listen().await;
        };
        match ear.line.try_recv().await {
            Ok(Some(said)) => match said.payload().parse() {
                Ok(size) => News::Grown(size),
                Err(_) if said.payload() == KEYS => News::Keys,
                Err(_) => News::Look,
            },
            // Connected anew: what was said meanwhile is lost.
            Ok(None) => News::Look,
            Err(error) => {
                tracing::warn!(%error, "hearing other instances");
                self.ear = None;
                News::Look
            }
        }
    }

    /// Lets go of the server.
    pub(crate) async fn close(self) {
        if let Some(Ear { line, pool }) = self.ear {
            drop(line);
            pool.close().await;
        }
    }

    async fn listen(&mut self) -> News {
        let listening = async {
            let options = self.url.options()?;
            let failed = Error::sql("listening to other instances");
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .max_lifetime(None)
                .idle_timeout(None)
                .acquire_timeout(LISTEN_PATIENCE)
                .connect_lazy_with(options);
            let mut line = PgListener::connect_with(&pool).await.map_err(&failed)?;
            line.listen(CHANNEL).await.map_err(&failed)?;
            Ok::<_, Error>(Ear { line, pool })
        };
        match listening.await {
            Ok(ear) => self.ear = Some(ear),
            Err(error) => {
                tracing::debug!(%error, "listening to other instances");
                tokio::time::sleep(LISTEN_AGAIN).await;
            }
        }
        News::Look
    }
}
