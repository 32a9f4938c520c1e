//! One event, whole, with the proof that it lies in the log: computed from this copy alone.

use super::show;
use crate::Error;
use crate::cache::{Cache, Stored};
use crate::trust::{self, Trust};
use crate::view::event::{EventDetail, HiddenGroup, HiddenReason, ProofView};
use vigia_domain::holder::Holder;
use vigia_ledger::proof::verify_inclusion;
use vigia_ledger::{Hash, leaf_hash};
use vigia_wire::{Code, Problem};

/// Reads an event and proves it.
///
/// # Errors
/// `not_found` where the copy has no such event; otherwise where the copy fails.
pub async fn detail(cache: &Cache, trust: &Trust, seq: u64) -> Result<EventDetail, Error> {
    let absent = || {
        Error::Request(Problem::new(
            Code::NotFound,
            format!("entry {seq} is not in the local copy"),
        ))
    };
    let stored = cache.events(&[seq]).await?.pop().ok_or_else(absent)?;
    let path = match trust.last()? {
        Some((_, checkpoint)) => cache.inclusion(seq, checkpoint.size).await?,
        None => None,
    };
    whole(cache, trust, &stored, path).await
}

/// An event with the hashes that lead it to the last trusted checkpoint.
pub(crate) async fn whole(
    cache: &Cache,
    trust: &Trust,
    stored: &Stored,
    path: Option<Vec<Hash>>,
) -> Result<EventDetail, Error> {
    let event = stored.event();
    Ok(EventDetail {
        row: show::row(stored),
        recorded_at: stored.entry.recorded_at,
        event: show::json(stored),
        fields: show::fields(stored),
        raw: show::raw(&event),
        hidden: hidden(cache, stored).await?,
        proof: proof(trust, stored, path)?,
    })
}

async fn hidden(cache: &Cache, stored: &Stored) -> Result<Vec<HiddenGroup>, Error> {
    let mut hidden = Vec::new();
    for (number, commitment) in (0_u32..).zip(&stored.entry.groups) {
        if stored.groups.iter().any(|(open, _)| *open == number) {
            continue;
        }
        let people = match &commitment.holder {
            Holder::Subjects(people) => people.as_slice(),
            Holder::Period { .. } => &[],
        };
        let mut reason = HiddenReason::Masked;
        for person in people {
            if cache.is_erased(*person).await? {
                reason = HiddenReason::Erased;
            }
        }
        hidden.push(HiddenGroup {
            people: people.iter().map(|person| show::pseudonym(*person)).collect(),
            reason,
        });
    }
    Ok(hidden)
}

/// Leads the leaf, hashed here from the body, to the root of the last trusted checkpoint.
fn proof(trust: &Trust, stored: &Stored, path: Option<Vec<Hash>>) -> Result<ProofView, Error> {
    // The entry's bytes are canonical, so writing it again gives what was hashed.
    let leaf = leaf_hash(&stored.entry.to_bytes());
    let mut view = ProofView {
        verified: false,
        index: stored.seq,
        leaf: hex::encode(leaf),
        path: Vec::new(),
        checkpoint: None,
        checked_at: None,
        commitments_checked: u32::try_from(stored.groups.len()).unwrap_or(u32::MAX),
        commitments: u32::try_from(stored.entry.groups.len()).unwrap_or(u32::MAX),
    };
    let Some((kept, checkpoint)) = trust.last()? else {
        return Ok(view);
    };
    let fingerprint = trust.key()?.map(|key| key.fingerprint).unwrap_or_default();
    view.checkpoint = Some(trust::view(&checkpoint, &fingerprint));
    view.checked_at = Some(kept.verified_at);
    if let Some(path) = path {
        view.verified = verify_inclusion(stored.seq, checkpoint.size, &leaf, &checkpoint.root, &path).is_ok();
        view.path = path.iter().map(hex::encode).collect();
    }
    Ok(view)
}
