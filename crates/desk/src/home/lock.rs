//! Lock files: what only one console may do at a time, or only while no other does something else.

use super::file::failed;
use crate::Error;
use std::fs::{self, File, OpenOptions};
use std::path::Path;

/// A file that only one process may hold; free again when dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "holding the file is holding the lock")] File);

/// Takes a lock file, without waiting; `None` where another process holds it.
///
/// # Errors
/// Where the file cannot be opened.
pub fn try_lock(path: &Path) -> Result<Option<Lock>, Error> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed("opening the lock", path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(failed("locking", path)(error)),
    }
}

/// Takes a lock file together with others who take it so; `None` where somebody holds it alone.
///
/// # Errors
/// Where the file cannot be opened.
pub fn try_lock_shared(path: &Path) -> Result<Option<Lock>, Error> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed("opening the lock", path))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(failed("locking", path)(error)),
    }
}

/// Takes a lock file, waiting for whoever holds it.
///
/// # Errors
/// Where the file cannot be opened or locked.
pub fn lock(path: &Path) -> Result<Lock, Error> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed("opening the lock", path))?;
    file.lock().map_err(failed("locking", path))?;
    Ok(Lock(file))
}
