//! The auditor: reads a log once, from its first entry (or the start of a window) to its last, and
//! says everything that does not fit.
//!
//! What must stay true: memory does not grow with the log, only with what is missing from it; a
//! missing group is explained by a *later* tombstone that names one of its holders, or by the later
//! dropping of its period; missing bytes by a *later* pruning that names their number; nothing is
//! explained by anything else.

use super::absent::Bytes;
use super::entry::{ClearEntry, Holder, read_entry};
use super::finding::{Finding, HashText, Head};
use super::frontier::Frontier;
use crate::hash::{EMPTY_ROOT, Hash, commitment, leaf_hash};
use std::collections::HashMap;

/// The most findings that are kept whole; the rest are counted.
pub const MAX_FINDINGS: usize = 200;

/// An entry as it was found.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its sequence number.
    pub seq: u64,
    /// The leaf hash that stands beside it.
    pub leaf: Hash,
    /// Its bytes.
    pub body: Body<'a>,
    /// Its sealed groups, in the order of its commitments.
    pub groups: &'a [GroupState<'a>],
}

/// An entry's bytes as they were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// Here.
    Here(&'a [u8]),
    /// This reader may not see the entry; nothing follows from that.
    Withheld,
    /// Gone.
    Gone,
}

/// A sealed group as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupState<'a> {
    /// Opened.
    Opened {
        /// The sixteen bytes that the commitment begins with.
        seed: &'a [u8; 16],
        /// The group's bytes.
        group: &'a [u8],
    },
    /// This reader may not open it; nothing follows from that.
    Withheld,
    /// The sealed bytes and the key are there, but do not fit each other.
    DoesNotOpen,
    /// The sealed bytes or the key are gone.
    Gone,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries the tree has, those before a window included.
    pub size: u64,
    /// The root of the entries, where none is missing.
    pub root: Option<Hash>,
    /// Entries whose bytes were hashed.
    pub entries_checked: u64,
    /// Entries of which this reader sees only the leaf.
    pub entries_withheld: u64,
    /// Groups that were opened and compared with their commitments.
    pub groups_checked: u64,
    /// Groups that this reader may not open.
    pub groups_withheld: u64,
    /// Groups that a tombstone explains.
    pub groups_erased: u64,
    /// Groups that a dropped period explains.
    pub groups_dropped: u64,
    /// Entries whose bytes are gone, as a pruning explains.
    pub entries_pruned: u64,
    /// Sizes of the signed heads whose root is the root of the entries.
    pub heads_confirmed: Vec<u64>,
    /// Sizes of the signed heads that lie before the window, and so could not be compared.
    pub heads_before_window: Vec<u64>,
    /// What does not fit, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub more_findings: u64,
}

impl Verdict {
    /// Nothing was found.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A group that was not there, until a tombstone explains it.
struct Absent {
    seq: u64,
    group: u32,
    commitment: Hash,
    holder: Holder,
}

/// Reads rows in order and judges them.
pub struct Auditor {
    tree: Frontier,
    /// Where the window begins.
    first: u64,
    /// The number that the next row must have.
    next: u64,
    /// Rows are missing: there is no root any more.
    torn: bool,
    recorded_at: i64,
    /// How many entries somebody signed for.
    signed: u64,
    /// Heads not reached yet, the largest first.
    heads: Vec<Head>,
    absent: Vec<Absent>,
    /// Entries whose bytes are gone, and what explains it.
    bytes: Bytes,
    /// Whose keys are gone, and in which entry the log says so last.
    tombstones: HashMap<[u8; 16], u64>,
    /// Which periods' keys are gone, and in which entry the log says so last.
    dropped: HashMap<(i32, u8), u64>,
    verdict: Verdict,
}

impl Auditor {
    /// Audits a log from its first entry, against these heads that are known to be signed (or, on a
    /// desk, proven consistent with a signed one). The largest must cover every row that will come:
    /// entries that nobody signed for are a finding.
    #[must_use]
    pub fn new(heads: Vec<Head>) -> Self {
        Self::from_window(Frontier::default(), heads)
    }

