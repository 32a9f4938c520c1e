//! The verifier: does what lies in a store, or came over the wire, hold together?
//!
//! It trusts nothing that the writer computed. It reads the few fields of an entry that it needs
//! with a reader of its own ([`read_entry`]), keeps a tree of its own ([`Frontier`]), and shares with
//! the writer only the functions of [`crate::hash`]. It never panics and never stops at the first thing
//! it finds: what does not fit becomes a [`Finding`], which is evidence with both sides in it.
//!
//! Deliberately absent: reading tables, opening sealed groups, fetching. The caller feeds rows.

mod absent;
mod auditor;
mod entry;
mod finding;
mod frontier;
mod history;
mod tables;

pub use auditor::{Auditor, Body, GroupState, MAX_FINDINGS, Row, Verdict};
pub use entry::{ClearEntry, Commitment, Holder, UnreadableEntry, read_entry};
pub use finding::{Finding, HashText, Head};
pub use frontier::{Frontier, MalformedFrontier};
pub use history::{grown, trusted_head};
pub use tables::{StoredHead, Tables};
