//! Which database a test's platform keeps its data in: SQLite in its folder, or, where
//! `VIGIA_TEST_DATABASE` names a PostgreSQL server (`scripts/with-postgres`), a database of its own
//! there, made when it is first asked for.
//!
//! A database outlives its test and goes when the next process looks for room: its name holds the
//! number of the process that made it. The store's own tests include this file too, so nothing of
//! the project is named here.

use sqlx::any::AnyConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::{Mutex, PoisonError};

/// What every test database is called at the front.
const PREFIX: &str = "vigia_test_";

/// Which folder's data lies where; `None` for SQLite in the folder.
static MADE: Mutex<Option<HashMap<PathBuf, Option<String>>>> = Mutex::new(None);

/// The database of the platform with this data folder; `None` where it is SQLite in the folder.
///
/// # Panics
/// Where the server cannot be asked: the test has failed.
#[must_use]
pub fn of(folder: &Path) -> Option<String> {
    named(folder, "template0")
}

/// Gives the copy of a data folder a copy of its database, as files would be copied along. Nobody
/// may be using the original.
///
/// # Panics
/// Where it cannot be copied.
pub fn copy(from: &Path, to: &Path) {
    if let Some(url) = of(from) {
        let url = options(&url);
        let database = url.get_database().expect("a database");
        assert!(named(to, database).is_some());
    }
}

/// This folder's data is SQLite, whatever the environment says.
pub fn in_folder(folder: &Path) {
    set(folder, None);
}

/// This folder's data lies in this database from now on.
pub fn moved_to(folder: &Path, url: &str) {
    set(folder, Some(url.to_owned()));
}

fn set(folder: &Path, url: Option<String>) {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.get_or_insert_default().insert(folder.to_owned(), url);
}

fn named(folder: &Path, template: &str) -> Option<String> {
    let server = std::env::var("VIGIA_TEST_DATABASE").ok()?;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let first = made.is_none();
    let made = made.get_or_insert_default();
    if let Some(url) = made.get(folder) {
        return url.clone();
    }
    let name = format!("{PREFIX}{}_{}", std::process::id(), made.len());
    let words = format!("CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'");
    let admin = server.clone();
    let asked = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(make(&admin, first, &words))
    });
    asked.join().expect("a database");
    let mut url = AnyConnectOptions::from_str(&server)
        .expect("a server's address")
        .database_url;
    url.set_path(&name);
    made.insert(folder.to_owned(), Some(url.to_string()));
    Some(url.to_string())
}

fn options(url: &str) -> PgConnectOptions {
    PgConnectOptions::from_str(url).expect("a database's address")
}

async fn make(server: &str, first: bool, words: &str) {
    let mut server = PgConnection::connect_with(&options(server))
        .await
        .expect("the test server");
    if first {
        remove_left_over(&mut server).await;
    }
    let made = sqlx::query(AssertSqlSafe(words.to_owned()))
        .execute(&mut server)
        .await;
    made.expect("a database of its own");
    server.close().await.expect("closed");
}

/// Drops the databases of processes that ended.
async fn remove_left_over(server: &mut PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname LIKE 'vigia_test_%'")
            .fetch_all(&mut *server)
            .await
            .expect("the databases");
    for name in names {
        let process = name
            .trim_start_matches(PREFIX)
            .split('_')
            .next()
            .unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            // Another process may be dropping it as well.
            let _ = sqlx::query(AssertSqlSafe(drop)).execute(&mut *server).await;
        }
    }
}
