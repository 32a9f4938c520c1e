//! A believable week of logs, from the project's own generator.

use vigia_domain::Timestamp;

use crate::Format;

/// One log of the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// The service that would have written it.
    pub service: &'static str,
    /// In what its lines are written.
    pub format: Format,
    /// The lines, oldest first.
    pub lines: String,
}

/// The sample, anchored to now: the same moment gives the same bytes.
#[must_use]
pub fn generate(_now: Timestamp) -> Vec<SampleFile> {
    Vec::new()
}