    /// Audits a log from the entry after this prefix, against these signed heads.
    #[must_use]
    pub fn from_window(prefix: Frontier, mut heads: Vec<Head>) -> Self {
        heads.sort_by_key(|head| std::cmp::Reverse(head.size));
        let mut auditor = Self {
            first: prefix.size(),
            next: prefix.size(),
            tree: prefix,
            torn: false,
            recorded_at: i64::MIN,
            signed: heads.first().map_or(0, |head| head.size),
            heads,
            absent: Vec::new(),
            bytes: Bytes::default(),
            tombstones: HashMap::new(),
            dropped: HashMap::new(),
            verdict: Verdict {
                size: 0,
                root: None,
                entries_checked: 0,
                entries_withheld: 0,
                groups_checked: 0,
                groups_withheld: 0,
                groups_erased: 0,
                groups_dropped: 0,
                entries_pruned: 0,
                heads_confirmed: Vec::new(),
                heads_before_window: Vec::new(),
                findings: Vec::new(),
                more_findings: 0,
            },
        };
        while let Some(head) = auditor.heads.pop_if(|head| head.size < auditor.next) {
            auditor.verdict.heads_before_window.push(head.size);
        }
        auditor.compare_heads();
        auditor
    }

    /// Takes the next row.
    pub fn row(&mut self, row: Row<'_>) {
        if row.seq < self.next {
            self.found(Finding::EntryMisplaced {
                seq: row.seq,
                reason: format!("entry {} should follow here", self.next),
            });
            return;
        }
        if row.seq > self.next {
            self.found(Finding::EntryMissing {
                first: self.next,
                last: row.seq - 1,
                leaf: None,
            });
            self.torn = true;
        }
        self.next = row.seq.saturating_add(1);
        match row.body {
            Body::Here(body) => self.body(row, body),
            Body::Withheld => {
                self.verdict.entries_withheld += 1;
                self.tree.push(row.leaf);
            }
            Body::Gone => {
                self.bytes.gone(row.seq, row.leaf);
                self.tree.push(row.leaf);
            }
        }
        self.compare_heads();
    }

    /// Everything was fed.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        // Heads whose entries never came.
        while let Some(kept) = self.heads.pop() {
            self.found(Finding::Shrunk {
                kept,
                size: self.next,
                served: None,
            });
        }
        if self.next > self.signed.max(self.first) {
            self.found(Finding::EntryUnsigned {
                first: self.signed.max(self.first),
                last: self.next - 1,
            });
        }
        let (pruned, unexplained) = std::mem::take(&mut self.bytes).judge();
        self.verdict.entries_pruned = pruned;
        for (first, last, leaf) in unexplained {
            self.found(Finding::EntryMissing {
                first,
                last,
                leaf: leaf.map(HashText),
            });
        }
        for absent in std::mem::take(&mut self.absent) {
            match (self.explained(&absent), &absent.holder) {
                (true, Holder::Subjects(_)) => self.verdict.groups_erased += 1,
                (true, Holder::Period { .. }) => self.verdict.groups_dropped += 1,
                (false, _) => self.found(Finding::GroupMissing {
                    seq: absent.seq,
                    group: absent.group,
                    commitment: HashText(absent.commitment),
                    holder: absent.holder,
                }),
            }
        }
        self.verdict.size = self.next;
        self.verdict.root = (!self.torn).then(|| self.tree.root());
        self.verdict
    }

