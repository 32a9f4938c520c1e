//! What is true: events, people, access and the state machines of every noun.
//!
//! Pure: no SQL, no HTTP, no clock, no randomness, no Tauri. Time and ids come in as parameters.
//! Whatever lies in the ledger is written and read by `entry`; its bytes are fixed
//! (docs/ledger.md).

pub mod access;
pub mod account;
pub mod aggregate;
pub mod api_key;
pub mod backup;
pub mod clock;
pub mod entry;
pub mod erasure;
pub mod event;
pub mod evolve;
pub mod export;
pub mod hold;
pub mod holder;
pub mod id;
pub mod kind;
pub mod limit;
pub mod log_key;
pub mod outcome;
pub mod permission;
pub mod person;
pub mod pruning;
pub mod redact;
pub mod retention;
pub mod session;
pub mod settings;

pub use clock::{Clock, Timestamp};
pub use event::Event;
pub use id::{AccountId, ApiKeyId, EventId, SessionId, SubjectId};
pub use kind::Kind;
