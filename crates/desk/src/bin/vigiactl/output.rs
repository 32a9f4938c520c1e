//! Everything that `vigiactl` prints.
#![expect(clippy::print_stderr, reason = "this is the binary's output")]

use serde::Serialize;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};

/// A line of the answer. A reader that went away (`| head`) ends the program quietly.
pub fn line(text: &str) {
    if writeln!(stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// One JSON value on a line.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(&text),
        Err(error) => eprintln!("vigiactl: writing the answer: {error}"),
    }
}

/// Something that went wrong.
pub fn error(text: &str) {
    eprintln!("vigiactl: {text}");
}

/// Something to know beside the answer.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// How far it is, on a terminal only.
pub fn progress(text: &str) {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
        let _ = stderr().flush();
    }
}

/// Wipes the progress.
pub fn progress_end() {
    progress("");
}