    fn body(&mut self, row: Row<'_>, body: &[u8]) {
        self.verdict.entries_checked += 1;
        let computed = leaf_hash(body);
        // The tree is built from the bytes: what stands beside them is only a claim.
        self.tree.push(computed);
        if computed != row.leaf {
            self.found(Finding::EntryChanged {
                seq: row.seq,
                leaf: HashText(row.leaf),
                computed: HashText(computed),
                body: body.to_vec(),
            });
            return;
        }
        match read_entry(body) {
            Ok(entry) => self.entry(row, entry),
            Err(unreadable) => self.found(Finding::EntryUnreadable {
                seq: row.seq,
                leaf: HashText(row.leaf),
                reason: unreadable.to_string(),
                body: body.to_vec(),
            }),
        }
    }

    fn entry(&mut self, row: Row<'_>, entry: ClearEntry) {
        if entry.recorded_at < self.recorded_at {
            self.found(Finding::EntryMisplaced {
                seq: row.seq,
                reason: "it was recorded before the entry ahead of it".to_owned(),
            });
        }
        self.recorded_at = entry.recorded_at;
        for subject in entry.erased {
            self.tombstones.insert(subject, row.seq);
        }
        for period in entry.dropped {
            self.dropped.insert(period, row.seq);
        }
        for range in entry.pruned {
            self.bytes.explained(range, row.seq);
        }
        let mut groups = row.groups.iter();
        for (group, committed) in (0..).zip(entry.commitments) {
            let state = groups.next().copied().unwrap_or(GroupState::Gone);
            match state {
                GroupState::Withheld => self.verdict.groups_withheld += 1,
                GroupState::Opened { seed, group: bytes } => {
                    self.verdict.groups_checked += 1;
                    let computed = commitment(seed, bytes);
                    if computed != committed.hash {
                        self.mismatch(row.seq, group, Some(committed.hash), Some(computed));
                    }
                }
                GroupState::DoesNotOpen => self.mismatch(row.seq, group, Some(committed.hash), None),
                GroupState::Gone => self.absent.push(Absent {
                    seq: row.seq,
                    group,
                    commitment: committed.hash,
                    holder: committed.holder,
                }),
            }
        }
        let first_stray = row.groups.len() - groups.len();
        for (group, stray) in (first_stray..).zip(groups) {
            if *stray != GroupState::Gone {
                self.mismatch(row.seq, u32::try_from(group).unwrap_or(u32::MAX), None, None);
            }
        }
    }

    fn mismatch(&mut self, seq: u64, group: u32, commitment: Option<Hash>, computed: Option<Hash>) {
        self.found(Finding::CommitmentMismatch {
            seq,
            group,
            commitment: commitment.map(HashText),
            computed: computed.map(HashText),
        });
    }

    /// A tombstone after the entry names one of the holders, or its period was dropped after it. Ids
    /// are random and never come again, so one before it explains nothing.
    fn explained(&self, absent: &Absent) -> bool {
        match &absent.holder {
            Holder::Subjects(subjects) => subjects
                .iter()
                .any(|subject| self.tombstones.get(subject).is_some_and(|seq| *seq > absent.seq)),
            Holder::Period { day, class } => self
                .dropped
                .get(&(*day, *class))
                .is_some_and(|seq| *seq > absent.seq),
        }
    }

    /// Compares every head of exactly the size that was reached.
    fn compare_heads(&mut self) {
        while let Some(signed) = self.heads.pop_if(|head| head.size <= self.next) {
            let computed = if signed.size == 0 {
                EMPTY_ROOT
            } else {
                self.tree.root()
            };
            // Torn: the size was skipped, or the tree is not that of the entries. That something is
            // missing was said already, and no root can be given as evidence.
            if self.torn {
                continue;
            }
            if computed == signed.root.0 {
                self.verdict.heads_confirmed.push(signed.size);
            } else {
                self.found(Finding::RootMismatch {
                    signed,
                    computed: HashText(computed),
                });
            }
        }
    }

    fn found(&mut self, finding: Finding) {
        if self.verdict.findings.len() < MAX_FINDINGS {
            self.verdict.findings.push(finding);
        } else {
            self.verdict.more_findings += 1;
        }
    }
}
