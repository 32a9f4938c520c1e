//! The query language over the local copy: the tree of `vigia-query` becomes SQL with bound
//! parameters only ([`sql`]). Nothing of the text ever stands in the SQL.

pub mod sql;

pub use vigia_query::{Field, Phrase, Query, QueryError, Test, parse};
