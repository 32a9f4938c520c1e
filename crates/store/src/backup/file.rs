//! The bytes of a backup's file: a header in clear, then rows of tables in chunks of AES-256-GCM
//! whose order and end are authenticated (STREAM, 32-bit counter).
//!
//! `"vigia/backup/1\n" ‖ 0 ‖ salt (32) ‖ nonce (7) ‖ chunks of 65,536 bytes and 16 of tag, the last
//! one shorter`. The key is HKDF-SHA256(master key, salt, info `"vigia/backup-key/1"`). In clear text
//! the chunks are records, each a tag byte: 1 header or table (u32 length, JSON), 2 row (its values),
//! 3 end of a table (u64 rows), 4 end. A value: 0 null, 1 i64, 2 bytes, 3 text (u32 length before).

use crate::error::{Error, Result};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use serde::{Deserialize, Serialize};
use vigia_ledger::bucket::MasterKey;
use vigia_ledger::primitive::hkdf_sha256;
use zeroize::Zeroizing;

pub(super) const MAGIC: &[u8; 16] = b"vigia/backup/1\n\0";
pub(super) const KEY_DOMAIN: &[u8] = b"vigia/backup-key/1";
/// Clear bytes of a chunk.
pub(super) const CHUNK: usize = 65_536;
pub(super) const TAG: usize = 16;
pub(super) const SALT: usize = 32;
pub(super) const NONCE: usize = 7;
/// The longest value, in bytes: far beyond what a row holds.
pub(super) const MAX_VALUE: usize = 64 * 1024 * 1024;

pub(super) const HEADER: u8 = 1;
pub(super) const ROW: u8 = 2;
pub(super) const END_OF_TABLE: u8 = 3;
pub(super) const END: u8 = 4;

/// Which of a backup's two files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Database,
    Vault,
}

impl Part {
    /// What its file is called.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Database => "platform.vigia",
            Self::Vault => "vault.vigia",
        }
    }
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
pub(super) struct TableHead {
    pub table: String,
    pub columns: Vec<(String, u8)>,
}

pub(super) fn cipher(master: &MasterKey, salt: &[u8; SALT]) -> Result<Aes256Gcm> {
    let mut key = Zeroizing::new([0; 32]);
    hkdf_sha256(salt, &master.0, &[KEY_DOMAIN], key.as_mut_slice())
        .map_err(|_| Error::Damaged("a backup's key"))?;
    Ok(Aes256Gcm::new(&(*key).into()))
}

#[cfg(test)]
mod tests {
    use super::super::sink::Sink;
    use super::super::source::{Record, Source};
    use super::*;
    use crate::table::{Kind, Table, Value};
    use std::path::Path;

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
