//! How far a restore is, and where a test breaks it off.

/// The steps after which the machine may stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The database is marked and has empty tables.
    Claimed,
    VaultFilled,
    PlatformFilled,
    /// Verified, and the mark says so.
    Whole,
    /// The folder has its name, the mark is still there.
    Named,
}

/// Where a test breaks a restore off.
pub(crate) type Breaks = crate::breaks::Breaks<Step>;
