//! The bytes of a backup's file: a header in clear, then rows of tables in chunks of AES-256-GCM
//! whose order and end are authenticated (STREAM, 32-bit counter).
//!
//! `"vigia/backup/1\n" ‖ 0 ‖ salt (32) ‖ nonce (7) ‖ chunks of 65,536 bytes and 16 of tag, the last
//! one shorter`. The key is HKDF-SHA256(master key, salt, info `"vigia/backup-key/1"`). In clear text
//! the chunks are records, each a tag byte: 1 header or table (u32 length, JSON), 2 row (its values),
//! 3 end of a table (u64 rows), 4 end. A value: 0 null, 1 i64, 2 bytes, 3 text (u32 length before).

use crate::error::{Error, Result};
use crate::random;
use crate::table::{Kind, Table, Value};
use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use vigia_ledger::bucket::MasterKey;
use vigia_ledger::primitive::hkdf_sha256;
use zeroize::Zeroizing;

const MAGIC: &[u8; 16] = b"vigia/backup/1\n\0";
const KEY_DOMAIN: &[u8] = b"vigia/backup-key/1";
/// Clear bytes of a chunk.
const CHUNK: usize = 65_536;
const TAG: usize = 16;
const SALT: usize = 32;
const NONCE: usize = 7;
/// The longest value, in bytes: far beyond what a row holds.
const MAX_VALUE: usize = 64 * 1024 * 1024;

const HEADER: u8 = 1;
const ROW: u8 = 2;
const END_OF_TABLE: u8 = 3;
const END: u8 = 4;

/// Which of a backup's two files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Database,
    Vault,
}

/// What the file is, inside the encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub name: String,
    pub part: Part,
    pub platform_schema: i64,
    pub vault_schema: i64,
}

/// A file as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// Rows of all tables.
    pub rows: u64,
}

#[derive(Serialize, Deserialize)]
struct TableHead {
    table: String,
    columns: Vec<(String, u8)>,
}

fn cipher(master: &MasterKey, salt: &[u8; SALT]) -> Result<Aes256Gcm> {
    let mut key = Zeroizing::new([0; 32]);
    hkdf_sha256(salt, &master.0, &[KEY_DOMAIN], key.as_mut_slice())
        .map_err(|_| Error::Damaged("a backup's key"))?;
    Ok(Aes256Gcm::new(&(*key).into()))
}

/// Writes a file of a backup.
pub(super) struct Sink {
    path: PathBuf,
    file: BufWriter<File>,
    stream: Option<EncryptorBE32<Aes256Gcm>>,
    hash: Sha256,
    bytes: u64,
    buffer: Zeroizing<Vec<u8>>,
    chunked: bool,
    table_rows: u64,
    rows: u64,
}

impl Sink {
    pub(super) fn new(path: &Path, master: &MasterKey, header: &Header) -> Result<Self> {
        let (salt, nonce) = (random::bytes::<SALT>()?, random::bytes::<NONCE>()?);
        let stream = EncryptorBE32::from_aead(cipher(master, &salt)?, &nonce.into());
        let file = crate::folder::create_private(path)?;
        let mut sink = Self {
            path: path.to_owned(),
            file: BufWriter::with_capacity(4 * CHUNK, file),
            stream: Some(stream),
            hash: Sha256::new(),
            bytes: 0,
            buffer: Zeroizing::new(Vec::with_capacity(2 * CHUNK)),
            chunked: false,
            table_rows: 0,
            rows: 0,
        };
        for part in [MAGIC.as_slice(), &salt, &nonce] {
            sink.put(part)?;
        }
        sink.json(header)?;
        Ok(sink)
    }

    /// Whether a chunk was just written: now and then, a good moment to look up.
    pub(super) fn is_at_a_chunk(&self) -> bool {
        self.chunked
    }

    pub(super) fn table(&mut self, table: &Table) -> Result<()> {
        self.table_rows = 0;
        let number = |kind: Kind| match kind {
            Kind::Int => 1,
            Kind::Bytes => 2,
            Kind::Text => 3,
        };
        let columns = table
            .columns
            .iter()
            .map(|(name, kind)| (name.clone(), number(*kind)));
        self.json(&TableHead {
            table: table.name.clone(),
            columns: columns.collect(),
        })
    }

    pub(super) fn row(&mut self, values: &[Value]) -> Result<()> {
        self.table_rows += 1;
        self.rows += 1;
        self.buffer.push(ROW);
        for value in values {
            match value {
                Value::Null => self.buffer.push(0),
                Value::Int(number) => {
                    self.buffer.push(1);
                    self.buffer.extend(number.to_be_bytes());
                }
                Value::Bytes(bytes) => self.value(2, bytes),
                Value::Text(text) => self.value(3, text.as_bytes()),
            }
        }
        self.flush_chunks()
    }

