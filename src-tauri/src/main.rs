//! The binary `vigia`: opens the window, and says why where it cannot.

// Without this Windows opens a terminal beside the window.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::process::ExitCode;

/// The exit code for a local failure (docs/operations.md).
const LOCAL_FAILURE: u8 = 5;

fn main() -> ExitCode {
    match vigia_shell::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::from(LOCAL_FAILURE)
        }
    }
}

#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn report(error: &vigia_shell::Error) {
    eprintln!("vigia: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
}
