//! How far a move is, and where a test breaks it off.

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

/// Where a test breaks a move off.
pub(crate) type Breaks = crate::breaks::Breaks<Step>;
