//! *Verify now* and the rolling audit: the copy against its checkpoint, then every entry fetched
//! anew, hashed here, and compared with the leaves that this desk knows.
//!
//! The platform's word counts for nothing: a body that changed under an unchanged tree, an entry
//! that is not served any more, a group that vanished without a tombstone are all noticed.

use super::{Refetched, Stop, Sync, check, erased, hash, missing, misspoken, open_entry};
use crate::Error;
use crate::cache::{Cache, PageEntry};
use crate::trust::{FindingKind, Trust};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use vigia_client::SyncQuery;
use vigia_domain::SubjectId;
use vigia_domain::entry::{Entry, Holder};
use vigia_ledger::tree::CompactRange;
use vigia_ledger::{Hash, commitment, leaf_hash};
use vigia_wire::sync::SyncLine;

/// How many leaves are read at a time.
const CHUNK: u64 = 4_096;

/// A group as it lies in the copy: number, seed, bytes.
type Opened = (u32, [u8; 16], Vec<u8>);

/// What checking the own copy found.
#[derive(Debug, Clone, Default)]
pub struct OwnCopy {
    /// Entries that were hashed.
    pub entries: u64,
    /// Groups that were checked against their commitments.
    pub groups: u64,
}

/// Checks the copy against the last trusted checkpoint: every body against its leaf, every group
/// against its commitment, all leaves against the root. `progress` hears how many leaves it read.
///
/// # Errors
/// `local_copy_changed` where something does not fit; or what failed.
pub async fn own_copy(cache: &Cache, trust: &Trust, mut progress: impl FnMut(u64)) -> Result<OwnCopy, Stop> {
    let trusted = trust.last()?.map(|(_, checkpoint)| checkpoint);
    let changed = |detail: String, seq: Option<u64>| {
        Stop::finding(FindingKind::LocalCopyChanged, detail, seq, json!({"seq": seq}))
    };
    // What lies before the first entry is known by these hashes alone.
    let mut range = cache.base().await?;
    let mut checked = OwnCopy::default();
    if let Some(trusted) = trusted.as_ref().filter(|trusted| trusted.size == range.size())
        && trusted.root != range.root()
    {
        let detail = format!(
            "the hashes before the copy's first entry, {}, do not make the trusted root",
            range.size()
        );
        return Err(changed(detail, None));
    }
    loop {
        let from = range.size();
        let leaves = cache.leaves(from, CHUNK).await?;
        if leaves.is_empty() {
            break;
        }
        progress(from);
        let mut groups: BTreeMap<u64, Vec<Opened>> = BTreeMap::new();
        for (seq, number, seed, data) in cache.groups(from, from + leaves.len() as u64).await? {
            groups.entry(seq).or_default().push((number, seed, data));
        }
        for (seq, leaf, body) in leaves {
            if seq != range.size() {
                return Err(changed(
                    format!("leaf {} of the copy is missing", range.size()),
                    Some(range.size()),
                ));
            }
            if let Some(body) = body {
                if leaf_hash(&body) != leaf {
                    return Err(changed(
                        format!("entry {seq} of the copy is not what was verified"),
                        Some(seq),
                    ));
                }
                for (number, seed, data) in groups.remove(&seq).unwrap_or_default() {
                    if !is_committed(&body, number, &seed, &data) {
                        let detail =
                            format!("group {number} of entry {seq} of the copy is not what was verified");
                        return Err(changed(detail, Some(seq)));
                    }
                    checked.groups += 1;
                }
                checked.entries += 1;
            }
            range.append(leaf);
            if let Some(trusted) = trusted.as_ref().filter(|trusted| trusted.size == range.size())
                && trusted.root != range.root()
            {
                let detail = format!(
                    "the copy's first {} leaves do not make the trusted root",
                    range.size()
                );
                return Err(changed(detail, None));
            }
        }
    }
    if range != cache.range().await? {
        return Err(changed(
            "the copy's leaves do not make the range it was left with".to_owned(),
            None,
        ));
    }
    Ok(checked)
}

fn is_committed(body: &[u8], number: u32, seed: &[u8; 16], data: &[u8]) -> bool {
    let (Ok(entry), Ok(number)) = (Entry::from_bytes(body), usize::try_from(number)) else {
        return false;
    };
    entry
        .groups
        .get(number)
        .is_some_and(|committed| committed.hash == commitment(seed, data))
}

/// How much of the log to fetch anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything that the copy knows.
    Whole,
    /// This many entries from here on: a step of the rolling audit.
    Part {
        /// The first entry.
        from: u64,
        /// How many.
        entries: u64,
    },
}

