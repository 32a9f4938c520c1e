//! A small real log: entries by the domain's writer, sealed groups, a signed head.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::entry::{Commitment, Entry, Group, Holder};
use vigia_domain::erasure::ErasureEvent;
use vigia_domain::event::{Severity, Status};
use vigia_domain::id::{EventId, SubjectId};
use vigia_ledger::checkpoint::{Checkpoint, LogSigner};
use vigia_ledger::seal::OpenedGroup;
use vigia_ledger::tree::CompactRange;
use vigia_ledger::verify::{Auditor, Body, GroupState, Head, Row, Verdict};
use vigia_ledger::{Hash, leaf_hash};

pub const ORIGIN: &str = "vigia.example/log";

/// An entry as a store keeps it.
#[derive(Clone)]
pub struct Stored {
    pub seq: u64,
    pub leaf: Hash,
    pub body: Option<Vec<u8>>,
    pub groups: Vec<Option<OpenedGroup>>,
}

/// A log with its rows and its head.
#[derive(Clone, Default)]
pub struct Log {
    pub rows: Vec<Stored>,
    pub tree: CompactRange,
}

pub fn subject(number: u8) -> SubjectId {
    SubjectId([number; 16])
}

pub fn signer(seed: u8) -> LogSigner {
    LogSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

fn moment(seq: u64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(i64::try_from(seq).unwrap())
}

impl Log {
    /// `size` failed sign-ins of three people, `salt` making this history another than the next.
    pub fn of(size: u64, salt: u8) -> Self {
        let mut log = Self::default();
        for seq in 0..size {
            log.append(salt, vec![Holder::Subjects(vec![subject((seq % 3) as u8)])], None);
        }
        log
    }

    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Appends an entry with one sealed group for each holder.
    pub fn append(&mut self, salt: u8, holders: Vec<Holder>, aggregate: Option<Aggregate>) {
        let seq = self.size();
        let groups: Vec<OpenedGroup> = (0..)
            .zip(&holders)
            .map(|(index, _)| OpenedGroup {
                seed: [index; 16],
                group: Group {
                    message: Some(format!("entry {seq}, history {salt}")),
                    ..Group::default()
                }
                .to_bytes(),
            })
            .collect();
        let entry = Entry {
            salt: [salt; 16],
            id: EventId::new(moment(seq), [salt; 10]),
            time: moment(seq),
            recorded_at: moment(seq),
            kind: "auth.login.failed".parse().unwrap(),
            class_uid: 3002,
            activity_id: 1,
            severity: Severity::Low,
            status: Some(Status::Failure),
            service: "sshd".to_owned(),
            country: None,
            count: 1,
            aggregate,
            groups: groups
                .iter()
                .zip(holders)
                .map(|(group, holder)| Commitment {
                    hash: group.commitment(),
                    holder,
                })
                .collect(),
        };
        let body = entry.to_bytes();
        let leaf = leaf_hash(&body);
        self.tree.append(leaf);
        self.rows.push(Stored {
            seq,
            leaf,
            body: Some(body),
            groups: groups.into_iter().map(Some).collect(),
        });
    }

    /// Appends the tombstone of these people.
    pub fn append_tombstone(&mut self, subjects: impl IntoIterator<Item = SubjectId>) {
        let event = ErasureEvent::Erased {
            subjects: subjects.into_iter().collect::<BTreeSet<_>>(),
        };
        let erasure = Aggregate {
            kind: AggregateKind::Erasure,
            id: EventId::new(moment(self.size()), [9; 10]).0,
            version: 1,
            payload: serde_json::to_value(event).unwrap(),
        };
        self.append(0, Vec::new(), Some(erasure));
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: ORIGIN.to_owned(),
            size: self.size(),
            root: self.tree.root(),
        }
    }

    pub fn note(&self) -> String {
        self.checkpoint().sign(&[&signer(1)]).unwrap()
    }

    pub fn head(&self) -> Head {
        Head::of(&self.checkpoint(), &self.note())
    }

    /// Audits the rows as they lie, against these heads.
    pub fn audit_against(&self, heads: Vec<Head>) -> Verdict {
        self.feed(Auditor::new(heads))
    }

    /// Feeds the rows as they lie.
    pub fn feed(&self, mut auditor: Auditor) -> Verdict {
        for row in &self.rows {
            let groups: Vec<GroupState<'_>> = row
                .groups
                .iter()
                .map(|group| match group {
                    Some(opened) => GroupState::Opened {
                        seed: &opened.seed,
                        group: &opened.group,
                    },
                    None => GroupState::Gone,
                })
                .collect();
            auditor.row(Row {
                seq: row.seq,
                leaf: row.leaf,
                body: row.body.as_deref().map_or(Body::Gone, Body::Here),
                groups: &groups,
            });
        }
        auditor.finish()
    }
}
