//! What a store keeps beside its entries, held against them: the head from which it appends, and the
//! tree hashes from which it serves proofs.
//!
//! Nothing of it is evidence of what happened; but a wrong head makes the next append sign a wrong
//! root, and a wrong tree hash makes proofs that no desk believes.

use super::entry::read_entry;
use super::finding::{Finding, HashText};
use super::frontier::Frontier;
use crate::hash::{Hash, leaf_hash};
use std::collections::BTreeMap;

/// Heights between two levels of stored tree hashes.
const LEVEL_HEIGHT: usize = 8;

/// The head's row as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredHead {
    /// How many entries it says there are.
    pub size: u64,
    /// The root of its compact range.
    pub root: Hash,
    /// When it says that the last entry was taken, in microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// How many entries its signed note covers, where it is one.
    pub signed: Option<u64>,
}

/// Computes from the entries what the tables must hold.
pub struct Tables {
    head: StoredHead,
    tree: Frontier,
    /// An entry is missing: nothing can be computed any more.
    torn: bool,
    recorded_at: Option<i64>,
    nodes: BTreeMap<(u64, u64), Hash>,
    findings: Vec<Finding>,
}

impl Tables {
    /// Expects the rows that this head covers.
    #[must_use]
    pub fn new(head: StoredHead) -> Self {
        Self {
            head,
            tree: Frontier::default(),
            torn: false,
            recorded_at: None,
            nodes: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Takes the next entry. Where its bytes are gone, the leaf that stands beside it counts: whether
    /// something explains that is the auditor's to say.
    pub fn row(&mut self, seq: u64, leaf: Hash, body: Option<&[u8]>) {
        if seq >= self.head.size || self.torn {
            return;
        }
        if seq != self.tree.size() {
            self.torn = true;
            return;
        }
        if let Some(Ok(entry)) = body.map(read_entry) {
            self.recorded_at = Some(entry.recorded_at);
        }
        let leaf = body.map_or(leaf, leaf_hash);
        let nodes = &mut self.nodes;
        self.tree.push_noting(leaf, |height, hash| {
            if height % LEVEL_HEIGHT == 0 {
                let level = (height / LEVEL_HEIGHT) as u64;
                nodes.insert((level, seq >> height), hash);
            }
        });
    }

    /// Takes a stored tree hash: the root of a complete subtree of 256^level leaves. `size` is the
    /// log's size, not read before the hash was.
    pub fn node(&mut self, level: i64, index: i64, stored: Option<Hash>, size: u64) {
        let place = u64::try_from(level).ok().zip(u64::try_from(index).ok());
        match place.and_then(|place| self.nodes.remove(&place)) {
            Some(computed) if stored == Some(computed) => {}
            Some(computed) => self.changed(level, index, stored, HashText(computed).to_string()),
            None if self.torn => {}
            None if place.is_some_and(|place| is_between(place, self.head.size, size)) => {}
            None => self.changed(level, index, stored, "no such hash".to_owned()),
        }
    }

    /// Everything was given.
    #[must_use]
    pub fn finish(mut self) -> Vec<Finding> {
        if let Some(signed) = self.head.signed.filter(|signed| *signed != self.head.size) {
            self.found(
                "the size in the head",
                self.head.size.to_string(),
                format!("{signed}, as signed"),
            );
        }
        // What is missing is said already, and nothing can be computed without it.
        if self.torn || self.tree.size() != self.head.size {
            return self.findings;
        }
        let root = self.tree.root();
        if root != self.head.root {
            let (stored, computed) = (HashText(self.head.root), HashText(root));
            self.found("the root in the head", stored.to_string(), computed.to_string());
        }
        if let Some(last) = self.recorded_at.filter(|last| *last != self.head.recorded_at) {
            let stored = self.head.recorded_at.to_string();
            self.found("the last recording time in the head", stored, last.to_string());
        }
        for ((level, index), computed) in std::mem::take(&mut self.nodes) {
            let what = format!("tree hash {index} of level {level}");
            self.found(&what, "missing".to_owned(), HashText(computed).to_string());
        }
        self.findings
    }

    fn changed(&mut self, level: i64, index: i64, stored: Option<Hash>, computed: String) {
        let stored = stored.map_or_else(|| "no hash".to_owned(), |hash| HashText(hash).to_string());
        self.found(&format!("tree hash {index} of level {level}"), stored, computed);
    }

    fn found(&mut self, what: &str, stored: String, computed: String) {
        if self.findings.len() < super::MAX_FINDINGS {
            self.findings.push(Finding::TableChanged {
                what: what.to_owned(),
                stored,
                computed,
            });
        }
    }
}

/// Whether the subtree became complete after the one size, and not after the other.
fn is_between((level, index): (u64, u64), before: u64, now: u64) -> bool {
    let leaves = u32::try_from(level)
        .ok()
        .filter(|level| *level > 0)
        .and_then(|level| 256_u64.checked_pow(level));
    let end = index
        .checked_add(1)
        .zip(leaves)
        .and_then(|(count, leaves)| count.checked_mul(leaves));
    end.is_some_and(|end| before < end && end <= now)
}
