//! The lower edge of the copy: where a first sync begins, and how older entries come back.
//!
//! Older entries need no checkpoint: with the compact range before them they must lead to the range
//! that the copy begins with, and that one was proven when it was kept.

use super::{Receiver, Stop, Sync, hashes, misspoken};
use crate::trust::FindingKind;
use serde_json::json;
use vigia_client::SyncQuery;
use vigia_domain::Timestamp;
use vigia_ledger::checkpoint::Checkpoint;
use vigia_ledger::tree::CompactRange;
use vigia_wire::Problem;
use vigia_wire::sync::{Begin, SyncLine};

/// Entries that come back at a time.
pub(crate) const OLDER_ENTRIES: u64 = 4_096;

/// The compact range before an answer that begins with a window. It is proven with the first page.
pub(super) fn prefix(begin: &Begin, checkpoint: &Checkpoint) -> Result<CompactRange, Stop> {
    if begin.from > checkpoint.size {
        return Err(misspoken("the answer begins after the log's end"));
    }
    before(begin)
}

fn before(begin: &Begin) -> Result<CompactRange, Stop> {
    let wrong = || misspoken("the hashes before an answer are not those of its beginning");
    let given = hashes(&begin.prefix).ok_or_else(wrong)?;
    CompactRange::from_hashes(begin.from, given).map_err(|_| wrong())
}

impl Sync<'_> {
    /// The first entry that the platform recorded at this moment or later, as it says. Nothing is
    /// believed because of it; it only says how far to ask.
    ///
    /// # Errors
    /// What failed.
    pub async fn first_since(&self, since: Timestamp) -> Result<u64, Stop> {
        let query = SyncQuery {
            since: Some(super::rfc3339(since)),
            limit: Some(1),
            ..SyncQuery::default()
        };
        let mut lines = self.lines(&query).await?;
        match lines.next().await? {
            Some(SyncLine::Begin(begin)) => Ok(begin.from),
            Some(SyncLine::Failed { problem }) => Err(problem.into()),
            _ => Err(misspoken("the answer does not begin")),
        }
    }

    /// Fetches entries before the copy's first, down to `target` at the most; says how many came.
    ///
    /// # Errors
    /// Where they do not lead to what this desk verified; or what failed.
    pub async fn older(&self, target: u64) -> Result<u64, Stop> {
        let base = self.cache.base().await?;
        let from = target.max(base.size().saturating_sub(OLDER_ENTRIES));
        let count = base.size().saturating_sub(from);
        if count == 0 {
            return Ok(0);
        }
        let query = SyncQuery {
            after: from.checked_sub(1),
            prefix: true,
            limit: Some(count),
            since: None,
        };
        let mut lines = self.lines(&query).await.map_err(Stop::Failed)?;
        let begin = match lines.next().await? {
            Some(SyncLine::Begin(begin)) if begin.from == from => begin,
            Some(SyncLine::Failed { problem }) => return Err(self.answer_about(from, problem)),
            _ => return Err(misspoken("the answer begins elsewhere")),
        };
        let mut receiver = Receiver::new(before(&begin)?, self.trust)?;
        receiver.page.base = Some(receiver.page.range.clone());
        while receiver.next() < base.size() {
            match lines.next().await? {
                Some(SyncLine::Entry(line)) => receiver.entry(line)?,
                Some(SyncLine::Leaf { seq, hash }) => receiver.leaf(seq, &hash)?,
                Some(SyncLine::Page { .. }) => {}
                Some(SyncLine::Failed { problem }) => return Err(self.answer_about(receiver.next(), problem)),
                Some(SyncLine::Begin(_) | SyncLine::End { .. }) | None => {
                    let detail = "fetching older entries: the answer broke off";
                    return Err(Problem::new(vigia_wire::Code::Unreachable, detail).into());
                }
            }
        }
        if receiver.page.range != base {
            let hashes = |range: &CompactRange| range.hashes().iter().map(hex::encode).collect::<Vec<_>>();
            return Err(Stop::finding(
                FindingKind::EntryChanged,
                format!(
                    "entries {from} to {} are not what they were when this desk verified them",
                    base.size() - 1
                ),
                None,
                json!({"from": from, "size": base.size(), "known_range": hashes(&base),
                       "computed_range": hashes(&receiver.page.range)}),
            ));
        }
        self.cache.put_older(receiver.page).await?;
        Ok(count)
    }
}
