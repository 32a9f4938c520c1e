//! How far a move is, and where a test breaks it off.

use crate::error::Result;

/// The steps after which the machine may stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The target is marked, and empty or half.
    Claimed,
    /// Every row is in the target's transactions.
    Copied,
    VaultCommitted,
    PlatformCommitted,
    SourceClosed,
    /// The mark is gone.
    Arrived,
}

/// Where a test breaks a move off, as a crash or a lost connection would.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Breaks {
    #[cfg(test)]
    pub after: Option<Step>,
}

impl Breaks {
    pub(crate) fn reached(self, step: Step) -> Result<()> {
        #[cfg(test)]
        if self.after == Some(step) {
            return Err(crate::Error::Closed);
        }
        tracing::debug!(?step, "moving");
        Ok(())
    }
}
