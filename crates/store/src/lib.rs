//! The only server crate with SQL.
