//! What the suites share: where the real inputs lie, and how the project's own files are found.
//!
//! A test that needs `../shared` asks [`shared`] for it and returns at once where there is none;
//! `./test` counts those tests as skipped, and as failed where the folder does exist.
//! Deliberately absent: personas and fixtures of one noun; they live in that noun's suite.

pub mod persona;
pub mod platform;
pub mod tamper;
pub mod window;

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
#[expect(clippy::print_stdout, reason = "./test counts these lines")]
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = shared_folder();
    if !folder.is_dir() {
        println!("SKIPPED {}: needs ../shared", current_test());
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

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the suites read the environment"
)]
fn shared_folder() -> PathBuf {
    std::env::var("VIGIA_SHARED").map_or_else(|_| root().join("../shared"), PathBuf::from)
}

fn current_test() -> String {
    std::thread::current().name().unwrap_or("a test").to_owned()
}
