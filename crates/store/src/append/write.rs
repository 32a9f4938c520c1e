//! One group of requests becomes rows, inside the platform's write transaction: heads, entries,
//! sealed groups, tree, indexes, state, secrets, answers. Everything or nothing; a request that is
//! refused (a conflict, an earlier answer) leaves the others alone.

use super::idempotency::{self, Claim};
use super::needs::{is_listed, needs_of};
use super::posting::Postings;
use super::seal::{self, Job};
use super::state::States;
use super::{CredentialChange, Ingested, Prepared, class_of};
use crate::engine::{self, News};
use crate::error::{Error, Result};
use crate::head::{self, HeadRow};
use crate::meta;
use crate::read::UNINDEXED;
use crate::signing::Signing;
use crate::sql;
use crate::transfer::MOVED;
use crate::vault::{Owner, Resolved, Seen, Sighting, Vault};
use sqlx::AnyConnection;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use vigia_domain::aggregate::Recorded;
use vigia_domain::clock::{day_of, whole_micros};
use vigia_domain::holder::Holder;
use vigia_domain::{Clock, Timestamp};
use vigia_ledger::checkpoint::{Checkpoint, LogSigner};
use vigia_ledger::seal::{SubjectKey, joint_key};

/// Something to append, and who waits for it.
#[derive(Debug)]
pub(crate) struct Request {
    pub events: Vec<Prepared>,
    pub credentials: Vec<CredentialChange>,
    pub idempotency: Option<Claim>,
    /// Nobody, for the platform's own steps.
    pub answer: Option<oneshot::Sender<Result<Ingested>>>,
    /// Its share of the queue, until it is answered.
    pub _room: Option<OwnedSemaphorePermit>,
}

impl Request {
    /// What the platform writes for itself: nobody waits for it.
    pub(crate) fn own(events: Vec<Prepared>) -> Self {
        Self {
            events,
            credentials: Vec::new(),
            idempotency: None,
            answer: None,
            _room: None,
        }
    }
}

/// What writes: the vault, the log's key and the clock.
pub(crate) struct Pen {
    pub vault: Arc<Vault>,
    pub signing: Arc<Signing>,
    pub clock: Arc<dyn Clock>,
}

/// What a group became, before it is committed.
pub(crate) struct Written {
    /// The tree's size after it.
    pub size: u64,
    /// One for each request.
    pub outcomes: Vec<Result<Ingested>>,
}

/// Everything that the accepted requests of a group add.
#[derive(Default)]
struct Group {
    jobs: Vec<Job>,
    postings: Postings,
    states: States,
    /// Where the people were seen from, where the commit keeps that as lists; else rows hold it.
    sightings: Option<Vec<Sighting>>,
}

impl Pen {
    /// Writes a group within the caller's transaction.
    pub(crate) async fn write(
        &self,
        platform: &mut AnyConnection,
        vault: &mut AnyConnection,
        requests: &[Request],
    ) -> Result<Written> {
        self.write_signed(platform, vault, requests, None).await
    }

    /// The same; the checkpoint is signed by another key, too.
    pub(crate) async fn write_signed(
        &self,
        platform: &mut AnyConnection,
        vault: &mut AnyConnection,
        requests: &[Request],
        also: Option<&LogSigner>,
    ) -> Result<Written> {
        let before = head::read(platform).await?;
        if let Some(to) = meta::get(platform, MOVED).await? {
            return Err(Error::Moved { to });
        }
        let now = whole_micros(self.clock.now()).max(before.recorded_at);
        let listed = is_listed(requests);
        let needs = needs_of(requests, now, listed);
        let resolved = self.vault.resolve(vault, &needs).await?;
        let mut group = Group {
            sightings: listed.then(Vec::new),
            ..Group::default()
        };
        let mut outcomes = Vec::with_capacity(requests.len());
        let mut next = before.tree.size();
        for request in requests {
            let outcome = group.take(platform, request, &resolved, next, now).await;
            match &outcome {
                Ok(done) if done.replayed.is_none() => next = done.seqs.end,
                Ok(_) => {}
                Err(error) if error.is_of_one_request() => {}
                Err(error) => return Err(error.clone()),
            }
            outcomes.push(outcome);
        }
        // The vault first: what a commit that fails leaves there leads to entries that say something else.
        let sightings = group.sightings.take().unwrap_or_default();
        self.vault.keep_seen(vault, before.tree.size(), sightings).await?;
        let size = self.write_rows(platform, before, group, (now, also)).await?;
        Ok(Written { size, outcomes })
    }

