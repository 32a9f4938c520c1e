//! The key that signs checkpoints, and its rotation.
//!
//! A rotation is an event; the checkpoint that first covers it carries both signatures and is kept
//! for ever (`meta`), so that whoever trusts the old key can follow. Which key is in force stands in
//! the database, read inside every append: a process that rotated nothing signs with the new key
//! from its next commit on.
//!
//! The fresh key lies in `keys/log.next` before the event is committed, and takes the old one's place
//! after it. Whatever crashes in between, the database says which of the two counts.

use crate::append::{Pen, Prepared, Request, Writer};
use crate::engine;
use crate::erase::lock;
use crate::error::{Error, Result};
use crate::folder::{Folder, Secret};
use crate::read::Stored;
use crate::store::Store;
use crate::{meta, random};
use futures::FutureExt as _;
use sqlx::AnyConnection;
use std::sync::{Arc, Mutex, PoisonError};
use vigia_domain::access::Permit;
use vigia_domain::access::action::RunPlatform;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::log_key::{CHAIN, KeyChange, LogKeyEvent, LogKeys};
use vigia_domain::{Event, EventId, Kind};
use vigia_ledger::bucket::MasterKey;
use vigia_ledger::checkpoint::{LogSigner, LogVerifier, open};

/// Where it lies which key is in force; nowhere before the first rotation.
pub(crate) const LOG_KEY: &str = "log-key";
/// Under which the checkpoints with both signatures lie, by the number of the change.
const ROTATION: &str = "log-key-rotation/";

fn rotation_name(change: u64) -> String {
    format!("{ROTATION}{change:06}")
}

/// The log's key of this process, as far as it knows.
pub(crate) struct Signing {
    folder: Folder,
    given: Option<MasterKey>,
    origin: String,
    current: Mutex<Arc<LogSigner>>,
}

impl Signing {
    /// The key that is in force: `expected`, where there was a rotation.
    pub(crate) fn open(
        folder: Folder,
        given: Option<MasterKey>,
        origin: String,
        expected: Option<&str>,
    ) -> Result<Self> {
        let first = read(&folder, given.as_ref(), &origin, expected)?;
        Ok(Self {
            folder,
            given,
            origin,
            current: Mutex::new(Arc::new(first)),
        })
    }

    pub(crate) fn verifier(&self) -> LogVerifier {
        self.current().verifier().clone()
    }

    fn current(&self) -> Arc<LogSigner> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, signer: LogSigner) -> Arc<LogSigner> {
        let signer = Arc::new(signer);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = signer.clone();
        signer
    }

    /// The key that signs within this transaction.
    pub(crate) async fn in_force(&self, connection: &mut AnyConnection) -> Result<Arc<LogSigner>> {
        let current = self.current();
        match meta::get(connection, LOG_KEY).await? {
            Some(expected) if expected != current.verifier().vkey() => {
                let signer = read(&self.folder, self.given.as_ref(), &self.origin, Some(&expected))?;
                Ok(self.set(signer))
            }
            _ => Ok(current),
        }
    }
}

/// The expected key, be it in its place or not yet.
fn read(
    folder: &Folder,
    given: Option<&MasterKey>,
    origin: &str,
    expected: Option<&str>,
) -> Result<LogSigner> {
    let master = folder.master_or(given)?;
    let seed = folder.read_secret(&master, Secret::Log)?;
    let signer = LogSigner::from_seed(origin, &seed)?;
    let Some(expected) = expected.filter(|expected| *expected != signer.verifier().vkey()) else {
        return Ok(signer);
    };
    let next = folder.read_secret(&master, Secret::NextLog);
    let next = next.map_err(|_| Error::OtherLogKey)?;
    let next = LogSigner::from_seed(origin, &next)?;
    if next.verifier().vkey() == expected {
        Ok(next)
    } else {
        Err(Error::OtherLogKey)
    }
}

/// A change of the log's key with the checkpoint that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Which keys, and when.
    pub change: KeyChange,
    /// The first checkpoint that covers the event, signed by both.
    pub checkpoint: String,
}

impl Store {
    /// Every change of the log's key, the oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn rotations(&self) -> Result<Vec<Rotation>> {
        let keys: Option<Stored<LogKeys>> = self.state(AggregateKind::LogKey, CHAIN).await?;
        let doing = "reading the log's keys";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        let mut all = Vec::new();
        for (number, change) in (1..).zip(keys.map(|keys| keys.state.changes).unwrap_or_default()) {
            if let Some(checkpoint) = meta::get(&mut connection, &rotation_name(number)).await? {
                all.push(Rotation { change, checkpoint });
            }
        }
        Ok(all)
    }

    /// Every key that this log was ever signed with and that leads to the one in force, that one
    /// first; and the checkpoints that join them.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn trusted_keys(&self) -> Result<(Vec<LogVerifier>, Vec<String>)> {
        let mut keys = vec![self.log_verifier().await?];
        let mut notes = Vec::new();
        for rotation in self.rotations().await?.into_iter().rev() {
            let Ok(before) = LogVerifier::from_vkey(&rotation.change.before) else {
                break;
            };
            let Some(after) = keys.last().cloned() else { break };
            if !is_signed_by_both(&rotation.checkpoint, &before, &after) {
                break;
            }
            keys.push(before);
            notes.push(rotation.checkpoint);
        }
        Ok((keys, notes))
    }

    /// The public key that is in force now, whoever rotated it.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn log_verifier(&self) -> Result<LogVerifier> {
        let doing = "reading the log's key";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        match meta::get(&mut connection, LOG_KEY).await? {
            Some(vkey) => Ok(LogVerifier::from_vkey(&vkey)?),
            None => Ok(self.verifier()),
        }
    }

    /// Gives the log another key. Consoles follow by the checkpoint that both sign; the old key is
    /// kept nowhere.
    ///
    /// # Errors
    /// Whatever keeps files or database from being written; then the old key stays in force.
    pub async fn rotate_log_key(&self, _permit: &Permit<RunPlatform>) -> Result<KeyChange> {
        self.on_writer(|writer| writer.rotate_log_key().boxed()).await
    }
}

