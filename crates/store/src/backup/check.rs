//! A backup is opened and checked before it counts: every chunk decrypts, every entry has the leaf
//! that stands beside it or lost its bytes as a later pruning says, the leaves make the signed root,
//! and every key in the vault opens with the bucket keys beside it.

use super::file::{Header, Part, Written};
use super::place::Manifest;
use super::source::{Record, Source};
use super::{KEYS, head_size};
use crate::error::{Error, Result};
use crate::table::{Table, Value};
use std::path::Path;
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::entry::Entry;
use vigia_domain::pruning::PruningEvent;
use vigia_ledger::bucket::{KeyOwner, Keyring, MasterKey};
use vigia_ledger::tree::CompactRange;
use vigia_ledger::{Hash, leaf_hash};

/// Opens and checks both files against their manifest.
pub(super) fn check(
    database: &Path,
    vault: &Path,
    manifest: &Manifest,
    master: &MasterKey,
    go_on: &impl Fn() -> bool,
) -> Result<()> {
    let wrong = |path: &Path| Error::BackupDamaged(path.to_owned());
    let mut ledger = Ledger::default();
    let written = walk(
        database,
        master,
        (manifest, Part::Database),
        go_on,
        |table, row| ledger.row(table, row),
    )?;
    let root = hex::encode(ledger.tree.root());
    if written != manifest.database {
        return Err(wrong(database));
    }
    if ledger.size != Some(ledger.tree.size())
        || (ledger.tree.size(), root.as_str()) != (manifest.size, manifest.root.as_str())
    {
        return Err(Error::LedgerBroken {
            seq: None,
            how: "its entries do not make the signed root",
        });
    }
    if let Some(seq) = ledger.unexplained() {
        return Err(Error::LedgerBroken {
            seq: Some(seq),
            how: "bytes are gone and no pruning says so",
        });
    }
    let mut keys = Keys::default();
    let written = walk(vault, master, (manifest, Part::Vault), go_on, |table, row| {
        keys.row(table, row);
        Ok(())
    })?;
    if written != manifest.vault || !keys.all_open(master)? {
        return Err(wrong(vault));
    }
    Ok(())
}

/// Reads a file to its end.
fn walk(
    path: &Path,
    master: &MasterKey,
    (manifest, part): (&Manifest, Part),
    go_on: &impl Fn() -> bool,
    mut take: impl FnMut(&str, (&Table, Vec<Value>)) -> Result<()>,
) -> Result<Written> {
    let mut source = Source::open(path, master)?;
    let expected = Header {
        name: manifest.name.clone(),
        part,
        platform_schema: manifest.platform_schema,
        vault_schema: manifest.vault_schema,
    };
    if source.header != expected {
        return Err(source.damaged());
    }
    let mut table = None;
    loop {
        match source.next()? {
            Record::Table(found) => {
                if !go_on() {
                    return Err(Error::Stopped);
                }
                table = Some(found);
            }
            Record::Row(row) => {
                if let Some(table) = &table {
                    take(&table.name, (table, row))?;
                }
            }
            Record::EndOfTable => table = None,
            Record::End => return Ok(source.written()),
        }
    }
}

#[derive(Default)]
struct Ledger {
    tree: CompactRange,
    size: Option<u64>,
    /// First and last of the entries without bytes, ascending.
    missing: Vec<(u64, u64)>,
    /// First and last of what prunings name, each below the pruning's own number.
    pruned: Vec<(u64, u64)>,
}

impl Ledger {
    fn row(&mut self, table: &str, (columns, row): (&Table, Vec<Value>)) -> Result<()> {
        match table {
            "head" => self.size = head_size(&row, columns),
            "entry" => {
                let next = self.tree.size();
                let broken = |how| Error::LedgerBroken { seq: Some(next), how };
                let [Value::Int(seq), Value::Bytes(leaf), body] = row.as_slice() else {
                    return Err(broken("a row is none"));
                };
                if u64::try_from(*seq) != Ok(next) {
                    return Err(broken("an entry is missing"));
                }
                let leaf: Hash = leaf.as_slice().try_into().map_err(|_| broken("a hash is none"))?;
                match body {
                    Value::Bytes(body) if leaf_hash(body) == leaf => self.read_pruning(next, body),
                    Value::Null => self.miss(next),
                    _ => return Err(broken("bytes are not those that were appended")),
                }
                self.tree.append(leaf);
            }
            _ => {}
        }
        Ok(())
    }

