//! Finding entries for a reader: which entries the blind indexes lead to, and entries read by their
//! numbers.
//!
//! What an index leads to is a superset: whoever asks opens the entries and looks again. It is
//! complete, too, because entries that hold a value which no index holds (an address or a name that
//! several people share) are listed under a row of their own ([`UNINDEXED`]), and entries from before
//! that list are told apart by [`Store::indexed_from`](crate::Store::indexed_from).

mod entries;
mod index;

pub use entries::{Found, Wanted};
pub(crate) use index::UNINDEXED;
pub use index::{Indexed, Lookup};