    pub(super) fn end_table(&mut self) -> Result<()> {
        self.buffer.push(END_OF_TABLE);
        self.buffer.extend(self.table_rows.to_be_bytes());
        self.flush_chunks()
    }

    /// Ends the file and makes it durable.
    pub(super) fn finish(mut self) -> Result<Written> {
        self.buffer.push(END);
        self.flush_chunks()?;
        let last = std::mem::take(&mut *self.buffer);
        let Some(stream) = self.stream.take() else {
            return Err(Error::Damaged("a backup's stream"));
        };
        let sealed = stream
            .encrypt_last(last.as_slice())
            .map_err(|_| Error::Damaged("a backup's stream"))?;
        self.put(&sealed)?;
        let failed = || Error::file("writing the backup", &self.path);
        self.file.flush().map_err(failed())?;
        self.file.get_ref().sync_all().map_err(failed())?;
        Ok(Written {
            bytes: self.bytes,
            sha256: hex::encode(self.hash.finalize()),
            rows: self.rows,
        })
    }

    fn value(&mut self, tag: u8, bytes: &[u8]) {
        self.buffer.push(tag);
        self.buffer
            .extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.buffer.extend(bytes);
    }

    fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_vec(value).map_err(|_| Error::Damaged("a backup's header"))?;
        self.value(HEADER, &text);
        self.flush_chunks()
    }

    fn flush_chunks(&mut self) -> Result<()> {
        self.chunked = false;
        // The last chunk is never empty: what is exactly full waits for more.
        while self.buffer.len() > CHUNK {
            self.chunked = true;
            let chunk: Zeroizing<Vec<u8>> = Zeroizing::new(self.buffer.drain(..CHUNK).collect());
            let stream = self.stream.as_mut().ok_or(Error::Damaged("a backup's stream"))?;
            let sealed = stream
                .encrypt_next(chunk.as_slice())
                .map_err(|_| Error::Damaged("a backup's stream"))?;
            self.put(&sealed)?;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(Error::file("writing the backup", &self.path))
    }
}

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
        let file = File::open(path).map_err(Error::file("reading the backup", path))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            name: "20260217T103000Z".to_owned(),
            part: Part::Database,
            platform_schema: 1,
            vault_schema: 1,
        }
    }

    fn table() -> Table {
        Table {
            name: "entry".to_owned(),
            columns: vec![
                ("seq".to_owned(), Kind::Int),
                ("body".to_owned(), Kind::Bytes),
                ("note".to_owned(), Kind::Text),
            ],
        }
    }

    fn rows() -> Vec<Vec<Value>> {
        (0..3_000)
            .map(|n| {
                vec![
                    Value::Int(n),
                    if n % 7 == 0 {
                        Value::Null
                    } else {
                        Value::Bytes(vec![7; 100])
                    },
                    Value::Text(format!("número {n}")),
                ]
            })
            .collect()
    }

    fn write(path: &Path, key: u8) -> Written {
        let mut sink = Sink::new(path, &MasterKey([key; 32]), &header()).unwrap();
        sink.table(&table()).unwrap();
        for row in rows() {
            sink.row(&row).unwrap();
        }
        sink.end_table().unwrap();
        sink.finish().unwrap()
    }

    fn read(path: &Path, key: u8) -> Result<(Vec<Vec<Value>>, Written)> {
        let mut source = Source::open(path, &MasterKey([key; 32]))?;
        assert_eq!(source.header, header());
        let mut rows = Vec::new();
        loop {
            match source.next()? {
                Record::Table(found) => assert_eq!(found, table()),
                Record::Row(row) => rows.push(row),
                Record::EndOfTable => {}
                Record::End => return Ok((rows, source.written())),
            }
        }
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let written = write(&path, 1);
        let (found, read_back) = read(&path, 1).unwrap();
        assert_eq!(found, rows());
        assert_eq!(written, read_back);
        assert_eq!(written.bytes, std::fs::metadata(&path).unwrap().len());
        assert!(written.bytes > 3 * CHUNK as u64);
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"entry"));
    }

    #[test]
    fn another_key_a_changed_byte_and_a_cut_off_end_open_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, 1);
        assert!(matches!(read(&path, 2), Err(Error::BackupDoesNotOpen(_))));
        let whole = std::fs::read(&path).unwrap();
        for at in [60, 70_000, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, changed).unwrap();
            assert!(read(&path, 1).is_err(), "{at}");
        }
        // At the end of a chunk, too.
        for length in [whole.len() - 1, MAGIC.len() + SALT + NONCE + CHUNK + TAG, 40, 0] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(read(&path, 1).is_err(), "{length}");
        }
    }
}
