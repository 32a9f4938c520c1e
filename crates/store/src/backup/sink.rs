//! Writing a file of a backup: rows into records, records into chunks, chunks encrypted in order.

use super::file::{
    CHUNK, END, END_OF_TABLE, HEADER, Header, MAGIC, NONCE, ROW, SALT, TableHead, Written, cipher,
};
use crate::error::{Error, Result};
use crate::random;
use crate::table::{Kind, Table, Value};
use aead_stream::EncryptorBE32;
use aes_gcm::Aes256Gcm;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use vigia_ledger::bucket::MasterKey;
use zeroize::Zeroizing;

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
