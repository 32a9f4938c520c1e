//! The ledger as this desk knows it, and an event's proof as a file that anybody checks offline.
//!
//! Everything comes from the trust and the copy: nothing is asked of the platform. Deliberately
//! absent: judging. What is shown was judged when it came.

use crate::Error;
use crate::cache::Cache;
use crate::trust::{Seen, Trust};
use crate::view::event::Range;
use crate::view::ledger::{KeyView, LedgerView, SeenCheckpoint};
use crate::{query, search};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vigia_ledger::checkpoint::Checkpoint;
use vigia_ledger::leaf_hash;
use vigia_ledger::proof::verify_inclusion;
use vigia_ledger::proof_file::{Content, TlogProof};
use vigia_ledger::seal::OpenedGroup;
use vigia_wire::{Code, Problem};

/// Checkpoints that the page lists; all of them are in the file.
const SHOWN: usize = 200;
/// Lines of the history that the page lists.
const HISTORY: usize = 200;

/// What the Ledger page draws.
///
/// # Errors
/// Where a file of the trust, or the copy, cannot be read.
pub async fn view(cache: &Cache, trust: &Trust) -> Result<LedgerView, Error> {
    let seen = trust.seen()?;
    let key = trust.key()?.map(|key| KeyView {
        origin: key.origin,
        fingerprint: key.fingerprint,
        verifier: key.verifier,
        accepted_at: key.accepted_at,
        how: key.how,
    });
    Ok(LedgerView {
        key,
        note: trust.last()?.map(|(kept, _)| kept.note),
        first: seen.first().and_then(shown),
        seen_total: seen.len() as u64,
        seen: seen.iter().rev().filter_map(shown).take(SHOWN).collect(),
        history: trust.history()?.into_iter().rev().take(HISTORY).collect(),
        erased: cache.erased_people().await?,
        prunings: count(cache, "kind:ledger.pruned").await?,
        dropped: count(cache, "kind:period.dropped").await?,
        folder: trust.place(),
    })
}

/// How many events of the copy pass.
async fn count(cache: &Cache, query: &str) -> Result<u64, Error> {
    let everything = Range { from: None, to: None };
    search::count(cache, &query::parse(query)?, everything).await
}

/// A line that does not read back is left out: the list is for people, the trust has its own file.
fn shown(seen: &Seen) -> Option<SeenCheckpoint> {
    let checkpoint = Checkpoint::read_untrusted(&seen.note).ok()?;
    Some(SeenCheckpoint {
        size: checkpoint.size,
        root: STANDARD.encode(checkpoint.root),
        at: seen.at,
        key_fingerprint: seen.key.clone(),
        after: seen.after,
    })
}

/// An event's proof as a file's text, and how many opened groups are in it.
///
/// # Errors
/// `not_found` where the copy does not hold the event, `conflict` where no checkpoint covers it yet
/// or the copy does not lead to it; otherwise where the copy fails.
pub async fn proof(
    cache: &Cache,
    trust: &Trust,
    seq: u64,
    with_content: bool,
) -> Result<(String, u32), Error> {
    let refused =
        |code, reason: &str| Error::Request(Problem::new(code, format!("proving entry {seq}: {reason}")));
    let absent = || refused(Code::NotFound, "it is not in the local copy");
    let (_, _, body) = cache
        .leaves(seq, 1)
        .await?
        .into_iter()
        .find(|leaf| leaf.0 == seq)
        .ok_or_else(absent)?;
    let entry = body.ok_or_else(absent)?;
    let key = trust.key()?.ok_or_else(Error::not_signed_in)?;
    let uncovered = || refused(Code::Conflict, "no verified checkpoint covers it yet");
    let (kept, checkpoint) = trust.last()?.ok_or_else(uncovered)?;
    let path = cache
        .inclusion(seq, checkpoint.size)
        .await?
        .ok_or_else(uncovered)?;
    // What this desk hands out must hold, whatever happened to its copy.
    verify_inclusion(seq, checkpoint.size, &leaf_hash(&entry), &checkpoint.root, &path).map_err(|error| {
        refused(
            Code::Conflict,
            &format!("the local copy does not lead to it: {error}"),
        )
    })?;
    let groups = if with_content {
        let groups = cache.groups(seq, seq.saturating_add(1)).await?.into_iter();
        groups
            .map(|(_, number, seed, group)| (number, OpenedGroup { seed, group }))
            .collect()
    } else {
        Vec::new()
    };
    let count = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let content = Content {
        entry,
        key: key.verifier,
        groups,
    };
    let extra = content.to_bytes().map_err(|source| Error::Malformed {
        path: format!("the proof of entry {seq}"),
        source,
    })?;
    let proof = TlogProof {
        extra: Some(extra),
        index: seq,
        path,
        checkpoint: kept.note,
    };
    Ok((proof.to_text(), count))
}
