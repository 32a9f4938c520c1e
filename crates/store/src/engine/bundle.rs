//! Many rows at once. Writing: the marks of a long statement. Reading: many rows in one, because handing
//! a row from an engine to its reader costs more than reading it, and a sync reads millions. Numbers and
//! lengths come as lists of digits with commas between, bytes one after another, all in one order.
//!
//! SQLite joins text alone; bytes pass through that as they are, because it looks into no text and
//! counts its bytes. Whoever reads them compares hashes or opens ciphertexts, and would notice.

use super::Engine;

impl Engine {
    /// Marks for the values of one row of many that are inserted, bound in this order. SQLite looks a
    /// numbered mark up among all of its statement's, one by one, so there they have no numbers.
    pub(crate) fn marks(self, text: &mut String, first: usize, count: usize) {
        match self {
            Self::Sqlite => text.push_str(&["?"].repeat(count).join(", ")),
            Self::Postgres => text.push_str(&crate::sql::list(first, count)),
        }
    }

    /// Entries from `$1` on, at most `$2`: numbers, lengths of leaves, leaves, lengths of bodies (-1: none),
    /// bodies.
    pub(crate) const fn entries_in_one(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT group_concat(seq), group_concat(length(CAST(leaf AS BLOB))),
                 CAST(group_concat(CAST(leaf AS TEXT), '') AS BLOB),
                 group_concat(coalesce(length(CAST(body AS BLOB)), -1)),
                 CAST(group_concat(CAST(body AS TEXT), '') AS BLOB)
                 FROM (SELECT seq, leaf, body FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2)"
            }
            Self::Postgres => {
                "SELECT string_agg(CAST(seq AS TEXT), ',' ORDER BY seq),
                 string_agg(CAST(length(leaf) AS TEXT), ',' ORDER BY seq),
                 string_agg(leaf, ''::bytea ORDER BY seq),
                 string_agg(CAST(coalesce(length(body), -1) AS TEXT), ',' ORDER BY seq),
                 string_agg(body, ''::bytea ORDER BY seq)
                 FROM (SELECT seq, leaf, body FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2) AS stretch"
            }
        }
    }

    /// Sealed groups from slot `$1` on, before `$2`: slots, lengths, bytes.
    pub(crate) const fn sealed_in_one(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT group_concat(slot), group_concat(length(CAST(data AS BLOB))),
                 CAST(group_concat(CAST(data AS TEXT), '') AS BLOB)
                 FROM (SELECT slot, data FROM sealed WHERE slot >= $1 AND slot < $2 ORDER BY slot)"
            }
            Self::Postgres => {
                "SELECT string_agg(CAST(slot AS TEXT), ',' ORDER BY slot),
                 string_agg(CAST(length(data) AS TEXT), ',' ORDER BY slot),
                 string_agg(data, ''::bytea ORDER BY slot)
                 FROM sealed WHERE slot >= $1 AND slot < $2"
            }
        }
    }
}
