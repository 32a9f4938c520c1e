//! Who the identifiers mean: everybody whom the vault knows, in memory, so that an unknown identifier
//! is known to be unknown without asking the blind index for 256 tokens.
//!
//! Must stay true: it is complete up to a row of the vault's, and caught up under the vault's write
//! lock before anybody is made new, so that no process makes a second subject of one person. An
//! identifier stands here as a keyed hash under a key of this process's own. Beyond its limit it is
//! no longer complete, and the blind index is asked.

use super::{ACCOUNT, Ring, Vault};
use crate::error::{Error, Result};
use crate::{random, sql};
use futures::StreamExt as _;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::{HashMap, HashSet};
use vigia_domain::SubjectId;
use vigia_ledger::primitive::hmac_sha256;

/// Identifiers kept: 17 bytes each, and 16 for each person.
const IDENTIFIERS: usize = 4_000_000;

/// Bytes kept of an identifier's hash: two of four million agree once in 10^16 platforms.
type Name = [u32; 3];

pub(super) struct Directory {
    key: [u8; 32],
    /// How often keys had gone away when it last looked who is still there.
    generation: u64,
    /// The first row of the vault's that was not read.
    next_row: u64,
    people: Vec<SubjectId>,
    names: HashMap<Name, u32>,
}

impl Directory {
    pub(super) fn new(generation: u64) -> Result<Self> {
        Ok(Self {
            key: random::bytes()?,
            generation,
            next_row: 0,
            people: Vec::new(),
            names: HashMap::new(),
        })
    }

    fn name(&self, service: &str, identifier: &str) -> Name {
        let length = service.len().to_le_bytes();
        let hash = hmac_sha256(&self.key, &[&length, service.as_bytes(), identifier.as_bytes()]);
        let mut name = Name::default();
        for (word, bytes) in name.iter_mut().zip(hash.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        name
    }

    /// The first row of the vault's that it has not read.
    pub(super) fn next_row(&self) -> u64 {
        self.next_row
    }

    /// It knows everything below this row.
    pub(super) fn read_up_to(&mut self, row: u64) {
        self.next_row = self.next_row.max(row);
    }

    /// Whether whoever is not in it is unknown.
    pub(super) fn is_whole(&self) -> bool {
        self.names.len() < IDENTIFIERS
    }

    pub(super) fn find(&self, service: &str, identifier: &str) -> Option<SubjectId> {
        let number = self.names.get(&self.name(service, identifier))?;
        self.people.get(usize::try_from(*number).ok()?).copied()
    }

    /// Of two people with one identifier the first by id is meant.
    pub(super) fn add(&mut self, service: &str, identifier: &str, id: SubjectId) {
        if !self.is_whole() {
            return;
        }
        // Identifiers of one person come together.
        if self.people.last() != Some(&id) {
            self.people.push(id);
        }
        let Ok(number) = u32::try_from(self.people.len().saturating_sub(1)) else {
            return;
        };
        let name = self.name(service, identifier);
        let people = &self.people;
        self.names
            .entry(name)
            .and_modify(|before| {
                let held = usize::try_from(*before).ok().and_then(|at| people.get(at));
                if held.is_none_or(|held| id < *held) {
                    *before = number;
                }
            })
            .or_insert(number);
    }

    /// Forgets everybody else: keys went away.
    fn keep(&mut self, there: &HashSet<SubjectId>) {
        let people = &self.people;
        self.names.retain(|_, number| {
            let held = usize::try_from(*number).ok().and_then(|at| people.get(at));
            held.is_some_and(|held| there.contains(held))
        });
    }
}

impl Vault {
    /// Forgets whom the vault forgot, where keys went away since the directory was read.
    pub(super) async fn check_directory(&self, connection: &mut AnyConnection) -> Result<()> {
        let doing = "reading whom the vault knows";
        let (of, generation) = self.memory(|memory| (memory.directory.generation, memory.ring.generation));
        if of == generation {
            return Ok(());
        }
        let rows = sqlx::query("SELECT id FROM subject")
            .fetch_all(connection)
            .await
            .map_err(Error::sql(doing))?;
        let there: Result<HashSet<SubjectId>> = rows
            .iter()
            .map(|row| subject(row.try_get(0).map_err(Error::sql(doing))?))
            .collect();
        let there = there?;
        self.memory(|memory| {
            memory.directory.keep(&there);
            memory.directory.generation = generation;
        });
        Ok(())
    }

    /// Reads on up to a row of the vault's. The caller holds the vault's write lock, so nobody is made
    /// meanwhile.
    pub(super) async fn read_directory(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        up_to: u64,
    ) -> Result<()> {
        let doing = "reading whom the vault knows";
        let from = self.memory(|memory| memory.directory.next_row());
        if from >= up_to || !self.memory(|memory| memory.directory.is_whole()) {
            return Ok(());
        }
        let text = format!(
            "SELECT t.row, t.bucket, t.service, t.value, s.id FROM token t JOIN subject s ON s.row = t.holder
             WHERE t.kind = '{ACCOUNT}' AND t.row >= $1 ORDER BY t.row"
        );
        let mut rows = sqlx::query(AssertSqlSafe(text))
            .bind(sql::int(from))
            .fetch(connection);
        while let Some(row) = rows.next().await {
            let row = row.map_err(Error::sql(doing))?;
            let number = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
            let bucket: i64 = row.try_get(1).map_err(Error::sql(doing))?;
            let service: String = row.try_get(2).map_err(Error::sql(doing))?;
            let sealed: Vec<u8> = row.try_get(3).map_err(Error::sql(doing))?;
            let id = subject(row.try_get(4).map_err(Error::sql(doing))?)?;
            let bucket = u8::try_from(bucket).map_err(|_| Error::Damaged("a value of the blind index"))?;
            let value = ring
                .value_key(bucket)?
                .open(&number.to_be_bytes(), &sealed)
                .map_err(Error::unopenable("a value of the blind index"))?;
            let value = String::from_utf8(value).map_err(|_| Error::Damaged("a value of the blind index"))?;
            self.memory(|memory| memory.directory.add(&service, &value, id));
        }
        self.memory(|memory| memory.directory.read_up_to(up_to));
        Ok(())
    }
}

fn subject(id: Vec<u8>) -> Result<SubjectId> {
    id.try_into()
        .map(SubjectId)
        .map_err(|_| Error::Damaged("a subject"))
}
