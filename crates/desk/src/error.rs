//! What can go wrong on the desk, and what the window is told of it.

use crate::cache::CacheError;
use crate::query::QueryError;
use crate::secret::SecretError;
use crate::trust::Broken;
use std::error::Error as _;
use std::io::ErrorKind;
use vigia_wire::{Code, Problem};

/// What can go wrong on the desk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The platform said so, or could not be asked.
    #[error("asking the platform")]
    Platform(#[source] Problem),
    /// The local copy failed.
    #[error("using the local copy")]
    Cache(#[from] CacheError),
    /// The keyring failed.
    #[error("using the system's keyring")]
    Secret(#[from] SecretError),
    /// A file of the console failed.
    #[error("{attempt} {path}")]
    File {
        /// What was being attempted.
        attempt: &'static str,
        /// The file.
        path: String,
        /// The system's word for it.
        source: std::io::Error,
    },
    /// A file of the console holds something else than was written.
    #[error("reading {path}")]
    Malformed {
        /// The file.
        path: String,
        /// The parser's word for it.
        source: serde_json::Error,
    },
    /// What a person keeps on this computer failed.
    #[error("{attempt}")]
    Saved {
        /// What was being attempted.
        attempt: &'static str,
        /// SQLite's word for it.
        source: sqlx::Error,
    },
    /// The query is none.
    #[error("reading the query")]
    Query(#[from] QueryError),
    /// The log does not verify. Evidence was kept.
    #[error("the log does not verify: {}", .0.detail)]
    Broken(Box<Broken>),
    /// The request is not what the operation takes.
    #[error("{0}")]
    Request(#[source] Problem),
    /// The system gave no random bytes.
    #[error("asking the system for random bytes")]
    Random(#[source] getrandom::Error),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Platform(problem)
    }
}

impl Error {
    /// Somebody must sign in first.
    #[must_use]
    pub fn not_signed_in() -> Self {
        Self::Request(Problem::new(
            Code::NotSignedIn,
            "nobody is signed in on this console",
        ))
    }

    /// Work on a thread of its own ended without an answer.
    #[must_use]
    pub fn stopped(attempt: &str) -> Self {
        Self::Request(Problem::new(
            Code::Internal,
            format!("{attempt}: the work stopped"),
        ))
    }

    /// Whether the copy's file does not read back.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Cache(error) if error.is_damage())
    }

    /// What the window is told. The cause is logged here, once.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let told = |code: Code| Problem::new(code, self.with_causes());
        match self {
            Self::Platform(problem) | Self::Request(problem) => problem.clone(),
            Self::Cache(error) if error.is_full() => told(Code::DiskFull),
            Self::Cache(error) if error.is_damage() => told(Code::CopyDamaged),
            Self::Cache(_) => {
                tracing::error!(error = %self.with_causes(), "the local copy failed");
                told(Code::CacheFailed)
            }
            Self::Secret(_) => told(Code::NoKeyring),
            Self::File { source, .. } if is_full(source) => told(Code::DiskFull),
            Self::File { .. } | Self::Malformed { .. } | Self::Saved { .. } => told(Code::FileFailed),
            Self::Query(error) => {
                let problem =
                    Problem::new(Code::InvalidQuery, error.to_string()).field("query", error.to_string());
                match error {
                    QueryError::UnknownField { name, nearest } => {
                        problem.field("unknown", name).field("nearest", nearest)
                    }
                    _ => problem,
                }
            }
            Self::Broken(broken) => Problem::new(
                Code::LedgerBroken,
                format!("{}; evidence: {}", broken.detail, broken.evidence),
            ),
            Self::Random(_) => told(Code::Internal),
        }
    }

    /// The error and its causes, in one line.
    #[must_use]
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(deeper) = cause {
            text = format!("{text}: {deeper}");
            cause = deeper.source();
        }
        text
    }
}

/// Whether there was no room left, on the disk or in the person's share of it.
fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
