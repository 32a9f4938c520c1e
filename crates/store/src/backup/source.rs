//! Reading a file of a backup: nothing is given before its chunk was authenticated, and the end is
//! known for the end.

use super::file::{
    CHUNK, END, END_OF_TABLE, HEADER, Header, MAGIC, MAX_VALUE, NONCE, Part, ROW, SALT, TAG, TableHead,
    Written, cipher,
};
use super::place::missing_or;
use crate::error::{Error, Result};
use crate::table::{Kind, Table, Value};
use aead_stream::DecryptorBE32;
use aes_gcm::Aes256Gcm;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use vigia_ledger::bucket::MasterKey;
use zeroize::Zeroizing;

/// What comes next in a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    Table(Table),
    Row(Vec<Value>),
    EndOfTable,
    End,
}

/// Reads a file of a backup.
pub(super) struct Source {
    path: PathBuf,
    file: BufReader<File>,
    stream: Option<DecryptorBE32<Aes256Gcm>>,
    hash: Sha256,
    bytes: u64,
    /// The chunk that was read ahead, to know which one is the last.
    ahead: Vec<u8>,
    clear: Zeroizing<Vec<u8>>,
    at: usize,
    table: Option<Table>,
    table_rows: u64,
    pub header: Header,
    pub rows: u64,
}

impl Source {
    pub(super) fn open(path: &Path, master: &MasterKey) -> Result<Self> {
        let file = File::open(path).map_err(missing_or("reading the backup", path))?;
        let mut source = Self {
            path: path.to_owned(),
            file: BufReader::with_capacity(4 * CHUNK, file),
            stream: None,
            hash: Sha256::new(),
            bytes: 0,
            ahead: Vec::new(),
            clear: Zeroizing::default(),
            at: 0,
            table: None,
            table_rows: 0,
            header: Header {
                name: String::new(),
                part: Part::Database,
                platform_schema: 0,
                vault_schema: 0,
            },
            rows: 0,
        };
        let magic = source.read_up_to(MAGIC.len())?;
        if magic != MAGIC {
            return Err(Error::NotABackup(path.to_owned()));
        }
        let salt: [u8; SALT] = source.exactly()?;
        let nonce: [u8; NONCE] = source.exactly()?;
        source.stream = Some(DecryptorBE32::from_aead(cipher(master, &salt)?, &nonce.into()));
        source.ahead = source.read_up_to(CHUNK + TAG)?;
        source.next_chunk()?;
        let [tag] = source.take()?;
        if tag != HEADER {
            return Err(source.damaged());
        }
        let text = source.text()?;
        source.header = serde_json::from_slice(&text).map_err(|_| source.damaged())?;
        Ok(source)
    }

    /// The next record. After [`Record::End`] there is nothing.
    pub(super) fn next(&mut self) -> Result<Record> {
        let [tag] = self.take()?;
        match (tag, self.table.clone()) {
            (HEADER, None) => {
                let text = self.text()?;
                let head: TableHead = serde_json::from_slice(&text).map_err(|_| self.damaged())?;
                let columns = head.columns.into_iter().map(|(name, kind)| {
                    let kind = match kind {
                        1 => Kind::Int,
                        2 => Kind::Bytes,
                        _ => Kind::Text,
                    };
                    (name, kind)
                });
                let table = Table {
                    name: head.table,
                    columns: columns.collect(),
                };
                self.table = Some(table.clone());
                self.table_rows = 0;
                Ok(Record::Table(table))
            }
            (ROW, Some(table)) => {
                self.table_rows += 1;
                self.rows += 1;
                let mut values = Vec::with_capacity(table.columns.len());
                for _ in &table.columns {
                    values.push(self.value()?);
                }
                Ok(Record::Row(values))
            }
            (END_OF_TABLE, Some(_)) => {
                if u64::from_be_bytes(self.take()?) != self.table_rows {
                    return Err(self.damaged());
                }
                self.table = None;
                Ok(Record::EndOfTable)
            }
            (END, None) if self.at == self.clear.len() && self.ahead.is_empty() => Ok(Record::End),
            _ => Err(self.damaged()),
        }
    }

    /// Length and hash of the file, at its end.
    pub(super) fn written(self) -> Written {
        Written {
            bytes: self.bytes,
            sha256: hex::encode(self.hash.finalize()),
            rows: self.rows,
        }
    }

    fn value(&mut self) -> Result<Value> {
        let [tag] = self.take()?;
        Ok(match tag {
            0 => Value::Null,
            1 => Value::Int(i64::from_be_bytes(self.take()?)),
            2 => Value::Bytes(self.text()?),
            3 => Value::Text(String::from_utf8(self.text()?).map_err(|_| self.damaged())?),
            _ => return Err(self.damaged()),
        })
    }

    fn text(&mut self) -> Result<Vec<u8>> {
        let length = usize::try_from(u32::from_be_bytes(self.take()?)).unwrap_or(usize::MAX);
        if length > MAX_VALUE {
            return Err(self.damaged());
        }
        let mut bytes = Vec::with_capacity(length.min(CHUNK));
        while bytes.len() < length {
            if self.at == self.clear.len() {
                self.next_chunk()?;
            }
            let wanted = (length - bytes.len()).min(self.clear.len() - self.at);
            let Some(some) = self.clear.get(self.at..self.at + wanted) else {
                return Err(self.damaged());
            };
            bytes.extend(some);
            self.at += wanted;
        }
        Ok(bytes)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            if self.at == self.clear.len() {
                self.next_chunk()?;
            }
            *byte = *self
                .clear
                .get(self.at)
                .ok_or(Error::NotABackup(self.path.clone()))?;
            self.at += 1;
        }
        Ok(bytes)
    }

    fn next_chunk(&mut self) -> Result<()> {
        let chunk = std::mem::take(&mut self.ahead);
        if chunk.is_empty() {
            return Err(self.damaged());
        }
        self.ahead = self.read_up_to(CHUNK + TAG)?;
        let opened = if self.ahead.is_empty() {
            let stream = self.stream.take().ok_or_else(|| self.damaged())?;
            stream.decrypt_last(chunk.as_slice())
        } else {
            let stream = self.stream.as_mut().ok_or(Error::NotABackup(self.path.clone()))?;
            stream.decrypt_next(chunk.as_slice())
        };
        let opened = opened.map_err(|_| Error::BackupDoesNotOpen(self.path.clone()))?;
        self.clear = Zeroizing::new(opened);
        self.at = 0;
        Ok(())
    }

    fn exactly<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.read_up_to(N)?;
        bytes.as_slice().try_into().map_err(|_| self.damaged())
    }

    fn read_up_to(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length);
        self.file
            .by_ref()
            .take(length as u64)
            .read_to_end(&mut bytes)
            .map_err(Error::file("reading the backup", &self.path))?;
        self.hash.update(&bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes)
    }

    pub(super) fn damaged(&self) -> Error {
        Error::BackupDamaged(self.path.clone())
    }
}
