//! Why a sync or a check ends before its end: something does not fit, or something failed.

use crate::Error;
use crate::trust::{Finding, FindingKind};

/// Why a sync or a check stopped.
#[derive(Debug)]
pub enum Stop {
    /// The log does not fit what is trusted.
    Finding(Box<Finding>),
    /// Something failed that says nothing about the log.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Stop {
    pub(super) fn finding(
        kind: FindingKind,
        detail: impl Into<String>,
        seq: Option<u64>,
        evidence: serde_json::Value,
    ) -> Self {
        Self::Finding(Box::new(Finding {
            kind,
            detail: detail.into(),
            seq,
            evidence,
        }))
    }
}
