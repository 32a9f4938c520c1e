//! Appending: what callers may ask for, and how an event is made ready before it waits its turn.
//!
//! One writer task per store takes what waits, many requests at once, and commits them in one
//! transaction. Splitting and encoding happen here, in the caller's own time, so that the writer
//! holds the lock for as little as it can.

mod idempotency;
mod needs;
mod posting;
mod seal;
pub(crate) mod state;
mod write;
mod writer;

pub(crate) use posting::{decode as decode_posting, encode as encode_posting};
pub(crate) use write::{Pen, Request, entry_of, slot};
pub(crate) use writer::{Command, Work, Writer, report};

use crate::error::{Error, Result};
use crate::read::Credential;
use crate::store::Store;
use crate::vault::Owner;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use tokio::sync::oneshot;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{
    ExportEvents, RunPlatform, WriteAccounts, WriteApiKeys, WriteEvents, WriteHolds, WriteRetention,
    WriteSettings,
};
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::entry::{Entry, MAX_ENTRY_BYTES};
use vigia_domain::person::{Part, Person, normalise, partition};
use vigia_domain::retention::Class;
use vigia_domain::{ApiKeyId, Event, Timestamp};
use vigia_ledger::{Hash, leaf_hash};

/// What may wait, in KiB; beyond it the answer is [`Error::Busy`].
pub(crate) const QUEUE_KIB: u32 = 96 * 1024;
/// Requests that may wait.
pub(crate) const QUEUE_REQUESTS: usize = 1_024;
/// What an event weighs beyond its raw line, in bytes.
const EVENT_BYTES: usize = 1_024;
/// The name that only Vigia's own events carry.
const OWN_SERVICE: &str = "vigia";
/// Bytes of a commitment in an entry beyond its holders, and of one holder; rounded up.
const COMMITMENT_BYTES: usize = 64;
const HOLDER_BYTES: usize = 16;

/// What an application sent in one request.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Who sent it.
    pub api_key: ApiKeyId,
    /// How a repetition is recognised.
    pub idempotency: Option<Idempotency>,
    /// In order.
    pub events: Vec<Event>,
    /// The answer, kept so that a repeated request gets the same one.
    pub reply: Vec<u8>,
}

/// How a repeated request is recognised, for a day.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// The sender's key; only its hash is kept.
    pub key: String,
    /// The hash of the request's body.
    pub body: Hash,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// The events' sequence numbers.
    pub seqs: Range<u64>,
    /// The answer given the first time, where this request is a repetition.
    pub replayed: Option<Vec<u8>>,
}

