//! Noticing that the copy's file does not read back.
//!
//! SQLCipher checks every page that it reads, so a flipped byte or a cut file shows in whichever
//! statement comes upon it. Which copy it was, the statement does not say: whoever keeps copies open
//! is woken, looks at each with [`Cache::check`], and fetches a damaged one again.

use super::{Cache, CacheError, sql};
use tokio::sync::Notify;

/// Woken when a statement came upon damage.
static NOTICED: Notify = Notify::const_new();

/// SQLite's primary result codes: corrupt, not a database (also: not with this key), and out of
/// memory, which is what SQLite makes of a page that SQLCipher refuses.
const DAMAGED: [i64; 3] = [11, 26, 7];
/// Full.
const FULL: i64 = 13;

fn primary_code(error: &sqlx::Error) -> Option<i64> {
    let sqlx::Error::Database(error) = error else {
        return None;
    };
    let code: i64 = error.code()?.parse().ok()?;
    // The extended codes carry the primary one in their lowest byte.
    Some(code & 0xff)
}

/// Whether the file does not read back.
pub(super) fn is(error: &sqlx::Error) -> bool {
    primary_code(error).is_some_and(|code| DAMAGED.contains(&code))
}

/// Whether there was no room left.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(FULL)
}

/// Wakes whoever looks after copies, where this error tells of damage.
pub(super) fn note(error: &sqlx::Error) {
    if is(error) {
        NOTICED.notify_waiters();
    }
}

/// Wakes whoever looks after copies: a check found damage.
pub(crate) fn wake() {
    NOTICED.notify_waiters();
}

/// Waits until some statement comes upon damage.
pub(crate) async fn noticed() {
    NOTICED.notified().await;
}

impl Cache {
    /// Reads every page and checks it.
    ///
    /// # Errors
    /// Where one does not read back, or the file cannot be read.
    pub async fn check(&self) -> Result<(), CacheError> {
        let found: Option<String> = sqlx::query_scalar("PRAGMA cipher_integrity_check")
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("checking the local copy"))?;
        match found {
            Some(page) => Err(CacheError::Damaged(page)),
            None => Ok(()),
        }
    }
}
