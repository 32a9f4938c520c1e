//! The vault: keys of people and periods, wrapped by bucket keys that lie in no database.
//!
//! Must stay true: a key in memory is used only after the vault's generation was compared, so that
//! an erasure by another process drops it here too; a new key is durable before the entry that
//! uses it commits.

mod address;
mod bounded;
mod directory;
mod fresh;
mod period;
mod resolve;
mod ring;
mod rotate;
mod seen;

pub(crate) use address::prefixes;
pub(crate) use period::Going;
pub(crate) use resolve::{Needs, Owner, Resolved};
pub(crate) use rotate::{Erasing, ErasureState, Person, move_generation};
pub(crate) use seen::{LISTED_FROM_EVENTS, Net, Seen, Sighting, behind};

use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::sql;
use bounded::Bounded;
use directory::Directory;
pub(crate) use ring::read_generation;
use ring::{Ring, read_ring};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Row};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use vigia_domain::SubjectId;
use vigia_domain::holder::Holder;
use vigia_domain::person::normalise;
use vigia_ledger::bucket::{KeyOwner, MasterKey};
use vigia_ledger::seal::{SubjectKey, joint_key};

/// Keys of people kept in memory.
const SUBJECTS_IN_MEMORY: usize = 200_000;
/// Address rows kept in memory.
const ADDRESSES_IN_MEMORY: usize = 200_000;
/// Period keys kept in memory: more than ten years of days.
const PERIODS_IN_MEMORY: usize = 4_096;

/// How often a reader whom an erasure crossed reads again.
const READ_AGAIN: usize = 3;

/// Token kind of a person's identifier.
pub(crate) const ACCOUNT: &str = "account";
/// Token kind of an address or network.
pub(crate) const ADDRESS: &str = "address";

/// A key with the row number that postings know its holder by.
#[derive(Clone)]
pub(crate) struct HeldKey {
    pub row: u64,
    pub key: SubjectKey,
}

struct Memory {
    ring: Arc<Ring>,
    subjects: Bounded<SubjectId, HeldKey>,
    periods: Bounded<(i32, u8), HeldKey>,
    directory: Directory,
    addresses: Bounded<(u64, String), u64>,
    seen: seen::Remembered,
}

impl Memory {
    fn new(ring: Ring, directory: Directory) -> Self {
        Self {
            ring: Arc::new(ring),
            subjects: Bounded::new(SUBJECTS_IN_MEMORY),
            periods: Bounded::new(PERIODS_IN_MEMORY),
            directory,
            addresses: Bounded::new(ADDRESSES_IN_MEMORY),
            seen: seen::Remembered::default(),
        }
    }
}

/// The vault of one data folder.
pub(crate) struct Vault {
    folder: Folder,
    /// The master key, where it does not lie in the folder.
    given: Option<MasterKey>,
    pub(crate) pool: AnyPool,
    memory: Mutex<Memory>,
}

