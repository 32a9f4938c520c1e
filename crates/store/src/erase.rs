//! Erasing a person: every subject with an identifier, in every service, the account included.
//!
//! 1. The bucket keys file holds the old and the new key.
//! 2. One vault transaction forgets the people, wraps the rest of their buckets anew and marks the
//!    erasure pending.
//! 3. The tombstone is appended; the same transaction removes the sealed groups.
//! 4. The file is written without the old keys: databases copied before open nothing of it.
//!
//! An erasure that was begun is finished, by whoever opens the folder next.
//!
//! The platform's write lock is held from the search to the tombstone, so no event about the
//! person can come between.

mod progress;

pub(crate) use progress::{Progress, Step};

use crate::append::state::{owned_by, read};
use crate::append::{CredentialChange, Pen, Prepared, Request, Writer, decode_posting, report, slot};
use crate::engine;
use crate::error::{Error, Result};
use crate::folder::{Folder, KeysLock};
use crate::read::Credential;
use crate::vault::{Erasing, ErasureState};
use crate::{random, sql};
use serde::Serialize;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row, Transaction};
use std::collections::BTreeSet;
use uuid::Uuid;
use vigia_domain::access::Principal;
use vigia_domain::account::AccountEvent;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::entry::{Entry, Holder};
use vigia_domain::erasure::ErasureEvent;
use vigia_domain::session::{EndReason, Session, SessionEvent};
use vigia_domain::{AccountId, Event, EventId, Kind, SessionId, SubjectId};

/// What an erasure took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Whose keys are gone.
    pub subjects: BTreeSet<SubjectId>,
    /// Sealed groups that were removed.
    pub groups: u64,
    /// Accounts that were closed with it.
    pub accounts: Vec<AccountId>,
}

impl Writer {
    /// Erases everybody with this identifier.
    pub(crate) async fn erase(&mut self, identifier: &str, by: Principal) -> Result<Erased> {
        let _lock = lock(self.pen.vault.folder().clone()).await?;
        engine::lock_keys(&mut self.vault).await?;
        let erased = self.erase_locked(identifier, by).await;
        // Where that fails the connection is made anew, which lets go as well.
        self.unlock_keys().await;
        erased
    }

    pub(crate) async fn unlock_keys(&mut self) {
        if let Err(error) = engine::unlock_keys(&mut self.vault).await {
            tracing::warn!(error = %report(&error), "letting go of the keys");
            self.stale = true;
        }
    }

    async fn erase_locked(&mut self, identifier: &str, by: Principal) -> Result<Erased> {
        self.finish_open().await?;
        let tx = engine::begin_write(&mut self.platform, "beginning an erasure").await?;
        let found = self.pen.vault.find(&mut self.vault, identifier, None).await?;
        if found.is_empty() {
            return Err(Error::NobodyKnown);
        }
        let id = EventId::new(self.pen.clock.now(), random::bytes()?).0;
        let erasing = self.pen.vault.intend(&mut self.vault, id, &found).await?;
        self.progress.reached(Step::Intended)?;
        let (erased, size) = carry_out(
            tx,
            &mut self.vault,
            &self.pen,
            (&erasing, Some(by)),
            &self.progress,
        )
        .await?;
        self.grown.send_replace(size);
        self.empty_logs().await;
        Ok(erased)
    }

    /// Finishes what a crash left open, unless another process is at it.
    pub(crate) async fn finish_erasures(&mut self) -> Result<()> {
        let vault = self.pen.vault.clone();
        if vault.open_erasures(&mut self.vault).await?.is_empty() {
            return Ok(());
        }
        let Some(_lock) = vault.folder().try_lock()? else {
            return Ok(());
        };
        if !engine::try_lock_keys(&mut self.vault).await? {
            return Ok(());
        }
        let finished = self.finish_open().await;
        self.unlock_keys().await;
        finished
    }

    /// Finishes every open erasure. The caller holds the keys folder.
    pub(crate) async fn finish_open(&mut self) -> Result<()> {
        for erasing in self.pen.vault.open_erasures(&mut self.vault).await? {
            tracing::info!(erasure = %erasing.id, "finishing an erasure that was left open");
            if !erasing.periods.is_empty() {
                self.carry_out_periods(&erasing).await?;
                continue;
            }
            let tx = engine::begin_write(&mut self.platform, "finishing an erasure").await?;
            let work = (&erasing, None);
            let (_, size) = carry_out(tx, &mut self.vault, &self.pen, work, &self.progress).await?;
            self.grown.send_replace(size);
            self.empty_logs().await;
        }
        Ok(())
    }

