//! Why a command failed, and the exit code that says so.

use std::path::Path;
use vigia_desk::Error;
use vigia_wire::{Code, Problem};

/// The answer is "no".
const NO: u8 = 1;
/// Wrong usage.
const USAGE: u8 = 2;
/// Not signed in, refused, or no keyring.
const REFUSED: u8 = 3;
/// Nothing answers, or something else does.
const UNREACHABLE: u8 = 4;
/// Something on this computer failed.
const LOCAL: u8 = 5;

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What to print.
    pub message: String,
    /// Whether the copy does not read back.
    pub damaged: bool,
}

impl Failure {
    /// There is nothing to keep a sign-in in.
    pub fn no_keyring(reason: &str) -> Self {
        let message = format!("no keyring to keep a sign-in and the copy's key in ({reason})");
        Self {
            code: REFUSED,
            message,
            damaged: false,
        }
    }

    /// A file proves nothing.
    pub fn not_proven(reason: &str) -> Self {
        Self {
            code: NO,
            message: format!("the file proves nothing: {reason}"),
            damaged: false,
        }
    }

    /// There is no copy to answer from.
    pub fn put_away() -> Self {
        let message = "the copy did not read back and was put away; `vigiactl sync` fetches it again, and what \
            is trusted of the log stays";
        Self {
            code: LOCAL,
            message: message.to_owned(),
            damaged: false,
        }
    }

    /// The command cannot mean that.
    pub fn usage(message: &str) -> Self {
        Self {
            code: USAGE,
            message: message.to_owned(),
            damaged: false,
        }
    }

    /// A file that the command names cannot be used.
    pub fn file(attempt: &str, path: &Path, error: &std::io::Error) -> Self {
        Self {
            code: LOCAL,
            message: format!("{attempt} {}: {error}", path.display()),
            damaged: false,
        }
    }
}

fn exit_code(code: Code) -> u8 {
    match code {
        Code::LedgerBroken | Code::KeyChanged | Code::CertificateChanged => NO,
        Code::InvalidRequest
        | Code::InvalidQuery
        | Code::NotFound
        | Code::MethodNotAllowed
        | Code::TooLarge
        | Code::UnsupportedMedia
        | Code::IdempotencyMismatch => USAGE,
        Code::NotSignedIn
        | Code::WrongCredentials
        | Code::SessionEnded
        | Code::Denied
        | Code::TooManyAttempts
        | Code::NoKeyring => REFUSED,
        Code::Unreachable
        | Code::NotAPlatform
        | Code::Busy
        | Code::Internal
        | Code::CertificateUnknown
        | Code::CertificateExpired
        | Code::CertificateName
        | Code::CertificateInvalid => UNREACHABLE,
        Code::Conflict
        | Code::CacheFailed
        | Code::CopyDamaged
        | Code::DiskFull
        | Code::FileFailed
        | Code::NoEmbeddedPlatform => LOCAL,
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let wait = problem
            .retry_after
            .map(|seconds| format!(" (try again in {seconds} s)"))
            .unwrap_or_default();
        Self {
            code: exit_code(problem.code),
            message: format!("{problem}{wait}"),
            damaged: problem.code == Code::CopyDamaged,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.problem().into()
    }
}
