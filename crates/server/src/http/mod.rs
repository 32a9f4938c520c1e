//! HTTP: what surrounds a handler, and how it gets at the request.

pub mod body;
pub mod caller;
pub mod envelope;
pub mod problem;
pub mod request;
