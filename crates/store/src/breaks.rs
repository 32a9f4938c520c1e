//! Where a test breaks long work off, as a crash or a lost connection would. Outside the tests it is
//! nowhere.

use crate::error::{Error, Result};
use std::fmt::Debug;

/// The step after which the work ends with [`Error::Closed`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Breaks<S> {
    pub after: Option<S>,
}

impl<S> Default for Breaks<S> {
    fn default() -> Self {
        Self { after: None }
    }
}

impl<S: Copy + Debug + PartialEq> Breaks<S> {
    pub(crate) fn reached(self, step: S) -> Result<()> {
        if self.after == Some(step) {
            return Err(Error::Closed);
        }
        tracing::debug!(?step, "a step of long work is done");
        Ok(())
    }
}
