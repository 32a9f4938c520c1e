//! Foreign bytes to domain events.
//!
//! A [`Reader`] takes a body in chunks of any size and yields one [`Line`] for each line, array
//! item or object in it: the events it became, or why it was refused. Three things stay true:
//! nothing is dropped (an unknown line is a `system.log` event), the bytes that came in are kept in
//! `raw`, and what must never be stored is redacted before anybody else sees the event.
//!
//! Pure: no I/O, no clock, no randomness. The moment of receipt comes in with [`Hints`]; ids are
//! given by whoever appends. Memory is bounded by the longest line, whatever the body.

mod access_log;
mod audit;
mod auth_line;
mod cloudtrail;
mod country;
mod draft;
mod field_map;
mod fields;
mod frame;
mod host_log;
mod inspect;
mod json;
mod nested;
mod pam;
mod plain;
mod reader;
mod rfc5424;
pub mod sample;
mod sshd;
mod syslog;
mod text;
mod time;
mod web_error;
mod winston;

pub use draft::Draft;
pub use field_map::{BadMap, FieldMap, Formats, NoSuchFormat};
pub use reader::{Format, Hints, Line, MAX_EXPANDED, Reader, UnknownFormat};

/// The longest line, in bytes, without its end; a longer one is rejected alone.
pub const MAX_LINE_BYTES: usize = 60 * 1024;

/// The codes a line is rejected with; clients switch on them.
pub mod code {
    /// JSON was demanded and the line is none.
    pub const NOT_JSON: &str = "not_json";
    /// Longer than [`super::MAX_LINE_BYTES`].
    pub const TOO_LONG: &str = "too_long";
    /// Nothing but control characters.
    pub const NOT_TEXT: &str = "not_text";
    /// JSON, but not of the shape that was demanded.
    pub const BAD_FIELD: &str = "bad_field";
}
