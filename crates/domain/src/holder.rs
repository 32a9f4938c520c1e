//! Under whose key something lies sealed.

use crate::id::SubjectId;
use serde::{Deserialize, Serialize};

/// Under whose key a group lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The people it is about, sorted, without repeats; several share a joint key that needs all
    /// of theirs.
    Subjects(Vec<SubjectId>),
    /// Nobody known: the key of a day of `recorded_at` and a retention class.
    Period {
        /// Days since 1970-01-01 UTC.
        day: i32,
        /// Retention class; 0 is the default.
        class: u8,
    },
}
