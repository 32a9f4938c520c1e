//! Bringing the copy level with the platform, believing nothing that is not proven.
//!
//! Each entry is hashed as it arrives and appended to the copy's compact range; a page is kept only
//! when its range is proven to lie in the session's signed checkpoint, and that checkpoint only
//! when it is proven to continue the last one that was trusted. Killed at any point, the next sync
//! goes on after the last page. Whatever does not fit is a [`Finding`](crate::trust::Finding), and nothing is overwritten.

mod chain;
pub mod check;
mod stop;
mod told;
pub mod verify;
pub(crate) mod window;

use crate::Error;
use crate::cache::{Cache, OpenedGroup, Page, PageEntry, PageRow};
use crate::session::Session;
use crate::trust::{FindingKind, Trust};
use serde_json::json;
use vigia_client::{Client, SyncLines, SyncQuery};
use vigia_domain::Timestamp;
use vigia_domain::entry::{Entry, Group};
use vigia_ledger::checkpoint::Checkpoint;
use vigia_ledger::proof::verify_consistency;
use vigia_ledger::tree::CompactRange;
use vigia_ledger::{Hash, commitment, leaf_hash};
use vigia_wire::sync::{EntryLine, SyncLine};
use vigia_wire::{Base64, Code, Problem};

pub use stop::Stop;
pub(crate) use told::{erased, gone};

/// What a sync brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Entries that were added to the copy.
    pub entries: u64,
    /// Of these, how many came as a leaf hash alone.
    pub bare: u64,
    /// The platform's size at its last word.
    pub platform_size: u64,
}

/// What was fetched anew and found as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refetched {
    /// Entries in all.
    pub entries: u64,
    /// Of these, how many came as a leaf hash alone.
    pub bare: u64,
}

/// The parts of a desk that a sync works on.
pub struct Sync<'a> {
    /// The platform.
    pub client: &'a Client,
    /// The copy.
    pub cache: &'a Cache,
    /// What is trusted.
    pub trust: &'a Trust,
    /// Who asks.
    pub session: &'a Session,
    /// A copy that is empty begins with what was recorded from this moment on.
    pub since: Option<Timestamp>,
    /// The most bytes of the copy's content.
    pub limit_bytes: Option<u64>,
    /// The present.
    pub now: Timestamp,
    /// Whether a platform that fails over what it signed counts as one that refuses: in a check it
    /// does, in a sync it may be a passing trouble of its own.
    pub strict: bool,
}

impl Sync<'_> {
    /// Whether this answer, to a question about entries that the platform signed, is a refusal.
    fn refuses(&self, problem: &Problem) -> bool {
        match problem.code {
            Code::NotFound | Code::InvalidRequest => true,
            Code::Internal => self.strict,
            _ => false,
        }
    }

    /// A failed answer about known entries: a finding where it is a refusal.
    fn answer_about(&self, seq: u64, problem: Problem) -> Stop {
        if self.refuses(&problem) {
            return missing(seq, &problem.detail, Some(&problem));
        }
        problem.into()
    }

    /// Asks for a part of the log; where the platform does not take the access token any more, once
    /// more with another: a long sync outlives its first token, and clocks differ.
    async fn lines(&self, query: &SyncQuery) -> Result<SyncLines, Error> {
        let access = self.session.access().await?;
        match self.client.sync(&access, query).await {
            Err(problem) if problem.code == Code::NotSignedIn => {
                let access = self.session.renew(&access).await?;
                Ok(self.client.sync(&access, query).await?)
            }
            answer => Ok(answer?),
        }
    }
}

/// An entry that this desk knows, or that the platform signed, is not served.
pub(crate) fn missing(seq: u64, reason: &str, problem: Option<&Problem>) -> Stop {
    Stop::finding(
        FindingKind::EntryMissing,
        format!("entry {seq}, which lies in the log, was not served: {reason}"),
        Some(seq),
        json!({"seq": seq, "reason": reason, "problem": problem}),
    )
}

