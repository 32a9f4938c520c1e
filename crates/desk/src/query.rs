//! The query language over the local copy: the tree of `vigia-query`, asked of the copy's index
//! (`crates/index`).

pub use vigia_query::{Field, Phrase, Query, QueryError, Test, parse};
