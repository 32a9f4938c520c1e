//! The query language of the search bar, of `vigiactl events` and of `GET /v1/events`
//! (docs/query.md).
//!
//! A text becomes a tree of tests on known fields ([`parse()`]). What the tree means is written once
//! and plainly: [`matches()`] on the [`Facts`] of an event. The desk asks its index the same tree and is
//! held against it by its tests; the platform uses it as it is. Every input gives a tree or an error
//! that says what to write instead; none panics.
//!
//! Pure: no SQL, no I/O, no clock.

pub mod facts;
pub mod field;
pub mod matches;
pub mod parse;
pub mod text;
pub mod value;

pub use facts::Facts;
pub use field::Field;
pub use matches::matches;
pub use parse::parse;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Everything.
    All,
    /// What passes each.
    And(Vec<Query>),
    /// What passes any.
    Or(Vec<Query>),
    /// What does not pass.
    Not(Box<Query>),
    /// What passes one test on one field.
    Is(Field, Test),
    /// What holds these words, one after another, in any text.
    Text(Phrase),
}

/// A test on the values of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// There is a value.
    Exists,
    /// A value is this word, folded.
    Word(String),
    /// A value begins with this, folded.
    Prefix(String),
    /// A value is a number between these, both included.
    Between(i64, i64),
    /// A value is an address between these, both included, in the 16 bytes of IPv6.
    Address([u8; 16], [u8; 16]),
    /// A text holds these words.
    Phrase(Phrase),
}

/// Folded words, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The words; at least one.
    pub words: Vec<String>,
    /// Whether the last one may go on.
    pub prefix: bool,
}

/// Why a text is not a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It is longer, deeper or wider than a query may be.
    #[error("the query is too large: at most {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
    /// It does not parse.
    #[error("the query does not parse: check quotes, brackets and what follows a colon")]
    Syntax,
    /// No field has this name.
    #[error("there is no field {name}; did you mean {nearest}?")]
    UnknownField {
        /// The name that was written.
        name: String,
        /// The nearest known one.
        nearest: String,
    },
    /// The value does not fit the field.
    #[error("{field} takes {takes}, not {value}")]
    Value {
        /// The field.
        field: String,
        /// What it takes.
        takes: &'static str,
        /// What was written.
        value: String,
    },
    /// Something that the grammar knows and Vigia does not.
    #[error("{0}")]
    Unsupported(&'static str),
}