impl Sync<'_> {
    /// Pulls until the copy is level with the platform. `progress` hears of each page.
    ///
    /// # Errors
    /// What does not fit, or what failed.
    pub async fn pull(&self, mut progress: impl FnMut(Pulled)) -> Result<Pulled, Stop> {
        let mut pulled = Pulled::default();
        loop {
            let before = pulled.entries;
            let complete = self.answer(&mut pulled, &mut progress).await?;
            if complete {
                return Ok(pulled);
            }
            if pulled.entries == before {
                let detail = "syncing: the platform neither sends entries nor says that there are no more";
                return Err(Problem::new(Code::NotAPlatform, detail).into());
            }
        }
    }

    async fn answer(&self, pulled: &mut Pulled, progress: &mut impl FnMut(Pulled)) -> Result<bool, Stop> {
        let range = self.cache.range().await?;
        let after = range.size().checked_sub(1);
        let since = self.since.filter(|_| after.is_none());
        let mut lines = self
            .lines(&SyncQuery {
                after,
                since: since.map(rfc3339),
                ..SyncQuery::default()
            })
            .await?;
        let begin = match lines.next().await? {
            Some(SyncLine::Begin(begin)) => begin,
            Some(SyncLine::Failed { problem }) => return Err(problem.into()),
            _ => return Err(misspoken("the answer does not begin")),
        };
        let checkpoint = self.continues(&begin.checkpoint).await?;
        check::copy_fits(&range, &checkpoint, &begin.checkpoint)?;
        let (range, windowed) = match since {
            Some(_) if begin.from > 0 => (window::prefix(&begin, &checkpoint)?, true),
            _ => (range, false),
        };
        if begin.from != range.size() {
            return Err(misspoken("the answer begins elsewhere"));
        }
        pulled.platform_size = checkpoint.size;
        let mut receiver = Receiver::new(range, self.trust)?;
        receiver.page.base = windowed.then(|| receiver.page.range.clone());
        loop {
            match lines.next().await? {
                Some(SyncLine::Entry(line)) => receiver.entry(line)?,
                Some(SyncLine::Leaf { seq, hash }) => {
                    pulled.bare += 1;
                    receiver.leaf(seq, &hash)?;
                }
                Some(SyncLine::Page { size, consistency }) => {
                    let page = receiver.page(size, &consistency, &checkpoint, &begin.checkpoint)?;
                    pulled.entries += page.rows.len() as u64;
                    self.cache.put_page(page).await?;
                    if let Some(limit) = self.limit_bytes {
                        self.cache.fit(limit).await?;
                    }
                    progress(*pulled);
                }
                Some(SyncLine::End { complete }) => {
                    if complete {
                        receiver.ends_at(&checkpoint, &begin.checkpoint)?;
                        if let Some(base) = &receiver.page.base {
                            // Nothing was recorded within the window.
                            self.cache.begin_after(base).await?;
                        }
                        self.trust.keep(&begin.checkpoint, self.now, false)?;
                    }
                    return Ok(complete);
                }
                Some(SyncLine::Failed { problem }) => return Err(self.answer_about(receiver.next(), problem)),
                Some(SyncLine::Begin(_)) => return Err(misspoken("the answer begins twice")),
                None => {
                    let detail = "syncing: the answer broke off";
                    return Err(Problem::new(Code::Unreachable, detail).into());
                }
            }
        }
    }
}

/// The platform does not speak as it should; this says nothing about the log.
pub(crate) fn misspoken(what: &str) -> Stop {
    Problem::new(Code::NotAPlatform, format!("reading the log: {what}")).into()
}

fn rfc3339(time: Timestamp) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Thirty-two bytes as a hash.
pub(crate) fn hash(bytes: &Base64) -> Option<Hash> {
    bytes.0.as_slice().try_into().ok()
}

pub(crate) fn hashes(list: &[Base64]) -> Option<Vec<Hash>> {
    list.iter().map(hash).collect()
}

/// The page that is being received.
struct Receiver {
    page: Page,
    /// The checkpoint that was trusted before this sync: passing its size, the root must be its.
    trusted: Option<Checkpoint>,
}

impl Receiver {
    fn new(range: CompactRange, trust: &Trust) -> Result<Self, Stop> {
        let trusted = trust.last()?.map(|(_, checkpoint)| checkpoint);
        Ok(Self {
            page: Page {
                range,
                ..Page::default()
            },
            trusted,
        })
    }

    /// The sequence number that comes next.
    fn next(&self) -> u64 {
        self.page.range.size()
    }

    fn append(&mut self, seq: u64, leaf: Hash, entry: Option<PageEntry>) -> Result<(), Stop> {
        if seq != self.page.range.size() {
            return Err(Stop::finding(
                FindingKind::EntryMissing,
                format!(
                    "entry {} was not served; entry {seq} came in its place",
                    self.page.range.size()
                ),
                Some(self.page.range.size()),
                json!({"expected": self.page.range.size(), "served": seq}),
            ));
        }
        let nodes = &mut self.page.nodes;
        self.page
            .range
            .append_noting(leaf, |level, number, hash| nodes.push((level, number, hash)));
        self.page.rows.push(PageRow { seq, leaf, entry });
        let passed = self
            .trusted
            .as_ref()
            .filter(|trusted| trusted.size == self.page.range.size());
        match passed {
            Some(trusted) if trusted.root != self.page.range.root() => Err(Stop::finding(
                FindingKind::RootMismatch,
                format!(
                    "the first {} entries are not those that were trusted before",
                    trusted.size
                ),
                None,
                json!({"size": trusted.size, "trusted_root": hex::encode(trusted.root),
                       "computed_root": hex::encode(self.page.range.root())}),
            )),
            _ => Ok(()),
        }
    }