/// What allows Vigia's own events.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// What the platform itself saw or did: sign-ins, refusals, reads. Moves sessions alone.
    Own,
    /// Moves accounts, and sessions with them.
    Accounts(&'a Permit<WriteAccounts>),
    /// Moves API keys.
    ApiKeys(&'a Permit<WriteApiKeys>),
    /// Moves the platform's settings.
    Settings(&'a Permit<WriteSettings>),
    /// Notes exports.
    Exports(&'a Permit<ExportEvents>),
    /// How long things are kept.
    Retention(&'a Permit<WriteRetention>),
    /// What is kept all the same.
    Holds(&'a Permit<WriteHolds>),
    /// Starting, stopping, loading the sample, backups: events of any service.
    Platform(&'a Permit<RunPlatform>),
}

impl Authority<'_> {
    fn check(self, events: &[Event]) -> Result<()> {
        for event in events {
            let Some(kind) = event.aggregate.as_ref().map(|aggregate| aggregate.kind) else {
                continue;
            };
            let may = match self {
                Self::Own => kind == AggregateKind::Session,
                Self::Accounts(_) => matches!(kind, AggregateKind::Account | AggregateKind::Session),
                Self::ApiKeys(_) => kind == AggregateKind::ApiKey,
                Self::Settings(_) => kind == AggregateKind::Settings,
                Self::Exports(_) => kind == AggregateKind::Export,
                Self::Retention(_) => kind == AggregateKind::Retention,
                Self::Holds(_) => kind == AggregateKind::Hold,
                Self::Platform(_) => kind == AggregateKind::Backup,
            };
            if !may {
                return Err(Error::NotPermitted(kind.name()));
            }
        }
        Ok(())
    }
}

/// A secret to be kept or thrown away with the commit.
#[derive(Debug)]
pub(crate) struct CredentialChange {
    pub credential: Credential,
    pub secret: Option<Vec<u8>>,
}

/// A change under way. It is committed with the events that explain it, or not at all.
#[must_use = "nothing happens until it is committed"]
pub struct Tx<'a> {
    store: &'a Store,
    authority: Authority<'a>,
    credentials: Vec<CredentialChange>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(store: &'a Store, authority: Authority<'a>) -> Self {
        Self {
            store,
            authority,
            credentials: Vec::new(),
        }
    }

    /// Keeps a secret, in place of the one before.
    pub fn set_credential(&mut self, credential: Credential, secret: Vec<u8>) {
        self.credentials.push(CredentialChange {
            credential,
            secret: Some(secret),
        });
    }

    /// Throws a secret away.
    pub fn delete_credential(&mut self, credential: Credential) {
        self.credentials.push(CredentialChange {
            credential,
            secret: None,
        });
    }

    /// All or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] where an event's aggregate is not at the version before it, in whose
    /// case nothing was changed; [`Error::NoEvent`]; [`Error::NotPermitted`]; whatever keeps the
    /// database from committing.
    pub async fn commit(self, events: Vec<Event>) -> Result<Range<u64>> {
        self.authority.check(&events)?;
        if events.is_empty() {
            return Err(Error::NoEvent);
        }
        let room = self.store.wait_for_room(weight(&events)).await?;
        let prepared = prepare_all(events).await?;
        let (answer, answered) = oneshot::channel();
        let request = Request {
            events: prepared,
            credentials: self.credentials,
            idempotency: None,
            answer: Some(answer),
            _room: Some(room),
        };
        self.store.send(Command::Append(request)).await?;
        answered.await.map_err(|_| Error::Closed)?.map(|done| done.seqs)
    }
}

impl Store {
    /// Appends what an application sent, in one transaction with its idempotency key.
    ///
    /// # Errors
    /// [`Error::Busy`] where too much waits; [`Error::IdempotencyMismatch`];
    /// [`Error::Reserved`] where an event speaks for Vigia; [`Error::OutOfScope`];
    /// [`Error::TooLarge`] (see [`fits`]); whatever keeps the database from committing.
    pub async fn ingest(&self, permit: &Permit<WriteEvents>, batch: Batch) -> Result<Ingested> {
        for event in &batch.events {
            if event.service == OWN_SERVICE || event.aggregate.is_some() {
                return Err(Error::Reserved);
            }
            if !permit.scope().includes(&event.service) {
                return Err(Error::OutOfScope(event.service.clone()));
            }
        }
        let room = self.take_room(weight(&batch.events))?;
        let prepared = prepare_all(batch.events).await?;
        let idempotency = batch.idempotency.map(|idempotency| idempotency::Claim {
            api_key: batch.api_key,
            key: leaf_hash(idempotency.key.as_bytes()),
            body: idempotency.body,
            reply: batch.reply,
        });
        let (answer, answered) = oneshot::channel();
        let request = Request {
            events: prepared,
            credentials: Vec::new(),
            idempotency,
            answer: Some(answer),
            _room: Some(room),
        };
        self.try_send(Command::Append(request))?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Appends Vigia's own events.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn record(&self, authority: Authority<'_>, events: Vec<Event>) -> Result<Range<u64>> {
        self.transact(authority).commit(events).await
    }

    /// Begins a change that touches credentials or state.
    pub fn transact<'a>(&'a self, authority: Authority<'a>) -> Tx<'a> {
        Tx::new(self, authority)
    }
}

/// Whether the ledger can take the event: its entry, with a holder for everybody whom it names,
/// must stay within the longest entry.
#[must_use]
pub fn fits(event: &Event) -> bool {
    Prepared::new(event).is_ok()
}

/// What the events weigh in the queue, in KiB.
fn weight(events: &[Event]) -> u32 {
    let bytes: usize = events
        .iter()
        .map(|event| EVENT_BYTES + 2 * event.raw.0.len())
        .sum();
    u32::try_from(bytes.div_ceil(1024))
        .unwrap_or(QUEUE_KIB)
        .min(QUEUE_KIB)
}

/// An event split and encoded, so that the writer only adds who, when and where.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Without salt, recording time and groups.
    pub entry: Entry,
    pub parts: Arc<[PreparedPart]>,
}

/// One group of an event.
#[derive(Debug)]
pub(crate) struct PreparedPart {
    pub people: Vec<Person>,
    pub bytes: Vec<u8>,
    pub address: Option<IpAddr>,
    /// Whether the actor has a name here that identifies nobody, so that no index holds it.
    pub unindexed_name: bool,
}

impl PreparedPart {
    /// Whose the part's address is, for the blind index; several people's is in none.
    pub(crate) fn owner(&self, (day, class): (i32, u8)) -> Option<Owner<'_>> {
        match self.people.as_slice() {
            [] => Some(Owner::Period(day, class)),
            [one] => Some(Owner::Person(one)),
            _ => None,
        }
    }
}

/// The retention class that an entry is of, as a number.
pub(crate) fn class_of(entry: &Entry) -> u8 {
    Class::of(&entry.kind, &entry.service).number()
}

impl Prepared {
    /// The retention class of what names nobody in it.
    pub(crate) fn class(&self) -> u8 {
        class_of(&self.entry)
    }

    pub(crate) fn new(event: &Event) -> Result<Self> {
        let parts: Vec<PreparedPart> = partition(event)
            .into_iter()
            .map(|part| PreparedPart {
                unindexed_name: has_unindexed_name(&part),
                address: part.group.source.as_ref().and_then(|source| source.ip),
                bytes: part.group.to_bytes(),
                people: part.people,
            })
            .collect();
        let entry = Entry {
            salt: [0; 16],
            id: event.id,
            time: event.time,
            recorded_at: Timestamp::UNIX_EPOCH,
            kind: event.kind.clone(),
            class_uid: event.kind.class_uid(),
            activity_id: event.kind.activity_id(),
            severity: event.severity,
            status: event.status,
            service: event.service.clone(),
            country: event.source.country.clone(),
            count: event.count,
            aggregate: event.aggregate.clone(),
            groups: Vec::new(),
        };
        let holders: usize = parts
            .iter()
            .flat_map(|part| &part.people)
            .map(|person| person.identifiers.len() * HOLDER_BYTES)
            .sum();
        let bytes = entry.to_bytes().len() + parts.len() * COMMITMENT_BYTES + holders;
        if bytes > MAX_ENTRY_BYTES {
            return Err(Error::TooLarge { bytes });
        }
        Ok(Self {
            entry,
            parts: parts.into(),
        })
    }
}

/// Whether the actor's id, e-mail or name is none of the identifiers that the part's people are known
/// by: a name beside an e-mail, a machine's id.
fn has_unindexed_name(part: &Part) -> bool {
    let actor = part.group.actor.iter();
    let mut names = actor.flat_map(|actor| [&actor.id, &actor.email, &actor.name]);
    names.any(|name| {
        let name = normalise(name.as_deref().unwrap_or_default());
        let mut people = part.people.iter();
        !name.is_empty() && !people.any(|person| person.identifiers.contains(&name))
    })
}

/// Splits and encodes away from the tasks that answer requests.
async fn prepare_all(events: Vec<Event>) -> Result<Vec<Prepared>> {
    const AT_ONCE: usize = 32;
    if events.len() <= AT_ONCE {
        return events.iter().map(Prepared::new).collect();
    }
    tokio::task::spawn_blocking(move || events.iter().map(Prepared::new).collect())
        .await
        .map_err(|_| Error::Closed)?
}
