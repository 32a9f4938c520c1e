//! JSON objects.
use crate::{Draft, Hints};
pub(crate) enum Refused {
    Unfinished,
    NotJson,
    BadField(&'static str),
}
pub(crate) fn read(_: &[u8], _: &Hints) -> Result<Draft, Refused> {
    Err(Refused::NotJson)
}
