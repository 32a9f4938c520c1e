//! SQLite's own words.
//!
//! Must stay true: WAL with `synchronous = FULL` (an answer after a commit is durable) and
//! `secure_delete` (what is deleted is overwritten), on every connection.

use super::{Fate, Mode, WAIT};
use crate::error::{Error, Result};
use sqlx::any::AnyConnectOptions;
use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;
use sqlx::{AnyConnection, ConnectOptions as _, Executor as _, Row as _};
use std::path::Path;
use std::str::FromStr as _;

/// Primary result codes: the low byte of the extended ones.
pub(super) fn fate(error: &dyn DatabaseError) -> Option<Fate> {
    let error = error.try_downcast_ref::<SqliteError>()?;
    let code: u32 = error.code()?.parse().ok()?;
    Some(match code & 0xff {
        5 | 6 => Fate::Locked,
        13 => Fate::DiskFull,
        3 | 8 | 10 | 14 | 23 => Fate::Unreachable,
        _ => Fate::Other,
    })
}

pub(super) fn options(file: &Path, mode: Mode) -> Result<AnyConnectOptions> {
    Ok(AnyConnectOptions::from_str(&url(file, mode))
        .map_err(Error::sql("naming the database"))?
        .disable_statement_logging())
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

/// What a connection begins with. Whoever looks does not even change the journal's mode.
pub(super) fn words(mode: Mode) -> String {
    let wait = WAIT.as_millis();
    if mode == Mode::Look {
        return format!("PRAGMA busy_timeout = {wait}; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;");
    }
    format!(
        "PRAGMA busy_timeout = {wait};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536;
         PRAGMA wal_autocheckpoint = 8192;"
    )
}

/// Makes an entry unchangeable by any statement but pruning, which takes body and nothing else.
/// Whoever drops these triggers is noticed by the verifier; they are here against mistakes.
pub(super) const TRIGGERS: &str = "
CREATE TRIGGER IF NOT EXISTS entry_is_not_changed BEFORE UPDATE ON entry
WHEN NEW.seq <> OLD.seq OR NEW.leaf <> OLD.leaf OR NEW.body IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_is_not_removed BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;";

pub(super) const TRIGGER_NAMES: [&str; 2] = ["entry_is_not_changed", "entry_is_not_removed"];

pub(super) const TRIGGERS_THERE: &str =
    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entry'";

pub(super) const COLUMNS: &str =
    "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid";

/// Writes the log's pages home and empties it, so that no deleted row lives on in it. Waits for
/// readers as long as any statement; `false` where they did not end.
pub(super) async fn empty_log(connection: &mut AnyConnection) -> Result<bool> {
    let doing = "emptying the write-ahead log";
    let row = connection
        .fetch_one("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .map_err(Error::sql(doing))?;
    let busy: i64 = row.try_get(0).map_err(Error::sql(doing))?;
    Ok(busy == 0)
}
