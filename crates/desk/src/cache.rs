//! The encrypted local copy: SQLCipher with a random raw key, one writer, parallel readers.
//!
//! It holds nothing that could not be fetched again; trust lies outside (trust.rs), so that losing
//! this file cannot reset it. A file that is damaged, has another key, or is of another version is
//! thrown away and fetched again; one that merely cannot be reached is left alone. Deleted content is
//! overwritten (`secure_delete`, in the text index too).
//!
//! Deliberately absent: the network, and any judgement about what is written: whoever calls
//! [`Cache::put_page`] has proven the page.

mod change;
pub(crate) mod damage;
#[cfg(test)]
mod damage_tests;
mod erase;
mod error;
mod listing;
mod pack;
mod packs;
mod page;
mod prune;
mod read;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod sample_log;
#[cfg(test)]
mod search_tests;
mod segment;
mod shared;
mod snapshot;
mod sweep;
mod tally;
#[cfg(test)]
mod tests;
pub(crate) mod view;
mod window;
#[cfg(test)]
mod window_tests;
mod writer;

pub use error::CacheError;
pub(crate) use error::sql;
pub use page::{OpenedGroup, Page, PageEntry, PageRow};
pub use prune::Gone;
pub use read::Stored;
pub use snapshot::{At, Passing, Snapshot};
pub(crate) use sweep::Sweep;
pub(crate) use tally::Ranked;

use shared::Shared;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};
use vigia_ledger::tree::CompactRange;
use writer::Writer;
use zeroize::Zeroizing;

/// The version of schema.sql.
const SCHEMA_VERSION: i64 = 3;
/// SQLite's cache of a reader and of the writer, in KiB; negative because SQLite wants it so. What is
/// asked for often is kept opened (shared.rs).
const READER_KIB: &str = "-4096";
const WRITER_KIB: &str = "-16384";
/// How many searches may run at once.
const READERS: u32 = 4;

/// The raw key of a cache: 256 random bits.
pub type CacheKey = Zeroizing<[u8; 32]>;

/// What opening a copy found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No copy yet.
    Nothing,
    /// A copy that reads back.
    Copy,
    /// One of another version of this program.
    OtherVersion,
    /// One that does not read back with this key.
    Damaged,
}

/// The copy.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    /// `None` once the copy is closed.
    writer: Mutex<Option<Writer>>,
    readers: SqlitePool,
    shared: Arc<Shared>,
}

fn options(path: &Path, key: &CacheKey) -> SqliteConnectOptions {
    // Begun by the cipher itself, OpenSSL would take itself apart at the process's end, under threads
    // that still work in it. (SQLCipher does so in any case, so copies are closed before.)
    openssl_sys::init();
    let key = Zeroizing::new(format!("\"x'{}'\"", hex::encode(key.as_slice())));
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .pragma("key", key.as_str().to_owned())
        .pragma("cipher_log_level", "NONE")
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", WRITER_KIB)
        .pragma("wal_autocheckpoint", "8000")
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging()
}

impl Cache {
    /// What lies at this place. Says nothing of the pages that are not read for it.
    ///
    /// # Errors
    /// Where the file is there and cannot be reached: locked, forbidden, no room beside it.
    pub async fn look(path: &Path, key: &CacheKey) -> Result<Found, CacheError> {
        if !path.exists() {
            return Ok(Found::Nothing);
        }
        let mut connection = match options(path, key).connect().await {
            Ok(connection) => connection,
            Err(error) if damage::is(&error) => return Ok(Found::Damaged),
            Err(error) => return Err(sql("opening the local copy")(error)),
        };
        let version = sqlx::query_scalar::<_, i64>("PRAGMA user_version")
            .fetch_one(&mut connection)
            .await;
        let begins = match version {
            Ok(SCHEMA_VERSION) => sqlx::query("SELECT value FROM state WHERE name = 'range'")
                .fetch_optional(&mut connection)
                .await
                .map(|_| ()),
            _ => Ok(()),
        };
        let _ = connection.close().await;
        match (version, begins) {
            (Ok(SCHEMA_VERSION), Ok(())) => Ok(Found::Copy),
            // A copy has a version as soon as it has anything.
            (Ok(0), _) => Ok(Found::Damaged),
            (Ok(_), Ok(())) => Ok(Found::OtherVersion),
            (Err(error), _) | (_, Err(error)) if damage::is(&error) => Ok(Found::Damaged),
            (Err(error), _) | (_, Err(error)) => Err(sql("reading the local copy's version")(error)),
        }
    }