impl Vault {
    /// Opens the vault and reads its keys.
    pub(crate) async fn open(folder: Folder, given: Option<MasterKey>, pool: AnyPool) -> Result<Self> {
        let master = folder.master_or(given.as_ref())?;
        let mut connection = pool.acquire().await.map_err(Error::sql("opening the vault"))?;
        let ring = read_ring(&mut connection, &folder, &master).await?;
        drop(connection);
        let directory = Directory::new(ring.generation)?;
        Ok(Self {
            folder,
            given,
            pool,
            memory: Mutex::new(Memory::new(ring, directory)),
        })
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whether the master key lies in the folder.
    pub(crate) fn is_master_in_folder(&self) -> bool {
        self.given.is_none()
    }

    /// The master key as it is now: another process may have rotated it.
    pub(crate) fn master(&self) -> Result<MasterKey> {
        self.folder.master_or(self.given.as_ref())
    }

    fn memory<T>(&self, use_it: impl FnOnce(&mut Memory) -> T) -> T {
        use_it(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Compares generations and drops every key in memory where they differ.
    pub(crate) async fn refresh(&self, connection: &mut AnyConnection) -> Result<Arc<Ring>> {
        let generation = read_generation(connection).await?;
        let ring = self.memory(|memory| memory.ring.clone());
        if ring.generation == generation {
            return Ok(ring);
        }
        let fresh = read_ring(connection, &self.folder, &self.master()?).await?;
        let empty = Directory::new(fresh.generation)?;
        Ok(self.memory(|memory| {
            // Whom it may still know is looked at before it is next asked.
            let directory = std::mem::replace(&mut memory.directory, empty);
            *memory = Memory::new(fresh, directory);
            memory.ring.clone()
        }))
    }

    /// How often keys went away.
    pub(crate) async fn generation(&self) -> Result<u64> {
        let doing = "looking at the vault";
        let mut connection = self.pool.acquire().await.map_err(Error::sql(doing))?;
        read_generation(&mut connection).await
    }

    /// Refreshes for a process that reads nothing meanwhile, so that it remembers no erased key.
    pub(crate) async fn refresh_idle(&self) -> Result<()> {
        let doing = "looking at the vault";
        let mut connection = self.pool.acquire().await.map_err(Error::sql(doing))?;
        self.refresh(&mut connection).await.map(|_| ())
    }

    /// The keys of these holders, as far as they still exist. A row that an erasure re-wrapped
    /// between two reads does not open; then everything is read again.
    pub(crate) async fn keys(&self, holders: &BTreeSet<&Holder>) -> Result<Keys> {
        for _ in 0..READ_AGAIN {
            match self.keys_now(holders).await {
                Err(Error::Unopenable { .. }) => {}
                result => return result,
            }
        }
        self.keys_now(holders).await
    }

    async fn keys_now(&self, holders: &BTreeSet<&Holder>) -> Result<Keys> {
        let doing = "reading keys from the vault";
        let mut connection = self.pool.acquire().await.map_err(Error::sql(doing))?;
        let ring = self.refresh(&mut connection).await?;
        let mut subjects = BTreeSet::new();
        let mut keys = Keys::default();
        for holder in holders {
            match holder {
                Holder::Subjects(ids) => subjects.extend(ids.iter().copied()),
                Holder::Period { day, class } => {
                    if let Some(held) = self.period(&mut connection, &ring, *day, *class).await? {
                        keys.periods.insert((*day, *class), held.key);
                    }
                }
            }
        }
        let held = self.subjects(&mut connection, &ring, &subjects).await?;
        keys.subjects = held.into_iter().map(|(id, held)| (id, held.key)).collect();
        Ok(keys)
    }

    /// The keys of these people, from memory or from the database; erased ones are missing.
    async fn subjects(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        wanted: &BTreeSet<SubjectId>,
    ) -> Result<HashMap<SubjectId, HeldKey>> {
        let doing = "reading keys of people";
        let mut found = HashMap::with_capacity(wanted.len());
        let mut missing = Vec::new();
        self.memory(|memory| {
            for id in wanted {
                match memory.subjects.get(id) {
                    Some(held) => drop(found.insert(*id, held.clone())),
                    None => missing.push(*id),
                }
            }
        });
        let mut read = Vec::new();
        for ids in missing.chunks(sql::VALUES_PER_LIST) {
            let text = format!(
                "SELECT id, row, wrapped FROM subject WHERE id IN ({})",
                sql::list(1, ids.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
            for id in ids {
                query = query.bind(id.0.to_vec());
            }
            for row in query
                .fetch_all(&mut *connection)
                .await
                .map_err(Error::sql(doing))?
            {
                let id: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
                let number: i64 = row.try_get(1).map_err(Error::sql(doing))?;
                let wrapped: Vec<u8> = row.try_get(2).map_err(Error::sql(doing))?;
                let id = SubjectId(id.try_into().map_err(|_| Error::Damaged("a subject"))?);
                let key = ring
                    .bucket_key(id.bucket())?
                    .unwrap(KeyOwner::Subject(id.0), &wrapped)
                    .map_err(Error::unopenable("a person's key"))?;
                read.push((
                    id,
                    HeldKey {
                        row: sql::number(number)?,
                        key,
                    },
                ));
            }
        }
        self.memory(|memory| {
            for (id, held) in &read {
                if memory.ring.generation == ring.generation {
                    memory.subjects.insert(*id, held.clone());
                }
            }
        });
        found.extend(read);
        Ok(found)
    }

    /// A period's key, where it exists.
    pub(crate) async fn period(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        day: i32,
        class: u8,
    ) -> Result<Option<HeldKey>> {
        let doing = "reading a period's key";
        if let Some(held) = self.memory(|memory| memory.periods.get(&(day, class)).cloned()) {
            return Ok(Some(held));
        }
        let row = sqlx::query("SELECT row, bucket, wrapped FROM period WHERE day = $1 AND class = $2")
            .bind(i64::from(day))
            .bind(i64::from(class))
            .fetch_optional(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
        let Some(row) = row else { return Ok(None) };
        let number: i64 = row.try_get(0).map_err(Error::sql(doing))?;
        let bucket: i64 = row.try_get(1).map_err(Error::sql(doing))?;
        let wrapped: Vec<u8> = row.try_get(2).map_err(Error::sql(doing))?;
        let bucket = u8::try_from(bucket).map_err(|_| Error::Damaged("a period"))?;
        let key = ring
            .bucket_key(bucket)?
            .unwrap(KeyOwner::Period { day, class }, &wrapped)
            .map_err(Error::unopenable("a period's key"))?;
        let held = HeldKey {
            row: sql::number(number)?,
            key,
        };
        self.memory(|memory| {
            if memory.ring.generation == ring.generation {
                memory.periods.insert((day, class), held.clone());
            }
        });
        Ok(Some(held))
    }

    /// Everybody with this identifier, in one service or in all, with their rows.
    pub(crate) async fn find(
        &self,
        connection: &mut AnyConnection,
        identifier: &str,
        service: Option<&str>,
    ) -> Result<Vec<(SubjectId, u64)>> {
        let ring = self.refresh(connection).await?;
        find_in(connection, &ring, identifier, service).await
    }
}

/// Everybody with this identifier, by the tokens of these keys.
async fn find_in(
    connection: &mut AnyConnection,
    ring: &Ring,
    identifier: &str,
    service: Option<&str>,
) -> Result<Vec<(SubjectId, u64)>> {
    let doing = "looking for a person";
    let tokens = ring.tokens(ACCOUNT, &normalise(identifier));
    let text = format!(
        "SELECT s.id, s.row, t.service FROM token t JOIN subject s ON s.row = t.holder
             WHERE t.kind = '{ACCOUNT}' AND t.token IN ({})",
        sql::list(1, tokens.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text));
    for token in tokens {
        query = query.bind(token);
    }
    let rows = query.fetch_all(connection).await.map_err(Error::sql(doing))?;
    let mut found = Vec::new();
    for row in rows {
        let id: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
        let number: i64 = row.try_get(1).map_err(Error::sql(doing))?;
        let of: String = row.try_get(2).map_err(Error::sql(doing))?;
        if service.is_none_or(|service| service == of) {
            let id = SubjectId(id.try_into().map_err(|_| Error::Damaged("a subject"))?);
            found.push((id, sql::number(number)?));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Keys that were asked for and still exist.
#[derive(Default)]
pub(crate) struct Keys {
    subjects: HashMap<SubjectId, SubjectKey>,
    periods: HashMap<(i32, u8), SubjectKey>,
}

impl Keys {
    /// The key of what this holder holds; `None` where one of its people was erased or the period
    /// dropped.
    pub(crate) fn of(&self, holder: &Holder) -> Option<SubjectKey> {
        match holder {
            Holder::Period { day, class } => self.periods.get(&(*day, *class)).cloned(),
            Holder::Subjects(ids) => {
                let keys = ids
                    .iter()
                    .map(|id| self.subjects.get(id).map(|key| (id.0, key)))
                    .collect::<Option<Vec<_>>>()?;
                joint_key(&keys)
            }
        }
    }
}
