//! API sketch.
#![allow(clippy::todo, missing_docs, dead_code, unused_variables)]

use crate::error::Result;
use crate::folder::Master;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{
    ErasePeople, ExportEvents, ReadEvents, ReadPii, RunPlatform, VerifyLedger, WriteAccounts, WriteApiKeys,
    WriteEvents,
};
use vigia_domain::account::Account;
use vigia_domain::api_key::ApiKey;
use vigia_domain::session::Session;
use vigia_domain::{AccountId, ApiKeyId, Clock, Event, SessionId, SubjectId, Timestamp};
use vigia_ledger::Hash;
use vigia_ledger::checkpoint::LogVerifier;
use zeroize::Zeroizing;

/// How to open a data folder.
pub struct Options {
    pub folder: PathBuf,
    pub master: Master,
    pub clock: Arc<dyn Clock>,
}

/// A platform's data. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<()>,
}

/// The tree's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
    pub recorded_at: Timestamp,
    /// The signed note.
    pub checkpoint: String,
}

/// What an application sent in one request.
#[derive(Debug, Clone)]
pub struct Batch {
    pub api_key: ApiKeyId,
    pub idempotency: Option<Idempotency>,
    pub events: Vec<Event>,
    /// The answer, kept so that a repeated request gets the same one.
    pub reply: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct Idempotency {
    pub key: String,
    /// Hash of the request's body.
    pub body: Hash,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    pub seqs: Range<u64>,
    /// The answer given the first time, where this request is a repetition.
    pub replayed: Option<Vec<u8>>,
}

/// What allows Vigia's own events.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// What the platform itself saw or did: sign-ins, refusals, reads. Moves sessions and nothing else.
    Own,
    /// Moves accounts and sessions.
    Accounts(&'a Permit<WriteAccounts>),
    /// Moves API keys.
    ApiKeys(&'a Permit<WriteApiKeys>),
    /// Starting, stopping, loading the sample: events of any service, no aggregates.
    Platform(&'a Permit<RunPlatform>),
}

/// A state row with its version: an event that moves it carries `version + 1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    pub id: Uuid,
    pub version: u64,
    pub updated_seq: u64,
    pub state: T,
}

/// Whose secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// The password's hash.
    Password(AccountId),
    /// The hash of the refresh token in force.
    Refresh(SessionId),
    /// The key's hash.
    ApiKey(ApiKeyId),
}

/// A change under way: committed only with the events that explain it.
pub struct Tx<'a> {
    store: &'a Store,
}

impl Tx<'_> {
    pub fn set_credential(&mut self, credential: Credential, secret: Vec<u8>) {
        todo!()
    }
    pub fn delete_credential(&mut self, credential: Credential) {
        todo!()
    }
    /// All or nothing; an aggregate event whose version is not the next one is `Error::Conflict`.
    pub async fn commit(self, events: Vec<Event>) -> Result<Range<u64>> {
        todo!()
    }
}

/// One row of the log for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRow {
    pub seq: u64,
    pub leaf: Hash,
    /// The entry's bytes; `None` where the reader may not see it, or it was pruned.
    pub body: Option<Vec<u8>>,
    pub groups: Vec<Opened>,
}

/// A sealed group, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub index: u32,
    pub seed: [u8; 16],
    pub group: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub seq: u64,
    pub recorded_at: Timestamp,
    pub event: Event,
}

/// What an erasure took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    pub subjects: BTreeSet<SubjectId>,
    /// Sealed groups that were removed.
    pub groups: u64,
    pub accounts: Vec<AccountId>,
}

/// A state row that replaying does not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub kind: String,
    pub id: String,
    pub stored: Option<String>,
    pub replayed: Option<String>,
}

/// Raw rows for the verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub seq: u64,
    /// As stored; a damaged row may hold any bytes.
    pub leaf: Vec<u8>,
    pub body: Option<Vec<u8>>,
    pub groups: Vec<Opened>,
    /// Sealed groups that are there but do not open.
    pub unopenable: Vec<u32>,
}

/// Reads the ledger's rows in pages, in order of seq, without interpreting them.
pub struct Audit {}
impl Audit {
    /// Empty at the end.
    pub async fn next_page(&mut self) -> Result<Vec<AuditRow>> {
        todo!()
    }
    /// The head row as stored.
    pub fn head(&self) -> &Head {
        todo!()
    }
}

