//! Typed HTTP and WebSocket client of the contract.
//!
//! Every failure is a [`Problem`]: the platform's own where it sent one, `certificate_…` where TLS
//! refused it, `unreachable` where nothing answered, `not_a_platform` where something else did.
//! Nothing here keeps a token, retries, or judges a proof; that is the desk's.

mod access;
mod event;
mod http;
mod ingest;
mod lines;
mod stream;
mod sync;
pub mod tls;

pub use event::EventLines;
pub use http::Client;
pub use ingest::{Ingest, MAX_CHUNK_BYTES, MAX_CHUNK_LINES};
pub use lines::Lines;
pub use stream::Stream;
pub use sync::{SyncLines, SyncQuery};
pub use tls::Trust;

pub use vigia_wire::{Code, Problem};
