//! Files that are replaced whole or not at all, in folders that only their owner may enter.

use crate::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Files written by this process so far.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

pub(super) fn failed(attempt: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.display().to_string();
    move |source| Error::File {
        attempt,
        path,
        source,
    }
}

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// Where it cannot be made.
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(folder)
        .map_err(failed("making the folder", folder))
}

/// Reads a JSON file; `None` where it is not there.
///
/// # Errors
/// Where it is there and cannot be read.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("reading", path)(error)),
    };
    let malformed = |source| Error::Malformed {
        path: path.display().to_string(),
        source,
    };
    serde_json::from_slice(&bytes).map(Some).map_err(malformed)
}

/// Replaces a JSON file whole: another file, flushed, renamed over it, the folder flushed.
///
/// # Errors
/// Where a step fails; then the old file is still there.
pub fn write(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let malformed = |source| Error::Malformed {
        path: path.display().to_string(),
        source,
    };
    let mut text = serde_json::to_vec_pretty(value).map_err(malformed)?;
    text.push(b'\n');
    replace(path, &text)
}

/// Replaces a file whole, in the same way.
///
/// # Errors
/// Where a step fails; then the old file is still there.
pub fn replace(path: &Path, text: &[u8]) -> Result<(), Error> {
    // Consoles may write the same file side by side, in one process or in several.
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let fresh = path.with_extension(format!("{}-{number}.new", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&fresh)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        // Windows cannot open a folder; there the rename itself is durable.
        if cfg!(unix)
            && let Some(folder) = path.parent()
        {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(failed("writing", path))
}
