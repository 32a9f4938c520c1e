//! From prepared events to entries: seeds, commitments, ciphertexts, leaves. Pure but for
//! randomness; the most expensive step of an append, so it runs on every core.

use super::PreparedPart;
use crate::error::{Error, Result};
use crate::random;
use std::sync::Arc;
use vigia_domain::entry::{Commitment, Entry, Holder, MAX_ENTRY_BYTES};
use vigia_ledger::seal::{OpenedGroup, SubjectKey, seal_group};
use vigia_ledger::{Hash, leaf_hash};

/// Fewer than these are not worth another thread.
const AT_ONCE: usize = 512;

/// An event whose holders and place are known.
pub(super) struct Job {
    pub seq: u64,
    pub entry: Entry,
    pub parts: Arc<[PreparedPart]>,
    /// One for each part.
    pub holders: Vec<(Holder, SubjectKey)>,
}

/// Rows of one entry.
pub(super) struct Row {
    pub seq: u64,
    pub leaf: Hash,
    pub body: Vec<u8>,
    pub sealed: Vec<Vec<u8>>,
}

/// Seals them all, in order.
pub(super) async fn all(jobs: Vec<Job>) -> Result<Vec<Row>> {
    if jobs.len() <= AT_ONCE {
        return some(jobs);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = jobs.len().div_ceil(threads).max(AT_ONCE);
    let mut rows = Vec::with_capacity(jobs.len());
    let mut rest = jobs.into_iter();
    let mut running = Vec::new();
    loop {
        let part: Vec<Job> = rest.by_ref().take(share).collect();
        if part.is_empty() {
            break;
        }
        running.push(tokio::task::spawn_blocking(move || some(part)));
    }
    for part in running {
        rows.extend(part.await.map_err(|_| Error::Closed)??);
    }
    Ok(rows)
}

fn some(jobs: Vec<Job>) -> Result<Vec<Row>> {
    let mut random = random::Pool::new();
    jobs.into_iter().map(|job| one(job, &mut random)).collect()
}

fn one(job: Job, random: &mut random::Pool) -> Result<Row> {
    let mut entry = job.entry;
    entry.salt = random.take()?;
    let id = *entry.id.0.as_bytes();
    let mut sealed = Vec::with_capacity(job.parts.len());
    for ((index, part), (holder, key)) in (0_u32..).zip(job.parts.iter()).zip(job.holders) {
        let opened = OpenedGroup {
            seed: random.take()?,
            group: part.bytes.clone(),
        };
        entry.groups.push(Commitment {
            hash: opened.commitment(),
            holder,
        });
        sealed.push(seal_group(&key, &random.take()?, &id, index, &opened));
    }
    let body = entry.to_bytes();
    if body.len() > MAX_ENTRY_BYTES {
        return Err(Error::TooLarge { bytes: body.len() });
    }
    Ok(Row {
        seq: job.seq,
        leaf: leaf_hash(&body),
        body,
        sealed,
    })
}
