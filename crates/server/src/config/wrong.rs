//! What is wrong with a configuration, so that whoever wrote it can mend it: where, which key, why,
//! and what to do. All of it at once, so that nobody mends line by line.

use super::Source;
use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where it stands; `None` where it is missing.
    pub source: Option<Source>,
    /// The key, where there is one.
    pub key: String,
    /// Why it is refused, and what to do.
    pub reason: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.reason)
    }
}

/// A configuration that does not hold: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<Wrong>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration does not hold; nothing was opened")?;
        for wrong in &self.0 {
            write!(f, "\n  {wrong}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
