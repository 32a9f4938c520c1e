//! A backup is opened and checked before it counts: every chunk decrypts, every entry has the leaf
//! that stands beside it, the leaves make the signed root, and every key in the vault opens with the
//! bucket keys beside it.

use super::file::{Header, Part, Written};
use super::place::Manifest;
use super::source::{Record, Source};
use super::{KEYS, head_size};
use crate::error::{Error, Result};
use crate::table::{Table, Value};
use std::path::Path;
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
    if written != manifest.database
        || ledger.size != Some(ledger.tree.size())
        || (ledger.tree.size(), root.as_str()) != (manifest.size, manifest.root.as_str())
    {
        return Err(wrong(database));
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
}

impl Ledger {
    fn row(&mut self, table: &str, (columns, row): (&Table, Vec<Value>)) -> Result<()> {
        match table {
            "head" => self.size = head_size(&row, columns),
            "entry" => {
                let [Value::Int(seq), Value::Bytes(leaf), body] = row.as_slice() else {
                    return Err(Error::Damaged("an entry of the backup"));
                };
                let leaf: Hash = leaf
                    .as_slice()
                    .try_into()
                    .map_err(|_| Error::Damaged("an entry of the backup"))?;
                let changed = matches!(body, Value::Bytes(body) if leaf_hash(body) != leaf);
                if changed || u64::try_from(*seq) != Ok(self.tree.size()) {
                    return Err(Error::Damaged("an entry of the backup"));
                }
                self.tree.append(leaf);
            }
            _ => {}
        }
        Ok(())
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