impl Sync<'_> {
    /// Proves that the platform's newest checkpoint continues the trusted one. Needs no session.
    ///
    /// # Errors
    /// What does not fit, or what failed.
    pub async fn checkpoint(&self) -> Result<String, Stop> {
        let key = self.client.ledger_key().await?;
        let trusted = self.trust.key()?;
        if let Some(trusted) = trusted.filter(|trusted| trusted.verifier != key.verifier)
            && !self.follow(&key).await?
        {
            return Err(Stop::finding(
                FindingKind::KeyChanged,
                format!(
                    "the platform's log key is {}, the trusted one {}",
                    key.fingerprint, trusted.fingerprint
                ),
                None,
                json!({"trusted_key": trusted, "presented_key": key}),
            ));
        }
        let note = self.client.checkpoint().await?;
        let checkpoint = self.continues(&note).await?;
        check::copy_fits(&self.cache.range().await?, &checkpoint, &note)?;
        Ok(note)
    }

    /// Fetches entries anew and compares each with the leaf that this desk knows. Says how many.
    ///
    /// # Errors
    /// The first entry that does not fit, or what failed.
    pub async fn refetch(&self, extent: Extent, mut progress: impl FnMut(u64)) -> Result<Refetched, Stop> {
        let size = self.cache.range().await?.size();
        let base = self.cache.base().await?;
        let (from, end) = match extent {
            Extent::Whole => (0, size),
            Extent::Part { from, entries } => {
                // Single entries before the copy's first are not known; together they are.
                let from = from.max(base.size());
                (from.min(size), from.saturating_add(entries).min(size))
            }
        };
        let mut audit = Audit {
            next: from,
            end,
            base,
            before: CompactRange::new(),
            erased: HashSet::new(),
            vanished: BTreeMap::new(),
            bare: Vec::new(),
            hashes: 0,
            known: BTreeMap::new(),
        };
        while audit.next < end {
            let before = audit.next;
            self.refetch_answer(&mut audit).await?;
            progress(audit.next - from);
            if audit.next == before {
                return Err(missing(before, "the platform does not serve it any more", None));
            }
        }
        if audit.unexplained(self.cache).await?.is_some() {
            // What explains it may have come after the copy's end: an erasure or a pruning meanwhile.
            self.pull(|_| {}).await?;
            if let Some((seq, reason)) = audit.unexplained(self.cache).await? {
                return Err(missing(seq, &reason, None));
            }
        }
        Ok(Refetched {
            entries: end - from,
            bare: audit.hashes,
        })
    }

    async fn refetch_answer(&self, audit: &mut Audit) -> Result<(), Stop> {
        let after = audit.next.checked_sub(1);
        let wanted = (audit.end - audit.next).min(vigia_wire::sync::MAX_ENTRIES);
        let query = SyncQuery {
            after,
            limit: Some(wanted),
            ..SyncQuery::default()
        };
        let mut lines = match self.lines(&query).await {
            Ok(lines) => lines,
            Err(Error::Platform(problem)) => return Err(self.answer_about(audit.next, problem)),
            Err(error) => return Err(error.into()),
        };
        loop {
            let Some(line) = lines.next().await? else {
                return Ok(());
            };
            let (seq, leaf, entry) = match line {
                SyncLine::Begin(begin) if begin.from != audit.next => {
                    return Err(misspoken("the answer begins elsewhere"));
                }
                SyncLine::Begin(_) | SyncLine::Page { .. } => continue,
                SyncLine::End { .. } => return Ok(()),
                // The platform stumbles over an entry that it served before: that is an answer too.
                SyncLine::Failed { problem } => return Err(self.answer_about(audit.next, problem)),
                SyncLine::Leaf { seq, hash: given } => (
                    seq,
                    hash(&given).ok_or_else(|| misspoken("a leaf hash is not 32 bytes"))?,
                    None,
                ),
                SyncLine::Entry(line) => (line.seq, leaf_hash(&line.body.0), Some(line)),
            };
            if audit.next >= audit.end {
                return Ok(());
            }
            if seq != audit.next {
                return Err(missing(
                    audit.next,
                    &format!("entry {seq} came in its place"),
                    None,
                ));
            }
            audit.hashes += u64::from(entry.is_none());
            if audit.is_before() {
                audit.before(leaf)?;
                if let Some(line) = entry {
                    let entry = open_entry(line)?;
                    audit
                        .erased
                        .extend(entry.iter().flat_map(|entry| erased(&entry.entry)));
                }
                continue;
            }
            let (known, held) = audit.known(self.cache).await?;
            if known.is_some() && known == Some(leaf) && held && entry.is_none() {
                audit.bare.push(seq);
            }
            if known != Some(leaf) {
                return Err(Stop::finding(
                    FindingKind::EntryChanged,
                    format!("entry {seq} is not what it was when this desk first saw it"),
                    Some(seq),
                    json!({"seq": seq, "known_leaf": known.map(hex::encode), "computed_leaf": hex::encode(leaf),
                           "served_body": entry.as_ref().map(|line| hex::encode(&line.body.0))}),
                ));
            }
            if let Some(line) = entry {
                audit.entry(seq, open_entry(line)?.as_ref());
            }
            audit.next += 1;
        }
    }
}