    async fn write_rows(
        &self,
        platform: &mut AnyConnection,
        before: HeadRow,
        group: Group,
        (now, also): (Timestamp, Option<&LogSigner>),
    ) -> Result<u64> {
        let first = before.tree.size();
        if group.jobs.is_empty() {
            return Ok(first);
        }
        let rows = seal::all(group.jobs).await?;
        let mut tree = before.tree;
        let mut nodes = Vec::new();
        for row in &rows {
            tree.append_noting(row.leaf, |level, index, hash| nodes.push((level, index, hash)));
        }
        insert_entries(platform, &rows).await?;
        sql::insert(
            platform,
            "storing tree hashes",
            ("INSERT INTO node (level, idx, hash) VALUES", 3, ""),
            &nodes,
            |query, (level, index, hash)| {
                query
                    .bind(i64::from(*level))
                    .bind(sql::int(*index))
                    .bind(hash.to_vec())
            },
        )
        .await?;
        group.postings.write(platform, first).await?;
        group.states.write(platform).await?;
        let signer = self.signing.in_force(platform).await?;
        let checkpoint = Checkpoint {
            origin: signer.verifier().origin().to_owned(),
            size: tree.size(),
            root: tree.root(),
        };
        let note = checkpoint.sign(&std::iter::once(&*signer).chain(also).collect::<Vec<_>>())?;
        let size = tree.size();
        let after = HeadRow {
            tree,
            recorded_at: now,
            note,
        };
        head::write(platform, &after).await?;
        engine::tell(platform, News::Grown(size)).await?;
        Ok(size)
    }
}

impl Error {
    /// Whether it concerns the one request that caused it and leaves the group's others alone.
    fn is_of_one_request(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. } | Self::EmailTaken | Self::IdempotencyMismatch | Self::Evolve(_)
        )
    }
}

impl Group {
    /// Takes one request in, or says why not; then nothing of it stays.
    async fn take(
        &mut self,
        platform: &mut AnyConnection,
        request: &Request,
        resolved: &Resolved<'_>,
        first: u64,
        now: Timestamp,
    ) -> Result<Ingested> {
        let claim = request.idempotency.as_ref();
        if let Some(claim) = claim
            && let Some(earlier) = idempotency::earlier(platform, claim, now).await?
        {
            return Ok(earlier);
        }
        let day = day_of(now);
        let mut staged = self.states.stage();
        let mut jobs = Vec::with_capacity(request.events.len());
        for (seq, event) in (first..).zip(&request.events) {
            let mut entry = event.entry.clone();
            entry.recorded_at = now;
            let holders = event
                .parts
                .iter()
                .map(|part| holder(part, resolved, (day, event.class())))
                .collect::<Result<Vec<_>>>()?;
            if let Some(aggregate) = &entry.aggregate {
                let names: Vec<Holder> = holders.iter().map(|(holder, _)| holder.clone()).collect();
                let recorded = Recorded {
                    seq,
                    recorded_at: now,
                    holders: &names,
                };
                staged.apply(platform, aggregate, recorded).await?;
            }
            jobs.push(Job {
                seq,
                entry,
                parts: event.parts.clone(),
                holders,
            });
        }
        let staged = staged.into_rows();
        self.states.accept(staged);
        for job in &jobs {
            self.index(job, resolved, day);
        }
        let seqs = first..first + jobs.len() as u64;
        self.jobs.append(&mut jobs);
        for change in &request.credentials {
            write_credential(platform, change).await?;
        }
        if let Some(claim) = claim {
            idempotency::keep(platform, claim, &seqs, now).await?;
        }
        Ok(Ingested { seqs, replayed: None })
    }

