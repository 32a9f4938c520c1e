//! What the suites share: where the real inputs lie, and how the project's own files are found.
//!
//! A test that needs `../shared` asks [`shared`] for it and returns at once where there is none;
//! `./test` counts those tests as skipped, and as failed where the folder does exist.
//! Deliberately absent: personas and fixtures of one noun; they live in that noun's suite.

#[expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a suite fails by panicking; where the server is, the environment says"
)]
pub mod database;
#[cfg(target_os = "linux")]
pub mod desktop;
pub mod keyring;
pub mod persona;
pub mod platform;
pub mod tamper;
pub mod tls;
pub mod window;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The project's root folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// A file or folder of the real inputs that lie beside the project, `data/…`.
///
/// `VIGIA_SHARED` names another folder. Without one this says which test was skipped and answers
/// `None`; with one, a missing file fails the test that asked for it.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = shared_folder();
    if !folder.is_dir() {
        say_skipped();
        return None;
    }
    let wanted = folder.join(path);
    assert!(
        wanted.exists(),
        "{} is not there, though {} is",
        wanted.display(),
        folder.display()
    );
    Some(wanted)
}

fn shared_folder() -> PathBuf {
    variable("VIGIA_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// Says so to whoever reads the output, and to `./test`, which counts the lines of `VIGIA_SKIPS`.
#[expect(clippy::print_stdout, reason = "a skipped test says why")]
fn say_skipped() {
    let thread = std::thread::current();
    let line = format!("SKIPPED {}: needs ../shared\n", thread.name().unwrap_or("a test"));
    print!("{line}");
    if let Some(list) = variable("VIGIA_SKIPS") {
        let file = OpenOptions::new().create(true).append(true).open(&list);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        assert!(written.is_ok(), "{list} cannot be written: {written:?}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the suites read the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