    /// Opens the copy, or begins an empty one where there is none that this key and this version
    /// can read. Whoever shares it with other consoles looks first ([`Cache::look`]).
    ///
    /// # Errors
    /// Where the file can neither be opened nor made anew.
    pub async fn open(path: &Path, key: &CacheKey) -> Result<Self, CacheError> {
        if !matches!(Self::look(path, key).await?, Found::Copy | Found::Nothing) {
            tracing::info!("the local copy cannot be read with this key or version; it is fetched again");
            remove(path)?;
        }
        let fresh = !path.exists();
        let options = options(path, key);
        let mut connection = options.connect().await.map_err(sql("opening the local copy"))?;
        if fresh {
            let schema = concat!(include_str!("cache/schema.sql"), "\nPRAGMA user_version = 3;");
            sqlx::raw_sql(schema)
                .execute(&mut connection)
                .await
                .map_err(sql("making the local copy"))?;
        }
        let readers = SqlitePoolOptions::new()
            .min_connections(0)
            .max_connections(READERS)
            .connect_with(
                options
                    .create_if_missing(false)
                    .pragma("cache_size", READER_KIB)
                    .pragma("query_only", "ON"),
            )
            .await
            .map_err(sql("opening the local copy for reading"))?;
        let shared = Arc::new(Shared::new());
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Some(Writer {
                connection,
                shared: Arc::clone(&shared),
                words: HashMap::new(),
                data_version: 0,
            })),
            readers,
            shared,
        })
    }

    /// The pool that searches read from.
    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// The one writer, for as long as the guard lives.
    async fn writer(&self) -> Result<MappedMutexGuard<'_, Writer>, CacheError> {
        let guard = self.writer.lock().await;
        MutexGuard::try_map(guard, Option::as_mut).map_err(|_| CacheError::Closed)
    }

    /// Closes every connection and waits until it is closed, so that no thread still works on the
    /// file or in the cipher when the process ends. The last one folds the WAL into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        let Some(mut writer) = self.writer.lock().await.take() else {
            return;
        };
        let folded = writer.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let closed = writer
            .connection
            .close()
            .await
            .map_err(sql("closing the local copy"));
        if let Err(error) = folded.and(closed) {
            tracing::warn!(%error, "the local copy was not closed in order");
        }
    }

    /// Empties the copy: what may be seen has changed, or the copy itself was found changed.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn clear(&self) -> Result<(), CacheError> {
        let mut writer = self.writer().await?;
        let writer = &mut *writer;
        let mut tx = writer
            .connection
            .begin()
            .await
            .map_err(sql("emptying the local copy"))?;
        for table in [
            "DELETE FROM state",
            "DELETE FROM pack",
            "DELETE FROM node",
            "DELETE FROM erased",
            "DELETE FROM segment",
            "DELETE FROM block",
            "DELETE FROM word",
        ] {
            sqlx::raw_sql(table)
                .execute(&mut *tx)
                .await
                .map_err(sql("emptying the local copy"))?;
        }
        tx.commit().await.map_err(sql("emptying the local copy"))?;
        writer.words.clear();
        writer.shared.forget();
        let _ = sqlx::raw_sql("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut writer.connection)
            .await;
        Ok(())
    }

    /// The compact range that the copy ends with.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn range(&self) -> Result<CompactRange, CacheError> {
        let Some(bytes) = self.state("range").await? else {
            return Ok(CompactRange::new());
        };
        read_range(&bytes).ok_or_else(|| CacheError::Damaged("its compact range".to_owned()))
    }

    /// A named value of the copy's own.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn state(&self, name: &'static str) -> Result<Option<Vec<u8>>, CacheError> {
        let row = sqlx::query("SELECT value FROM state WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("reading the copy's state"))?;
        Ok(row.and_then(|row| row.try_get(0).ok()))
    }

    /// Keeps a named value of the copy's own.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn set_state(&self, name: &'static str, value: &[u8]) -> Result<(), CacheError> {
        let mut writer = self.writer().await?;
        put_state(&mut writer.connection, name, value).await
    }

    /// Lets the file grow no further than this many pages, as a full disk would; says how many SQLite
    /// allows now.
    #[cfg(test)]
    pub(crate) async fn limit_pages(&self, pages: u32) -> Result<i64, CacheError> {
        let mut writer = self.writer().await?;
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
            .fetch_one(&mut writer.connection)
            .await
            .map_err(sql("limiting the local copy"))
    }

    /// Bytes on disk, WAL included.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        files(&self.path)
            .iter()
            .filter_map(|file| file.metadata().ok())
            .map(|file| file.len())
            .sum()
    }
}

/// A test may end without closing its copies, and its process right behind it: connections that are
/// closed by being dropped are closed on threads of their own, and SQLCipher takes itself apart under
/// them. The console closes its copies ([`Cache::close`]); those of tests are left as they are.
#[cfg(test)]
impl Drop for Cache {
    fn drop(&mut self) {
        std::mem::forget(self.writer.get_mut().take());
        std::mem::forget(self.readers.clone());
    }
}

async fn put_state(
    connection: &mut SqliteConnection,
    name: &'static str,
    value: &[u8],
) -> Result<(), CacheError> {
    sqlx::query("INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(name)
        .bind(value)
        .execute(connection)
        .await
        .map_err(sql("keeping the copy's state"))?;
    Ok(())
}

/// Size, then the hashes, as bytes.
fn write_range(range: &CompactRange) -> Vec<u8> {
    let mut bytes = range.size().to_be_bytes().to_vec();
    bytes.extend(range.hashes().iter().flatten());
    bytes
}

fn read_range(bytes: &[u8]) -> Option<CompactRange> {
    let (size, hashes) = bytes.split_first_chunk::<8>()?;
    let (hashes, rest) = hashes.as_chunks::<32>();
    if !rest.is_empty() {
        return None;
    }
    CompactRange::from_hashes(u64::from_be_bytes(*size), hashes.to_vec()).ok()
}

fn files(path: &Path) -> [PathBuf; 3] {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    [path.to_owned(), beside("-wal"), beside("-shm")]
}

/// Removes a cache's files.
///
/// # Errors
/// Where one is there and cannot be removed.
pub fn remove(path: &Path) -> Result<(), CacheError> {
    for file in files(path) {
        match std::fs::remove_file(&file) {
            Ok(()) => {}
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => {
                let attempt = "removing the local copy";
                return Err(CacheError::File { attempt, source });
            }
        }
    }
    Ok(())
}
