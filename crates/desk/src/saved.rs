//! What a person made on this computer for one platform: saved searches, recent ones, columns, and
//! exports that the platform has not been told of yet.
//!
//! A small encrypted file of its own beside the copy: it cannot be fetched again, so losing or
//! clearing the copy must not cost it; and queries name people, so it may not lie in the clear. Its
//! key is in the keyring. Without a keyring everything here lives in memory and ends with the
//! process. Deliberately absent: the network.

pub mod outbox;
pub mod search;

use crate::Error;
use crate::secret::Keeper;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::Path;
use std::time::Duration;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};
use zeroize::Zeroizing;

/// The version of schema.sql.
const SCHEMA_VERSION: i64 = 1;
/// Files that could not be read are set aside under this many names at most.
const MAX_ASIDE: u32 = 100;

/// What is kept for one platform.
pub struct Saved {
    /// `None` once it is closed.
    connection: Mutex<Option<SqliteConnection>>,
    lasting: bool,
}

pub(crate) fn failed(attempt: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |source| Error::Saved { attempt, source }
}

fn options(path: &Path, key: &[u8; 32]) -> SqliteConnectOptions {
    let key = Zeroizing::new(format!("\"x'{}'\"", hex::encode(key)));
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .pragma("key", key.as_str().to_owned())
        .pragma("cipher_log_level", "NONE")
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging()
}

/// What a file under this key turned out to be.
enum Found {
    Ready(SqliteConnection),
    /// Written by a newer console.
    Newer(i64),
    /// Of another key, or damaged.
    Unreadable(sqlx::Error),
}

async fn look(options: &SqliteConnectOptions) -> Result<Found, Error> {
    let mut connection = match options.connect().await {
        Ok(connection) => connection,
        Err(error) => return Ok(Found::Unreadable(error)),
    };
    let version: i64 = match sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut connection)
        .await
    {
        Ok(version) => version,
        Err(error) => return Ok(Found::Unreadable(error)),
    };
    if version > SCHEMA_VERSION {
        let _ = connection.close().await;
        return Ok(Found::Newer(version));
    }
    if version < SCHEMA_VERSION {
        make(&mut connection).await?;
    }
    Ok(Found::Ready(connection))
}

/// Two consoles may begin at the same moment; the second finds everything made.
async fn make(connection: &mut SqliteConnection) -> Result<(), Error> {
    let attempt = "making the file of saved searches";
    let run = async |connection: &mut SqliteConnection, text: &'static str| {
        sqlx::raw_sql(text)
            .execute(connection)
            .await
            .map_err(failed(attempt))
    };
    run(connection, "BEGIN IMMEDIATE").await?;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(attempt))?;
    if version == 0 {
        run(connection, include_str!("saved/schema.sql")).await?;
        search::ship(connection).await?;
        run(connection, "PRAGMA user_version = 1").await?;
    }
    run(connection, "COMMIT").await?;
    Ok(())
}

impl Saved {
    /// Opens what is kept in this folder; begins anew where there is nothing. A file that the key
    /// does not open is set aside, never overwritten.
    ///
    /// # Errors
    /// Where the keyring or the file fails.
    pub async fn open(folder: &Path, secret: &str, keeper: &Keeper) -> Result<Self, Error> {
        if !keeper.lasts() {
            return Self::in_memory().await;
        }
        let path = folder.join("saved.db");
        let key = key(secret, keeper).await?;
        let options = options(&path, &key);
        let connection = match look(&options).await? {
            Found::Ready(connection) => connection,
            Found::Newer(version) => {
                tracing::warn!(
                    version,
                    "saved searches are a newer console's; this one keeps its own in memory"
                );
                return Self::in_memory().await;
            }
            Found::Unreadable(error) => {
                tracing::warn!(%error, "saved searches cannot be read with the keyring's key; the file is set aside");
                set_aside(&path)?;
                match look(&options).await? {
                    Found::Ready(connection) => connection,
                    Found::Newer(_) => return Self::in_memory().await,
                    Found::Unreadable(error) => return Err(failed("opening saved searches")(error)),
                }
            }
        };
        Ok(Self {
            connection: Mutex::new(Some(connection)),
            lasting: true,
        })
    }

    async fn in_memory() -> Result<Self, Error> {
        let mut connection = SqliteConnectOptions::new()
            .in_memory(true)
            .disable_statement_logging()
            .connect()
            .await
            .map_err(failed("keeping searches in memory"))?;
        make(&mut connection).await?;
        Ok(Self {
            connection: Mutex::new(Some(connection)),
            lasting: false,
        })
    }

    /// Whether what is kept outlives this process.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.lasting
    }

    async fn connection(&self) -> Result<MappedMutexGuard<'_, SqliteConnection>, Error> {
        let guard = self.connection.lock().await;
        MutexGuard::try_map(guard, Option::as_mut).map_err(|_| Error::stopped("reading saved searches"))
    }

    /// Closes the file.
    pub async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "saved searches were not closed in order");
        }
    }

    /// Something that was chosen, as text.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn choice(&self, name: &'static str) -> Result<Option<String>, Error> {
        let mut connection = self.connection().await?;
        sqlx::query_scalar("SELECT value FROM choice WHERE name = ?")
            .bind(name)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed("reading a choice"))
    }

    /// Keeps something that was chosen; `None` forgets it.
    ///
    /// # Errors
    /// Where the file fails.
    pub async fn choose(&self, name: &'static str, value: Option<&str>) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        let query = match value {
            Some(value) => sqlx::query(
                "INSERT INTO choice (name, value) VALUES (?, ?) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value),
            None => sqlx::query("DELETE FROM choice WHERE name = ?").bind(name),
        };
        query
            .execute(&mut *connection)
            .await
            .map_err(failed("keeping a choice"))?;
        Ok(())
    }
}

async fn key(secret: &str, keeper: &Keeper) -> Result<Zeroizing<[u8; 32]>, Error> {
    let kept = keeper.get(secret).await?;
    if let Some(key) = kept.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()) {
        return Ok(Zeroizing::new(key));
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    getrandom::fill(key.as_mut_slice()).map_err(Error::Random)?;
    keeper.set(secret, Zeroizing::new(key.to_vec())).await?;
    Ok(key)
}

/// Another key may come back; what it opens must still be there then.
fn set_aside(path: &Path) -> Result<(), Error> {
    for number in 1..=MAX_ASIDE {
        let aside = path.with_extension(format!("unreadable-{number}.db"));
        if aside.exists() {
            continue;
        }
        return std::fs::rename(path, &aside).map_err(|source| Error::File {
            attempt: "setting aside",
            path: path.display().to_string(),
            source,
        });
    }
    Err(Error::stopped(
        "setting aside an unreadable file of saved searches",
    ))
}

#[cfg(test)]
mod tests;