    fn miss(&mut self, seq: u64) {
        match self.missing.last_mut() {
            Some((_, last)) if *last + 1 == seq => *last = seq,
            _ => self.missing.push((seq, seq)),
        }
    }

    fn read_pruning(&mut self, seq: u64, body: &[u8]) {
        // An entry that does not decode explains nothing.
        let aggregate = Entry::from_bytes(body).ok().and_then(|entry| entry.aggregate);
        let pruning = aggregate.filter(|aggregate| aggregate.kind == AggregateKind::Pruning);
        let payload = pruning.and_then(|pruning| serde_json::from_value(pruning.payload).ok());
        if let Some(PruningEvent::Pruned { ranges }) = payload {
            let below = ranges.into_iter().filter(|(_, last)| *last < seq);
            self.pruned.extend(below);
        }
    }

    /// The first entry whose bytes are gone without a word.
    fn unexplained(&mut self) -> Option<u64> {
        self.pruned.sort_unstable();
        let mut pruned = self.pruned.iter().peekable();
        let mut explained = 0;
        for (first, last) in &self.missing {
            let mut next = *first;
            while next <= *last {
                while let Some((_, to)) = pruned.next_if(|(from, _)| *from <= next) {
                    explained = explained.max(to + 1);
                }
                if explained <= next {
                    return Some(next);
                }
                next = explained;
            }
        }
        None
    }
}

/// The wrapped keys, until the bucket keys come at the end of the file.
#[derive(Default)]
struct Keys {
    wrapped: Vec<(u8, KeyOwner, Vec<u8>)>,
    in_force: Vec<(u8, u64)>,
    buckets: Option<Vec<u8>>,
    unreadable: bool,
}

impl Keys {
    fn row(&mut self, table: &str, (columns, row): (&Table, Vec<Value>)) {
        let column = |name: &str| {
            let at = columns.columns.iter().position(|(column, _)| column == name)?;
            row.get(at).cloned()
        };
        let byte = |name: &str| match column(name) {
            Some(Value::Int(number)) => u8::try_from(number).ok(),
            _ => None,
        };
        let bytes = |name: &str| match column(name) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        };
        let known = match table {
            "bucket" => match (byte("n"), column("generation")) {
                (Some(n), Some(Value::Int(generation))) => {
                    self.in_force.push((n, u64::try_from(generation).unwrap_or(0)));
                    true
                }
                _ => false,
            },
            "subject" => match (
                byte("bucket"),
                bytes("id").map(TryInto::try_into),
                bytes("wrapped"),
            ) {
                (Some(bucket), Some(Ok(id)), Some(wrapped)) => {
                    self.wrapped.push((bucket, KeyOwner::Subject(id), wrapped));
                    true
                }
                _ => false,
            },
            "period" => match (byte("bucket"), column("day"), byte("class"), bytes("wrapped")) {
                (Some(bucket), Some(Value::Int(day)), Some(class), Some(wrapped)) => {
                    let day = i32::try_from(day).unwrap_or(i32::MAX);
                    self.wrapped
                        .push((bucket, KeyOwner::Period { day, class }, wrapped));
                    true
                }
                _ => false,
            },
            KEYS => {
                if column("name") == Some(Value::Text("buckets".to_owned())) {
                    self.buckets = bytes("bytes");
                }
                true
            }
            _ => true,
        };
        self.unreadable |= !known;
    }

    fn all_open(&self, master: &MasterKey) -> Result<bool> {
        let Some(file) = self.buckets.as_ref().filter(|_| !self.unreadable) else {
            return Ok(false);
        };
        let keyring = Keyring::from_bytes(file, master)?;
        let generation = |bucket: u8| {
            let found = self.in_force.iter().find(|(n, _)| *n == bucket);
            found.map_or(0, |(_, generation)| *generation)
        };
        let opens = |(bucket, owner, wrapped): &(u8, KeyOwner, Vec<u8>)| {
            keyring
                .key(*bucket, generation(*bucket))
                .is_ok_and(|key| key.unwrap(*owner, wrapped).is_ok())
        };
        Ok(self.wrapped.iter().all(opens))
    }
}