impl Store {
    /// A restored log goes on with a key that came after its backup. No checkpoint joins the two: what
    /// did lies in the part that is lost.
    pub(crate) async fn tell_of_log_key(&self, before: String) -> Result<()> {
        self.on_writer(move |writer| async move { writer.tell_of_log_key(&before).await }.boxed())
            .await
    }
}

/// Whether both keys signed the note.
fn is_signed_by_both(note: &str, one: &LogVerifier, other: &LogVerifier) -> bool {
    let signed = |key: &LogVerifier| open(note, std::slice::from_ref(key)).is_ok();
    signed(one) && signed(other)
}

impl Writer {
    async fn tell_of_log_key(&mut self, before: &str) -> Result<()> {
        let doing = "telling of the log's key";
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let signer = self.pen.signing.in_force(&mut tx).await?;
        let (_, request) = told(&self.pen, &mut tx, before, signer.verifier().vkey()).await?;
        let written = self.pen.write(&mut tx, &mut self.vault, &[request]).await?;
        for outcome in written.outcomes {
            outcome?;
        }
        tx.commit().await.map_err(Error::sql(doing))
    }

    async fn rotate_log_key(&mut self) -> Result<KeyChange> {
        let _lock = lock(self.pen.vault.folder().clone()).await?;
        engine::lock_keys(&mut self.vault).await?;
        let rotated = self.rotate_log_key_locked().await;
        self.unlock_keys().await;
        rotated
    }

    async fn rotate_log_key_locked(&mut self) -> Result<KeyChange> {
        let doing = "rotating the log's key";
        let signing = self.pen.signing.clone();
        let folder = signing.folder.clone();
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let old = signing.in_force(&mut tx).await?;
        // What a crash left beside the key in force takes its place before another one comes.
        folder.settle_log(
            &signing.origin,
            &folder.master_or(signing.given.as_ref())?,
            old.verifier().vkey(),
        )?;
        let master = folder.master_or(signing.given.as_ref())?;
        let seed = folder.create_secret(&master, Secret::NextLog)?;
        let new = LogSigner::from_seed(&signing.origin, &seed)?;
        let (version, request) =
            told(&self.pen, &mut tx, old.verifier().vkey(), new.verifier().vkey()).await?;
        let written = self
            .pen
            .write_signed(&mut tx, &mut self.vault, &[request], Some(&new))
            .await?;
        for outcome in written.outcomes {
            outcome?;
        }
        let head = crate::head::read(&mut tx).await?;
        meta::set(&mut tx, &rotation_name(version), &head.note).await?;
        meta::set(&mut tx, LOG_KEY, new.verifier().vkey()).await?;
        tx.commit().await.map_err(Error::sql(doing))?;
        self.progress.reached(crate::erase::Step::TombstoneAppended)?;
        folder.settle_log(&signing.origin, &master, new.verifier().vkey())?;
        let change = KeyChange {
            before: old.verifier().vkey().to_owned(),
            after: new.verifier().vkey().to_owned(),
            seq: written.size.saturating_sub(1),
            at: head.recorded_at,
        };
        signing.set(new);
        self.grown.send_replace(written.size);
        Ok(change)
    }
}

/// The event of a rotation, and the number of the change.
async fn told(
    pen: &Pen,
    connection: &mut AnyConnection,
    before: &str,
    after: &str,
) -> Result<(u64, Request)> {
    let row = crate::append::state::read(connection, AggregateKind::LogKey, CHAIN).await?;
    let version = row.map_or(0, |row| row.version) + 1;
    let now = pen.clock.now();
    let mut event = Event::new(
        EventId::new(now, random::bytes()?),
        now,
        Kind::LEDGER_KEY_ROTATED,
        "vigia",
    );
    event.actor.id = Some("operator".to_owned());
    event.message = Some("The log's key was rotated".to_owned());
    let rotated = LogKeyEvent::Rotated {
        before: before.to_owned(),
        after: after.to_owned(),
    };
    event.aggregate = Some(Aggregate {
        kind: AggregateKind::LogKey,
        id: CHAIN,
        version,
        payload: serde_json::to_value(&rotated).map_err(|_| Error::Damaged("an event of the store's own"))?,
    });
    Ok((version, Request::own(vec![Prepared::new(&event)?])))
}

impl Folder {
    /// Puts the fresh key in its place where it is the one in force. Does nothing where there is none.
    pub(crate) fn settle_log(&self, origin: &str, master: &MasterKey, in_force: &str) -> Result<()> {
        let Ok(next) = self.read_secret(master, Secret::NextLog) else {
            return Ok(());
        };
        if LogSigner::from_seed(origin, &next)?.verifier().vkey() == in_force {
            self.replace_log_by_next()?;
        }
        Ok(())
    }
}