    /// Takes the erased pages out of the write-ahead logs. Nothing in them opens any more, so a
    /// reader that keeps one from being emptied delays this and harms nothing.
    pub(crate) async fn empty_logs(&mut self) {
        for connection in [&mut self.platform, &mut self.vault] {
            match engine::empty_log(connection).await {
                Ok(true) => {}
                Ok(false) => tracing::warn!("a reader kept the write-ahead log from being emptied"),
                Err(error) => tracing::warn!(%error, "emptying the write-ahead log"),
            }
        }
    }
}

/// Every step that is still to do, and the ledger's size after it. The caller holds the keys folder,
/// and `tx` the platform's write lock.
async fn carry_out(
    mut tx: Transaction<'_, Any>,
    connection: &mut AnyConnection,
    pen: &Pen,
    (erasing, by): (&Erasing, Option<Principal>),
    progress: &Progress,
) -> Result<(Erased, u64)> {
    let vault = &pen.vault;
    if erasing.state == ErasureState::Intended {
        vault.add_keys(erasing)?;
        progress.reached(Step::KeysAdded)?;
        vault.forget(connection, erasing).await?;
    }
    progress.reached(Step::Forgotten)?;
    let mut erased = Erased {
        subjects: erasing.subjects(),
        groups: 0,
        accounts: Vec::new(),
    };
    let size = if read(&mut tx, AggregateKind::Erasure, erasing.id).await?.is_none() {
        let request = tombstone(&mut tx, pen, (erasing, by), &mut erased).await?;
        let written = pen.write(&mut tx, connection, &[request]).await?;
        for outcome in written.outcomes {
            outcome?;
        }
        erased.groups = remove_groups(&mut tx, erasing).await?;
        written.size
    } else {
        crate::head::size(&mut tx).await?
    };
    tx.commit().await.map_err(Error::sql("appending the tombstone"))?;
    progress.reached(Step::TombstoneAppended)?;
    vault.drop_keys(connection, erasing).await?;
    progress.reached(Step::KeysDropped)?;
    vault.close_erasure(connection, erasing).await?;
    vault.refresh(connection).await?;
    Ok((erased, size))
}

pub(crate) async fn lock(folder: Folder) -> Result<KeysLock> {
    tokio::task::spawn_blocking(move || folder.lock())
        .await
        .map_err(|_| Error::Closed)?
}

/// The tombstone, and the end of every account and session of the erased.
pub(crate) async fn tombstone(
    connection: &mut AnyConnection,
    pen: &Pen,
    (erasing, by): (&Erasing, Option<Principal>),
    erased: &mut Erased,
) -> Result<Request> {
    let now = pen.clock.now();
    let new = |kind: Kind, of: AggregateKind, id: Uuid, version: u64, payload: serde_json::Value| {
        let mut event = Event::new(EventId::new(now, random::bytes()?), now, kind, "vigia");
        event.aggregate = Some(Aggregate {
            kind: of,
            id,
            version,
            payload,
        });
        Ok::<_, Error>(event)
    };
    let mut events = Vec::new();
    let mut credentials = Vec::new();
    let mut forget = |credential| {
        credentials.push(CredentialChange {
            credential,
            secret: None,
        });
    };
    for subject in &erased.subjects {
        for (id, row) in owned_by(connection, AggregateKind::Account, &subject.to_string()).await? {
            let payload = payload_of(&AccountEvent::Erased)?;
            let version = row.version + 1;
            events.push(new(
                Kind::ACCOUNT_ERASED,
                AggregateKind::Account,
                id,
                version,
                payload,
            )?);
            forget(Credential::Password(AccountId(id)));
            for (session, row) in owned_by(connection, AggregateKind::Session, &id.to_string()).await? {
                forget(Credential::Refresh(SessionId(session)));
                let state: Session =
                    serde_json::from_value(row.state).map_err(|_| Error::Damaged("a session"))?;
                if state.ended.is_none() {
                    let ended = SessionEvent::Ended {
                        reason: EndReason::AccountChanged,
                    };
                    let (payload, version) = (payload_of(&ended)?, row.version + 1);
                    let kind = Kind::AUTH_SESSION_CLOSED;
                    events.push(new(kind, AggregateKind::Session, session, version, payload)?);
                }
            }
            erased.accounts.push(AccountId(id));
        }
    }
    let payload = payload_of(&ErasureEvent::Erased {
        subjects: erased.subjects.clone(),
    })?;
    let mut stone = new(
        Kind::PRIVACY_SUBJECT_ERASED,
        AggregateKind::Erasure,
        erasing.id,
        1,
        payload,
    )?;
    if let Some(Principal::Account(id)) = by
        && !erased.accounts.contains(&id)
    {
        stone.actor.id = Some(id.to_string());
    }
    events.insert(0, stone);
    Ok(Request {
        events: events.iter().map(Prepared::new).collect::<Result<_>>()?,
        credentials,
        idempotency: None,
        answer: None,
        _room: None,
    })
}

