//! The only server crate with SQL: the ledger, the vault, the state, as one [`Store`].
//!
//! Must stay true: every function that reads or writes for somebody names the [`Permit`] it needs;
//! nothing is committed without the event that explains it; an answer after a commit is durable;
//! several processes on one folder never fork the tree; what was erased opens for nobody.
//!
//! Deliberately absent: HTTP, the wire contract, tokens and passwords (they come as hashes), and
//! the verifier, which lives in `vigia-ledger` and gets raw rows from here ([`Audit`]).
//!
//! [`Permit`]: vigia_domain::access::Permit

mod append;
mod backup;
mod breaks;
mod database;
mod engine;
mod erase;
mod error;
mod folder;
mod head;
mod master;
mod meta;
mod migration;
mod random;
mod read;
mod retention;
mod signing;
mod sql;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod transfer;
mod vault;

pub use append::{Authority, Batch, Idempotency, Ingested, Tx, fits};
pub use backup::{
    BackupList, BackupMade, BackupPlan, BackupState, KEEP_DAYS, Listed, Manifest, Restore, Restored,
};
pub use database::{Database, PostgresUrl};
pub use erase::Erased;
pub use error::{Error, Result};
pub use folder::Master;
pub use head::Head;
pub use read::{
    Audit, AuditGroup, AuditNode, AuditRow, BareLog, Beside, Credential, Difference, Export, Exported, Found,
    Indexed, Lookup, MAX_PAGE, Measures, Opened, Stored, SyncRow, TILE_WIDTH, Wanted,
};
pub use retention::{HoldRow, Retained};
pub use signing::Rotation;
pub use store::{Column, Options, Store};
pub use transfer::Moved;