    fn leaf(&mut self, seq: u64, given: &Base64) -> Result<(), Stop> {
        let leaf = hash(given).ok_or_else(|| misspoken("a leaf hash is not 32 bytes"))?;
        self.append(seq, leaf, None)
    }

    fn entry(&mut self, line: EntryLine) -> Result<(), Stop> {
        let seq = line.seq;
        let leaf = leaf_hash(&line.body.0);
        let entry = open_entry(line)?;
        if let Some(entry) = &entry {
            self.page.erased.extend(erased(&entry.entry));
            self.page.gone.extend(gone(&entry.entry));
        }
        self.append(seq, leaf, entry)
    }

    /// The page, if everything up to its end is a prefix of the checkpoint's tree.
    fn page(
        &mut self,
        size: u64,
        proof: &[Base64],
        checkpoint: &Checkpoint,
        note: &str,
    ) -> Result<Page, Stop> {
        if size != self.page.range.size() {
            return Err(misspoken("a page ends elsewhere than its entries"));
        }
        let proof = hashes(proof).ok_or_else(|| misspoken("a proof's hash is not 32 bytes"))?;
        let root = self.page.range.root();
        if let Err(error) = verify_consistency(size, checkpoint.size, &root, &checkpoint.root, &proof) {
            let first = self.page.rows.first().map(|row| row.seq);
            return Err(Stop::finding(
                FindingKind::RootMismatch,
                format!("the first {size} entries, as served, do not lie in the signed tree: {error}"),
                None,
                json!({"size": size, "page_from": first, "computed_root": hex::encode(root), "checkpoint": note,
                       "proof": proof.iter().map(hex::encode).collect::<Vec<_>>()}),
            ));
        }
        let range = self.page.range.clone();
        Ok(std::mem::replace(
            &mut self.page,
            Page {
                range,
                ..Page::default()
            },
        ))
    }

    fn ends_at(&self, checkpoint: &Checkpoint, note: &str) -> Result<(), Stop> {
        if !self.page.rows.is_empty() {
            return Err(misspoken("the answer ends within a page"));
        }
        let range = &self.page.range;
        if range.size() == checkpoint.size && range.root() == checkpoint.root {
            return Ok(());
        }
        Err(Stop::finding(
            FindingKind::RootMismatch,
            format!(
                "the platform signed {} entries and served {}",
                checkpoint.size,
                range.size()
            ),
            None,
            json!({"served": range.size(), "computed_root": hex::encode(range.root()), "checkpoint": note}),
        ))
    }
}

/// Reads an entry and checks each opened group against its commitment. An entry of a version from
/// the future is kept as a bare leaf.
pub(crate) fn open_entry(line: EntryLine) -> Result<Option<PageEntry>, Stop> {
    let seq = line.seq;
    let Ok(entry) = Entry::from_bytes(&line.body.0) else {
        return Ok(None);
    };
    let mut groups = Vec::with_capacity(line.groups.len());
    for opened in line.groups {
        let number = usize::try_from(opened.index).unwrap_or(usize::MAX);
        let seed: Option<[u8; 16]> = opened.seed.0.as_slice().try_into().ok();
        let committed = entry.groups.get(number).map(|commitment| commitment.hash);
        let computed = seed.map(|seed| commitment(&seed, &opened.group.0));
        let group = Group::from_bytes(&opened.group.0).ok();
        match (seed, group) {
            (Some(seed), Some(group)) if committed.is_some() && committed == computed => {
                groups.push(OpenedGroup {
                    number: opened.index,
                    seed,
                    bytes: opened.group.0,
                    group,
                });
            }
            _ => {
                return Err(Stop::finding(
                    FindingKind::CommitmentMismatch,
                    format!("group {number} of entry {seq} is not what the entry committed to"),
                    Some(seq),
                    json!({"seq": seq, "group": number, "committed": committed.map(hex::encode),
                           "computed": computed.map(hex::encode), "body": hex::encode(&line.body.0)}),
                ));
            }
        }
    }
    Ok(Some(PageEntry {
        body: line.body.0,
        entry,
        groups,
    }))
}