    /// `false` where no index can hold the address.
    fn index_address(
        &mut self,
        owner: Option<Owner<'_>>,
        address: IpAddr,
        (resolved, seq): (&Resolved<'_>, u64),
    ) -> bool {
        let Some(owner) = owner else { return false };
        let Some(sightings) = &mut self.sightings else {
            let rows = resolved.address_rows(owner, address);
            rows.iter().for_each(|row| self.postings.add(*row, seq));
            return !rows.is_empty();
        };
        let Some((holder, bucket)) = resolved.owner_row(owner) else {
            return false;
        };
        let seen = Seen { holder, address, seq };
        sightings.push(Sighting { bucket, seen });
        true
    }

    fn index(&mut self, job: &Job, resolved: &Resolved<'_>, day: i32) {
        let mut unindexed = false;
        for (part, (holder, _)) in job.parts.iter().zip(&job.holders) {
            if let Holder::Subjects(ids) = holder {
                for held in ids.iter().filter_map(|id| resolved.keys.get(id)) {
                    self.postings.add(held.row, job.seq);
                }
            }
            unindexed |= part.unindexed_name;
            if let Some(address) = part.address {
                let owner = part.owner((day, class_of(&job.entry)));
                unindexed |= !self.index_address(owner, address, (resolved, job.seq));
            }
        }
        if unindexed {
            self.postings.add(UNINDEXED, job.seq);
        }
    }
}

/// Under whose key a part lies.
fn holder(
    part: &super::PreparedPart,
    resolved: &Resolved<'_>,
    (day, class): (i32, u8),
) -> Result<(Holder, SubjectKey)> {
    let lost = Error::Damaged("a key that was just read");
    if part.people.is_empty() {
        let held = resolved.periods.get(&(day, class)).ok_or(lost)?;
        return Ok((Holder::Period { day, class }, held.key.clone()));
    }
    let mut ids: Vec<_> = part
        .people
        .iter()
        .flat_map(|person| resolved.subjects(person).iter().copied())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let keys: Option<Vec<_>> = ids
        .iter()
        .map(|id| resolved.keys.get(id).map(|held| (id.0, &held.key)))
        .collect();
    let key = keys.and_then(|keys| joint_key(&keys)).ok_or(lost)?;
    Ok((Holder::Subjects(ids), key))
}

async fn insert_entries(platform: &mut AnyConnection, rows: &[seal::Row]) -> Result<()> {
    sql::insert(
        platform,
        "appending entries",
        ("INSERT INTO entry (seq, leaf, body) VALUES", 3, ""),
        rows,
        |query, row| {
            query
                .bind(sql::int(row.seq))
                .bind(row.leaf.to_vec())
                .bind(row.body.clone())
        },
    )
    .await?;
    let sealed: Vec<(u64, &Vec<u8>)> = rows
        .iter()
        .flat_map(|row| {
            (0..)
                .zip(&row.sealed)
                .map(|(index, data)| (slot(row.seq, index), data))
        })
        .collect();
    sql::insert(
        platform,
        "appending sealed groups",
        ("INSERT INTO sealed (slot, data) VALUES", 2, ""),
        &sealed,
        |query, (slot, data)| query.bind(sql::int(*slot)).bind((*data).clone()),
    )
    .await
}

/// Where a group lies in the table of sealed ones.
pub(crate) fn slot(seq: u64, index: u32) -> u64 {
    seq.saturating_mul(256).saturating_add(u64::from(index))
}

/// Whose entry's a slot is.
pub(crate) fn entry_of(slot: u64) -> u64 {
    slot / 256
}

async fn write_credential(platform: &mut AnyConnection, change: &CredentialChange) -> Result<()> {
    let (kind, id) = change.credential.name();
    let query = match &change.secret {
        Some(secret) => sqlx::query(
            "INSERT INTO credential (kind, id, secret) VALUES ($1, $2, $3)
             ON CONFLICT (kind, id) DO UPDATE SET secret = excluded.secret",
        )
        .bind(kind)
        .bind(id)
        .bind(secret.clone()),
        None => sqlx::query("DELETE FROM credential WHERE kind = $1 AND id = $2")
            .bind(kind)
            .bind(id),
    };
    query
        .execute(platform)
        .await
        .map(|_| ())
        .map_err(Error::sql("keeping a secret"))
}
