//! A file of JSON lines that grows at its end and is thinned now and then as a whole.
//!
//! A line that broke off, because the computer stopped while it was written, is passed over; nothing
//! else of the file is lost with it.

use crate::Error;
use crate::home;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

fn failed(attempt: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.display().to_string();
    move |source| Error::File {
        attempt,
        path,
        source,
    }
}

fn line(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let malformed = |source| Error::Malformed {
        path: path.display().to_string(),
        source,
    };
    serde_json::to_vec(value).map_err(malformed)
}

/// Adds a line. It begins with a line feed too, so that one that broke off spoils only itself.
pub(super) fn append(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut text = vec![b'\n'];
    text.extend(line(path, value)?);
    text.push(b'\n');
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed("opening", path))?;
    file.write_all(&text).map_err(failed("writing", path))?;
    file.sync_data().map_err(failed("writing", path))
}

/// Every line that can be read, in order; none where there is no file.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("reading", path)(error)),
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

/// Replaces the file.
pub(super) fn replace<T: Serialize>(path: &Path, values: &[T]) -> Result<(), Error> {
    let mut text = Vec::new();
    for value in values {
        text.extend(line(path, value)?);
        text.push(b'\n');
    }
    home::replace(path, &text)
}