/// Reads the events in pages.
pub struct Export {}
impl Export {
    /// Empty at the end.
    pub async fn next_page(&mut self) -> Result<Vec<Exported>> {
        todo!()
    }
}

/// A column of the live schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    pub database: &'static str,
    pub table: String,
    pub column: String,
}

impl Store {
    /// Makes a platform in a folder that holds none.
    pub async fn init(options: Options, origin: &str) -> Result<Self> {
        todo!()
    }
    /// Opens a platform; finishes an erasure that was left open.
    pub async fn open(options: Options) -> Result<Self> {
        todo!()
    }
    /// Writes what waits, and lets go of the files.
    pub async fn close(&self) {
        todo!()
    }
    pub fn verifier(&self) -> &LogVerifier {
        todo!()
    }
    /// The Ed25519 seed of the key that signs access tokens.
    pub fn token_seed(&self) -> Result<Zeroizing<[u8; 32]>> {
        todo!()
    }
    /// The log's size, also when another process appends.
    pub fn grown(&self) -> tokio::sync::watch::Receiver<u64> {
        todo!()
    }
    pub async fn head(&self) -> Result<Head> {
        todo!()
    }
    /// Whether the database answers.
    pub async fn ready(&self) -> Result<()> {
        todo!()
    }
    /// Refuses whole batches that carry an `aggregate` or the service `vigia` (`Error::Reserved`): filter before.
    pub async fn ingest(&self, permit: &Permit<WriteEvents>, batch: Batch) -> Result<Ingested> {
        todo!()
    }
    pub async fn record(&self, authority: Authority<'_>, events: Vec<Event>) -> Result<Range<u64>> {
        todo!()
    }
    pub fn transact<'a>(&'a self, authority: Authority<'a>) -> Tx<'a> {
        todo!()
    }
    // Authentication: reads that precede every permit.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Stored<Account>>> {
        todo!()
    }
    pub async fn account(&self, id: AccountId) -> Result<Option<Stored<Account>>> {
        todo!()
    }
    pub async fn session(&self, id: SessionId) -> Result<Option<Stored<Session>>> {
        todo!()
    }
    pub async fn api_key(&self, id: ApiKeyId) -> Result<Option<Stored<ApiKey>>> {
        todo!()
    }
    pub async fn credential(&self, credential: Credential) -> Result<Option<Zeroizing<Vec<u8>>>> {
        todo!()
    }
    /// The account's e-mail, opened for its owner.
    pub async fn email_of(&self, account: &Account) -> Result<Option<String>> {
        todo!()
    }
    pub async fn api_keys(&self, permit: &Permit<WriteApiKeys>) -> Result<Vec<Stored<ApiKey>>> {
        todo!()
    }
    pub async fn subject_erase(&self, permit: &Permit<ErasePeople>, identifier: &str) -> Result<Erased> {
        todo!()
    }
    pub async fn sync_page(
        &self,
        permit: &Permit<ReadEvents>,
        pii: Option<&Permit<ReadPii>>,
        from: u64,
        limit: u64,
    ) -> Result<Vec<SyncRow>> {
        todo!()
    }
    /// The first entry recorded at or after this moment; the size where none was.
    pub async fn first_seq_since(&self, permit: &Permit<ReadEvents>, moment: Timestamp) -> Result<u64> {
        todo!()
    }
    // Public: proofs and tiles.
    pub async fn compact_range(&self, size: u64) -> Result<Vec<Hash>> {
        todo!()
    }
    pub async fn root(&self, size: u64) -> Result<Hash> {
        todo!()
    }
    pub async fn inclusion_proof(&self, seq: u64, size: u64) -> Result<Vec<Hash>> {
        todo!()
    }
    pub async fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<Hash>> {
        todo!()
    }
    /// The hashes `index * 256 ..` of a level, `width` of them (1 to 256).
    pub async fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<Hash>> {
        todo!()
    }
    /// Events with their groups opened, by `time`.
    pub async fn export(
        &self,
        permit: &Permit<ExportEvents>,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Export> {
        todo!()
    }
    pub async fn audit(&self, permit: &Permit<VerifyLedger>) -> Result<Audit> {
        todo!()
    }
    pub async fn replay_check(&self, permit: &Permit<VerifyLedger>) -> Result<Vec<Difference>> {
        todo!()
    }
    /// Every column of both databases.
    pub async fn schema(&self) -> Result<Vec<Column>> {
        todo!()
    }
}
