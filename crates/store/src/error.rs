//! What can go wrong with the store, each variant saying what was being attempted.

use std::path::PathBuf;
use std::sync::Arc;
use vigia_domain::entry::MalformedEntry;
use vigia_domain::evolve::EvolveError;
use vigia_ledger::bucket::BucketError;
use vigia_ledger::checkpoint::CheckpointError;
use vigia_ledger::primitive::DoesNotOpen;

/// What is damaged or does not open where the master key's file is wrong.
pub(crate) const MASTER_KEY: &str = "the master key";
/// What is damaged or does not open where another file of keys is wrong.
pub(crate) const FOLDER_KEY: &str = "a key of the folder";

/// The store's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store did not do what was asked. Cheap to clone: one failed commit answers every request
/// that waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The queue of waiting events is full: try again soon.
    #[error("the queue of events waiting to be written is full")]
    Busy,
    /// Another process held the database for longer than anybody should wait.
    #[error("{doing}: another process holds the database")]
    Locked {
        /// What was being attempted.
        doing: &'static str,
        /// The engine's word for it.
        source: Arc<sqlx::Error>,
    },
    /// No room left. Nothing was half-written.
    #[error("{doing}: the disk is full")]
    DiskFull {
        /// What was being attempted.
        doing: &'static str,
        /// The engine's word for it.
        source: Arc<sqlx::Error>,
    },
    /// The database's file or server could not be reached.
    #[error("{doing}: the database cannot be reached")]
    Unreachable {
        /// What was being attempted.
        doing: &'static str,
        /// The engine's word for it.
        source: Arc<sqlx::Error>,
    },
    /// The database refused for another reason.
    #[error("{doing}")]
    Database {
        /// What was being attempted.
        doing: &'static str,
        /// The engine's word for it.
        source: Arc<sqlx::Error>,
    },
    /// A file of the data folder could not be read or written.
    #[error("{doing} {}", path.display())]
    File {
        /// What was being attempted.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// The system's word for it.
        source: Arc<std::io::Error>,
    },
    /// The folder holds a platform already.
    #[error("{} already holds a platform", .0.display())]
    AlreadyInitialised(PathBuf),
    /// The folder holds no platform.
    #[error("{} holds no platform; make one with init", .0.display())]
    NotInitialised(PathBuf),
    /// A newer program wrote the database.
    #[error("the database {database} is of schema {found}, newer than the {known} this program knows")]
    NewerSchema {
        /// Which database.
        database: &'static str,
        /// Its schema.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// The address of a database is none; its text is not repeated, because it may hold a password.
    #[error("the database's address cannot be used: {0}")]
    DatabaseUrl(&'static str),
    /// The server is too old.
    #[error("the database server is PostgreSQL {found}; version 15 or newer is needed")]
    OldServer {
        /// What it says of itself.
        found: String,
    },
    /// The database cannot hold every text.
    #[error("the database is encoded in {found}; it must be made with the encoding UTF8")]
    Encoding {
        /// Its encoding.
        found: String,
    },
    /// The database holds no platform, though the folder holds keys.
    #[error("the database holds no platform; make one with init, or name the database that has it")]
    EmptyDatabase,
    /// The database holds a platform already.
    #[error("the database already holds a platform")]
    DatabaseInUse,
    /// A move to this database broke off.
    #[error(
        "this database holds an unfinished copy of the platform that was being moved here from {from}; run the same `migrate` again, it goes on from there"
    )]
    Arriving {
        /// The database it comes from.
        from: String,
    },
    /// A restore into this database broke off.
    #[error(
        "a restore into this database broke off, and what it holds is not whole; run the same `restore` again, it begins anew"
    )]
    Restoring,
    /// The platform was moved to another database, and grows there.
    #[error("this platform was moved to {to}; open it there")]
    Moved {
        /// The other database.
        to: String,
    },
    /// Another instance erases, or another command changes the keys.
    #[error("another instance is changing the keys; try again when it is done")]
    KeysInUse,
    /// A copy is not what it was copied from.
    #[error("the copy is not the same as the original: {0}")]
    NotTheSame(&'static str),
    /// A migration was applied that is not the one this program knows.
    #[error("migration {version} of {database} is not the one that was applied")]
    ChangedMigration {
        /// Which database.
        database: &'static str,
        /// Which migration.
        version: i64,
    },
    /// The bucket keys could not be used.
    #[error("using the bucket keys")]
    Buckets(#[from] BucketError),
    /// The vault and the bucket keys do not belong together, like a copy from before an erasure
    /// with keys from after.
    #[error("the vault and the bucket keys are not of the same time: bucket {bucket}")]
    KeysOfAnotherTime {
        /// The first bucket whose key is not there.
        bucket: u8,
    },
    /// A key or a sealed value does not open: damaged, or the master key is another.
    #[error("opening {what}")]
    Unopenable {
        /// What does not open.
        what: &'static str,
        /// The reason.
        source: DoesNotOpen,
    },
    /// The log could not be signed.
    #[error("signing a checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// The system has no randomness to give.
    #[error("asking the system for random bytes")]
    Random(#[from] getrandom::Error),
    /// An entry would be longer than the ledger takes.
    #[error("the event's entry would have {bytes} bytes, more than the ledger takes")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Foreign events may not speak for Vigia.
    #[error("an application may not send events of Vigia itself")]
    Reserved,
    /// The permit does not speak of this service.
    #[error("the permit does not reach the service {0}")]
    OutOfScope(String),
    /// The authority does not reach what the event changes.
    #[error("changing {0} needs another permit")]
    NotPermitted(&'static str),
    /// A change without an event that explains it.
    #[error("a transaction without an event is not committed")]
    NoEvent,
    /// Somebody else changed it first: read again and decide again.
    #[error("the {kind} was changed by somebody else")]
    Conflict {
        /// Which noun.
        kind: &'static str,
    },
    /// An account with this address exists.
    #[error("an account with this address exists")]
    EmailTaken,
    /// The same idempotency key came with another body before.
    #[error("the idempotency key was used with another body")]
    IdempotencyMismatch,
    /// A state cannot follow the one before it.
    #[error("changing a state")]
    Evolve(#[source] Arc<EvolveError>),
    /// A stored entry is not one.
    #[error("reading entry {seq}")]
    Entry {
        /// Its sequence number.
        seq: u64,
        /// What is wrong with it.
        source: Arc<MalformedEntry>,
    },
    /// A stored row holds what it cannot.
    #[error("reading {0}: the stored row is damaged")]
    Damaged(&'static str),
    /// Nothing of that number exists.
    #[error("the ledger has no {0}")]
    OutOfRange(&'static str),
    /// A legal hold keeps the person from being erased.
    #[error("the legal hold {0} keeps this person from being erased; release it first")]
    Held(uuid::Uuid),
    /// The key of the log in the folder is not the one that the log was signed with last.
    #[error(
        "the log's key in the folder is not the one that is in force; it is of another time than the database"
    )]
    OtherLogKey,
    /// The master key's file is gone.
    #[error("the master key {} is missing. Without it nobody's data opens, nobody signs in and nothing is signed; put it back. What needs no key still verifies: `verify --log-key` checks every entry, the tree and the signatures", .0.display())]
    MasterKeyMissing(PathBuf),
    /// The master key opens none of the keys.
    #[error(
        "the master key is another one: it opens none of the keys in this folder, and none of them is damaged for that"
    )]
    WrongMasterKey,
    /// Another master key is to be given.
    #[error("the master key does not lie in the data folder: name the file of the new one")]
    MasterKeyNeeded,
    /// It was asked to stop. Nothing half-written is left.
    #[error("it was stopped before its end")]
    Stopped,
    /// The file is no backup.
    #[error("{} is not a backup of this program", .0.display())]
    NotABackup(PathBuf),
    /// The backup does not open with this master key.
    #[error("{} does not open: the master key is another than at the time of the backup, or the file was changed", .0.display())]
    BackupDoesNotOpen(PathBuf),
    /// The backup holds something else than its manifest says.
    #[error("{} is damaged", .0.display())]
    BackupDamaged(PathBuf),
    /// A file of the backup is not there.
    #[error("{} is missing: this backup is not whole", .0.display())]
    BackupIncomplete(PathBuf),
    /// A manifest is of another backup than the one beside it, or one of them was changed.
    #[error("{} does not fit the backup beside it: it says another {what}", manifest.display())]
    ManifestDoesNotFit {
        /// The manifest.
        manifest: PathBuf,
        /// Where they differ.
        what: &'static str,
    },
    /// The ledger is not what was appended, so that no copy of it could be restored.
    #[error("the ledger was changed from outside: {how}{}; `verify` tells more. No backup was made, and the last one stays", .seq.map(|seq| format!(" (entry {seq})")).unwrap_or_default())]
    LedgerBroken {
        /// The first entry where it shows.
        seq: Option<u64>,
        /// What is wrong.
        how: &'static str,
    },
    /// There is no backup, or none that a set of vault and keys opens.
    #[error("{} holds no backup that can be restored", .0.display())]
    NoBackup(PathBuf),
    /// A restore needs an empty place.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// Nobody has this identifier.
    #[error("nobody is known by this identifier")]
    NobodyKnown,
    /// The last commit failed, and nothing was committed since.
    #[error("the last commit failed")]
    Failing,
    /// The writer ended: the store was closed, or its runtime is going down.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// Whether it says something about this computer, its files and keys, and nothing about what
    /// the databases hold.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Damaged(what) => *what == MASTER_KEY || *what == FOLDER_KEY,
            Self::Unopenable { what, .. } => *what == FOLDER_KEY,
            Self::Locked { .. }
            | Self::DiskFull { .. }
            | Self::Unreachable { .. }
            | Self::File { .. }
            | Self::NotInitialised(_)
            | Self::NewerSchema { .. }
            | Self::DatabaseUrl(_)
            | Self::OldServer { .. }
            | Self::Encoding { .. }
            | Self::EmptyDatabase
            | Self::DatabaseInUse
            | Self::Moved { .. }
            | Self::Arriving { .. }
            | Self::Restoring
            | Self::KeysInUse
            | Self::Buckets(_)
            | Self::KeysOfAnotherTime { .. }
            | Self::Random(_)
            | Self::Stopped
            | Self::MasterKeyMissing(_)
            | Self::WrongMasterKey
            | Self::MasterKeyNeeded
            | Self::OtherLogKey
            | Self::NotEmpty(_)
            | Self::NoBackup(_)
            | Self::BackupDoesNotOpen(_)
            | Self::Closed => true,
            _ => false,
        }
    }

    /// Sorts an engine's error by what the caller can do about it.
    pub(crate) fn sql(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |error| {
            let fate = crate::engine::fate(&error);
            let source = Arc::new(error);
            match fate {
                crate::engine::Fate::Locked => Self::Locked { doing, source },
                crate::engine::Fate::DiskFull => Self::DiskFull { doing, source },
                crate::engine::Fate::Unreachable => Self::Unreachable { doing, source },
                crate::engine::Fate::Other => Self::Database { doing, source },
            }
        }
    }

    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::File {
            doing,
            path,
            source: Arc::new(error),
        }
    }

    pub(crate) fn unopenable(what: &'static str) -> impl Fn(DoesNotOpen) -> Self {
        move |source| Self::Unopenable { what, source }
    }

    pub(crate) fn entry(seq: u64) -> impl Fn(MalformedEntry) -> Self {
        move |error| Self::Entry {
            seq,
            source: Arc::new(error),
        }
    }
}

impl From<EvolveError> for Error {
    fn from(error: EvolveError) -> Self {
        Self::Evolve(Arc::new(error))
    }
}