fn payload_of<T: Serialize>(event: &T) -> Result<serde_json::Value> {
    serde_json::to_value(event).map_err(|_| Error::Damaged("an event of the store's own"))
}

/// Removes every sealed group that one of the erased holds, and what the indexes say of them.
pub(crate) async fn remove_groups(connection: &mut AnyConnection, erasing: &Erasing) -> Result<u64> {
    let subjects = erasing.subjects();
    let mut slots = Vec::new();
    for person in &erasing.people {
        let seqs = match person.rows.first() {
            Some(row) => entries_of(connection, *row).await?,
            None => None,
        };
        match seqs {
            Some(seqs) => {
                for seqs in seqs.chunks(sql::VALUES_PER_LIST) {
                    slots.extend(held_slots(connection, seqs, &subjects).await?);
                }
            }
            None => slots.extend(held_anywhere(connection, &subjects).await?),
        }
        for rows in person.rows.chunks(sql::VALUES_PER_LIST) {
            delete_in(connection, "DELETE FROM posting WHERE row IN", rows).await?;
        }
    }
    slots.sort_unstable();
    slots.dedup();
    let mut removed = 0;
    for slots in slots.chunks(sql::VALUES_PER_LIST) {
        removed += delete_in(connection, "DELETE FROM sealed WHERE slot IN", slots).await?;
    }
    Ok(removed)
}

/// What the index says of a row; `None` where it is damaged, which keeps nobody from being erased.
async fn entries_of(connection: &mut AnyConnection, row: u64) -> Result<Option<Vec<u64>>> {
    let doing = "finding the entries about a person";
    let blocks = sqlx::query("SELECT first, seqs FROM posting WHERE row = $1 ORDER BY first")
        .bind(sql::int(row))
        .fetch_all(connection)
        .await
        .map_err(Error::sql(doing))?;
    let mut seqs = Vec::new();
    for block in blocks {
        let first = block.try_get(0).map(sql::number);
        let bytes = block.try_get::<Vec<u8>, _>(1);
        let (Ok(Ok(first)), Ok(bytes)) = (first, bytes) else {
            return Ok(None);
        };
        let Ok(block) = decode_posting(first, &bytes) else {
            return Ok(None);
        };
        seqs.extend(block);
    }
    Ok(Some(seqs))
}

/// The same without an index: every entry names in clear who holds its groups.
async fn held_anywhere(connection: &mut AnyConnection, subjects: &BTreeSet<SubjectId>) -> Result<Vec<u64>> {
    tracing::info!("no index of a person's entries: looking through the whole ledger");
    let size = crate::head::size(connection).await?;
    let mut slots = Vec::new();
    let mut from = 0;
    while from < size {
        let to = size.min(from + sql::VALUES_PER_LIST as u64);
        let seqs: Vec<u64> = (from..to).collect();
        slots.extend(held_slots(connection, &seqs, subjects).await?);
        from = to;
    }
    Ok(slots)
}

/// Where the groups of these entries lie that one of the subjects holds.
async fn held_slots(
    connection: &mut AnyConnection,
    seqs: &[u64],
    subjects: &BTreeSet<SubjectId>,
) -> Result<Vec<u64>> {
    let doing = "reading the entries about a person";
    let text = format!(
        "SELECT seq, body FROM entry WHERE seq IN ({})",
        sql::list(1, seqs.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
    for seq in seqs {
        query = query.bind(sql::int(*seq));
    }
    let mut slots = Vec::new();
    for row in query.fetch_all(connection).await.map_err(Error::sql(doing))? {
        let seq = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
        let body: Option<Vec<u8>> = row.try_get(1).map_err(Error::sql(doing))?;
        let Ok(entry) = Entry::from_bytes(&body.unwrap_or_default()) else {
            // A damaged entry keeps nobody from being erased: the key is gone with or without it.
            tracing::warn!(seq, "an entry about an erased person does not decode");
            continue;
        };
        for (index, commitment) in (0..).zip(&entry.groups) {
            if let Holder::Subjects(ids) = &commitment.holder
                && ids.iter().any(|id| subjects.contains(id))
            {
                slots.push(slot(seq, index));
            }
        }
    }
    Ok(slots)
}

async fn delete_in(connection: &mut AnyConnection, what: &str, numbers: &[u64]) -> Result<u64> {
    let text = format!("{what} ({})", sql::list(1, numbers.len()));
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
    for number in numbers {
        query = query.bind(sql::int(*number));
    }
    query
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(Error::sql("removing what was erased"))
}