/// A pass over entries that are known.
struct Audit {
    next: u64,
    end: u64,
    /// What the copy knows of everything before its first entry.
    base: CompactRange,
    /// The same, from what was served.
    before: CompactRange,
    /// People whom tombstones on the way name.
    erased: HashSet<SubjectId>,
    /// Groups that were not served, by entry.
    vanished: BTreeMap<u64, Vec<(u32, Vec<SubjectId>)>>,
    /// Entries of which only the hash was served, though the copy holds their bytes.
    bare: Vec<u64>,
    /// Entries of which only the hash was served.
    hashes: u64,
    /// Leaves read ahead, and whether the copy holds the bytes.
    known: BTreeMap<u64, (Hash, bool)>,
}

impl Audit {
    /// Whether the next entry lies before the copy's first.
    fn is_before(&self) -> bool {
        self.next < self.base.size()
    }

    /// Takes such an entry in; with the last one, they must make the hashes that the copy knows.
    fn before(&mut self, leaf: Hash) -> Result<(), Stop> {
        self.before.append(leaf);
        self.next += 1;
        if self.is_before() || self.before == self.base {
            return Ok(());
        }
        let hashes = |range: &CompactRange| range.hashes().iter().map(hex::encode).collect::<Vec<_>>();
        Err(Stop::finding(
            FindingKind::EntryChanged,
            format!(
                "the first {} entries, older than this copy, are not what they were when this desk verified them",
                self.base.size()
            ),
            None,
            json!({"size": self.base.size(), "known_range": hashes(&self.base), "computed_range": hashes(&self.before)}),
        ))
    }

    /// The leaf hash of the next entry, and whether the copy holds its bytes.
    async fn known(&mut self, cache: &Cache) -> Result<(Option<Hash>, bool), Stop> {
        if !self.known.contains_key(&self.next) {
            let ahead = cache.leaves(self.next, CHUNK).await?;
            let leaves = ahead
                .into_iter()
                .map(|(seq, leaf, body)| (seq, (leaf, body.is_some())));
            self.known = leaves.collect();
        }
        Ok(self
            .known
            .remove(&self.next)
            .map_or((None, false), |(leaf, held)| (Some(leaf), held)))
    }

    fn entry(&mut self, seq: u64, entry: Option<&PageEntry>) {
        let Some(entry) = entry else { return };
        self.erased.extend(erased(&entry.entry));
        let served: BTreeSet<u32> = entry.groups.iter().map(|group| group.number).collect();
        for (number, commitment) in (0_u32..).zip(&entry.entry.groups) {
            if served.contains(&number) {
                continue;
            }
            let people = match &commitment.holder {
                Holder::Subjects(people) => people.clone(),
                Holder::Period { .. } => Vec::new(),
            };
            self.vanished.entry(seq).or_default().push((number, people));
        }
    }

    /// What this desk holds and is not served any more needs a tombstone or a pruning; once the copy
    /// has obeyed one, it holds it no more. The first that nothing explains.
    async fn unexplained(&self, cache: &Cache) -> Result<Option<(u64, String)>, Stop> {
        for seq in &self.bare {
            let held = cache.leaves(*seq, 1).await?;
            if held.iter().any(|(found, _, body)| found == seq && body.is_some()) {
                let reason = "only its hash came, though its bytes may be seen".to_owned();
                return Ok(Some((*seq, reason)));
            }
        }
        for (seq, groups) in &self.vanished {
            let held: BTreeSet<u32> = cache
                .groups(*seq, seq + 1)
                .await?
                .into_iter()
                .map(|(_, number, ..)| number)
                .collect();
            for (number, people) in groups {
                let mut explained =
                    !held.contains(number) || people.iter().any(|person| self.erased.contains(person));
                for person in people {
                    explained = explained || cache.is_erased(*person).await?;
                }
                if !explained {
                    let reason = format!("its group {number} is missing and nothing explains it");
                    return Ok(Some((*seq, reason)));
                }
            }
        }
        Ok(None)
    }
}
