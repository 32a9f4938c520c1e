//! The lines.
use crate::{Draft, Hints};
pub(crate) fn read(_: &str, _: &Hints) -> Option<Draft> {
    None
}
