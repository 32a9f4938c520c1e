//! How the platform recognises somebody: passwords, tokens, keys, and how often one may try.
//!
//! What they may then do is `vigia_domain::access`; nothing here decides that.

pub mod limiter;
pub mod password;
pub mod refresh;
pub mod refusal;
pub mod token;
