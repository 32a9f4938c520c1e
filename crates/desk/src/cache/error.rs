//! What can go wrong with the copy.

use super::damage;

/// What can go wrong with the cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// SQLite refused.
    #[error("{attempt}")]
    Sql {
        /// What was being attempted.
        attempt: &'static str,
        /// SQLite's word for it.
        source: sqlx::Error,
    },
    /// A file could not be removed or measured.
    #[error("{attempt}")]
    File {
        /// What was being attempted.
        attempt: &'static str,
        /// The system's word for it.
        source: std::io::Error,
    },
    /// The console is closing.
    #[error("the local copy is closed")]
    Closed,
    /// Bytes that this desk wrote do not read back.
    #[error("the local copy holds something else than was written: {0}")]
    Damaged(String),
}

impl From<vigia_index::Malformed> for CacheError {
    fn from(malformed: vigia_index::Malformed) -> Self {
        Self::Damaged(malformed.0.to_owned())
    }
}

/// Wraps an error of SQLite with what was attempted.
pub(crate) fn sql(attempt: &'static str) -> impl FnOnce(sqlx::Error) -> CacheError {
    move |source| {
        damage::note(&source);
        CacheError::Sql { attempt, source }
    }
}

impl CacheError {
    /// Whether the file does not read back, so that nothing but fetching it again helps.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Sql { source, .. } => damage::is(source),
            Self::Damaged(_) => true,
            Self::File { .. } | Self::Closed => false,
        }
    }

    /// Whether there was no room left.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Sql { source, .. } => damage::is_full(source),
            Self::File { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            Self::Closed | Self::Damaged(_) => false,
        }
    }
}
