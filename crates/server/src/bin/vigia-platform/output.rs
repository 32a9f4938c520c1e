//! What the commands print: answers on standard output, failures on standard error.

use crate::run::Failure;
use std::io::{self, Write as _};
use std::process::ExitCode;
use vigia_server::http::problem::cause;

/// Prints one line of the answer.
///
/// # Errors
/// Where nobody reads any more.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")
}

/// Prints what the operator should know beside the answer.
pub fn warn(text: &str) {
    // Where nobody reads it, the answer still stands.
    let _ = writeln!(io::stderr().lock(), "vigia-platform: warning: {text}");
}

/// Prints a failure; gives the exit code.
pub fn failed(failure: &Failure) -> ExitCode {
    let mut err = io::stderr().lock();
    // Where even this fails, the exit code is all there is to say.
    let _ = writeln!(err, "vigia-platform: {failure}");
    let causes = cause(failure);
    if !causes.is_empty() {
        let _ = writeln!(err, "  because: {causes}");
    }
    ExitCode::from(failure.code())
}
