//! Erasing in the vault: the record of an erasure under way, and the transaction that forgets.
//!
//! States, in order: *intended* (nothing is gone yet; it will be finished), *pending* (the rows are
//! gone and the rest of their buckets is wrapped anew), and no row at all (the old bucket keys are
//! gone too). Each step may be repeated.

use super::{Going, Ring, Vault, seen};
use crate::engine::{self, News};
use crate::error::{Error, Result};
use crate::{random, sql};
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::BTreeSet;
use uuid::Uuid;
use vigia_domain::SubjectId;
use vigia_ledger::blind::token;
use vigia_ledger::bucket::{BucketKey, KeyOwner, Keyring};

/// How far an erasure got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErasureState {
    Intended,
    Pending,
}

/// An erasure under way.
#[derive(Debug, Clone)]
pub(crate) struct Erasing {
    pub id: Uuid,
    pub people: Vec<Person>,
    /// Periods whose keys go; never together with people.
    pub periods: Vec<Going>,
    pub state: ErasureState,
}

/// A subject to be erased, with the rows by which postings know them and their addresses.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub subject: SubjectId,
    pub rows: Vec<u64>,
}

impl Erasing {
    pub(crate) fn subjects(&self) -> BTreeSet<SubjectId> {
        self.people.iter().map(|person| person.subject).collect()
    }

    /// The rows of everybody and every period whose addresses go.
    pub(super) fn holders(&self) -> BTreeSet<u64> {
        let people = self.people.iter().map(|person| &person.rows);
        let periods = self.periods.iter().filter(|going| going.renewed.is_none());
        people
            .chain(periods.map(|going| &going.rows))
            .filter_map(|rows| rows.first().copied())
            .collect()
    }

    pub(super) fn buckets(&self) -> BTreeSet<u8> {
        let people = self.people.iter().map(|person| person.subject.bucket());
        people.chain(self.periods.iter().map(Going::bucket)).collect()
    }
}

/// What goes, as it is written down. The first version wrote the people alone, as a list.
#[derive(Default, Serialize, Deserialize)]
struct What {
    people: Vec<Person>,
    #[serde(default)]
    periods: Vec<Going>,
}

impl What {
    fn read(text: &str) -> Result<Self> {
        let read = if text.starts_with('[') {
            serde_json::from_str(text).map(|people| Self {
                people,
                periods: Vec::new(),
            })
        } else {
            serde_json::from_str(text)
        };
        read.map_err(|_| Error::Damaged("an erasure"))
    }
}

const INTENDED: &str = "intended";
const PENDING: &str = "pending";

impl Vault {
    /// Writes down whom to erase, so that it is finished whatever happens.
    pub(crate) async fn intend(
        &self,
        connection: &mut AnyConnection,
        id: Uuid,
        found: &[(SubjectId, u64)],
    ) -> Result<Erasing> {
        let doing = "writing down an erasure";
        let mut people = Vec::with_capacity(found.len());
        for (subject, row) in found {
            let tokens = sqlx::query("SELECT row FROM token WHERE holder = $1")
                .bind(sql::int(*row))
                .fetch_all(&mut *connection)
                .await
                .map_err(Error::sql(doing))?;
            let mut rows = vec![*row];
            for token in tokens {
                rows.push(sql::number(token.try_get(0).map_err(Error::sql(doing))?)?);
            }
            people.push(Person {
                subject: *subject,
                rows,
            });
        }
        let erasing = Erasing {
            id,
            people,
            periods: Vec::new(),
            state: ErasureState::Intended,
        };
        self.write_down(connection, &erasing).await?;
        Ok(erasing)
    }

    /// From here on it is carried out, whatever happens.
    pub(super) async fn write_down(&self, connection: &mut AnyConnection, erasing: &Erasing) -> Result<()> {
        let what = What {
            people: erasing.people.clone(),
            periods: erasing.periods.clone(),
        };
        let text = serde_json::to_string(&what).map_err(|_| Error::Damaged("an erasure"))?;
        sqlx::query("INSERT INTO erasure (id, subjects, state) VALUES ($1, $2, $3)")
            .bind(erasing.id.to_string())
            .bind(text)
            .bind(INTENDED)
            .execute(connection)
            .await
            .map(|_| ())
            .map_err(Error::sql("writing down an erasure"))
    }

    /// The rows are gone and the rest of their buckets is wrapped anew.
    pub(super) async fn mark_pending(&self, connection: &mut AnyConnection, erasing: &Erasing) -> Result<()> {
        sqlx::query("UPDATE erasure SET state = $1 WHERE id = $2")
            .bind(PENDING)
            .bind(erasing.id.to_string())
            .execute(connection)
            .await
            .map(|_| ())
            .map_err(Error::sql("erasing from the vault"))
    }

    /// Erasures that were begun and not finished.
    pub(crate) async fn open_erasures(&self, connection: &mut AnyConnection) -> Result<Vec<Erasing>> {
        let doing = "looking for unfinished erasures";
        let rows = sqlx::query("SELECT id, subjects, state FROM erasure ORDER BY id")
            .fetch_all(connection)
            .await
            .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get(0).map_err(Error::sql(doing))?;
                let people: String = row.try_get(1).map_err(Error::sql(doing))?;
                let state: String = row.try_get(2).map_err(Error::sql(doing))?;
                let what = What::read(&people)?;
                Ok(Erasing {
                    id: id.parse().map_err(|_| Error::Damaged("an erasure"))?,
                    people: what.people,
                    periods: what.periods,
                    state: match state.as_str() {
                        INTENDED => ErasureState::Intended,
                        PENDING => ErasureState::Pending,
                        _ => return Err(Error::Damaged("an erasure")),
                    },
                })
            })
            .collect()
    }

    /// Step 1: the file holds the old and the new key of every bucket concerned.
    pub(crate) fn add_keys(&self, erasing: &Erasing) -> Result<()> {
        let mut keyring = self.folder.read_keyring(&self.master()?)?;
        for bucket in erasing.buckets() {
            if !keyring.is_rotating(bucket) {
                keyring.begin(bucket, random::bytes()?)?;
            }
        }
        self.folder.write_keyring(&self.master()?, &keyring)
    }

    /// Step 2: one transaction forgets the people and wraps everybody else in their buckets anew.
    pub(crate) async fn forget(&self, connection: &mut AnyConnection, erasing: &Erasing) -> Result<()> {
        let doing = "erasing from the vault";
        let keyring = self.folder.read_keyring(&self.master()?)?;
        let ring = self.refresh(connection).await?;
        let mut tx = engine::begin_write(connection, doing).await?;
        for person in &erasing.people {
            sqlx::query("DELETE FROM subject WHERE id = $1")
                .bind(person.subject.0.to_vec())
                .execute(&mut *tx)
                .await
                .map_err(Error::sql(doing))?;
            let holder = person.rows.first().copied().unwrap_or(0);
            sqlx::query("DELETE FROM token WHERE holder = $1")
                .bind(sql::int(holder))
                .execute(&mut *tx)
                .await
                .map_err(Error::sql(doing))?;
        }
        let gone = erasing.holders();
        for bucket in erasing.buckets() {
            rewrap(&mut tx, (&ring, &keyring), bucket, &gone).await?;
        }
        self.mark_pending(&mut tx, erasing).await?;
        move_generation(&mut tx).await?;
        tx.commit().await.map_err(Error::sql(doing))
    }

    /// Step 4: the file is written without the old keys. From here on nothing opens what was erased.
    pub(crate) async fn drop_keys(&self, connection: &mut AnyConnection, erasing: &Erasing) -> Result<()> {
        let doing = "reading the vault's buckets";
        let mut keyring = self.folder.read_keyring(&self.master()?)?;
        for bucket in erasing.buckets() {
            let row = sqlx::query("SELECT generation FROM bucket WHERE n = $1")
                .bind(i64::from(bucket))
                .fetch_one(&mut *connection)
                .await
                .map_err(Error::sql(doing))?;
            let in_force = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
            keyring.settle(bucket, in_force)?;
        }
        self.folder.write_keyring(&self.master()?, &keyring)
    }

    /// The erasure is over: every process drops what it still remembers.
    pub(crate) async fn close_erasure(
        &self,
        connection: &mut AnyConnection,
        erasing: &Erasing,
    ) -> Result<()> {
        let doing = "closing an erasure";
        let mut tx = engine::begin_write(connection, doing).await?;
        sqlx::query("DELETE FROM erasure WHERE id = $1")
            .bind(erasing.id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(Error::sql(doing))?;
        move_generation(&mut tx).await?;
        tx.commit().await.map_err(Error::sql(doing))
    }
}

pub(crate) async fn move_generation(connection: &mut AnyConnection) -> Result<()> {
    sqlx::query("UPDATE counter SET generation = generation + 1 WHERE id = 1")
        .execute(&mut *connection)
        .await
        .map_err(Error::sql("moving the vault's generation"))?;
    engine::tell(connection, News::Keys).await
}

/// Wraps every key and value of a bucket under its newest key, and indexes the values anew. `gone` are
/// the rows of holders whose addresses go.
pub(super) async fn rewrap(
    connection: &mut AnyConnection,
    (ring, keyring): (&Ring, &Keyring),
    bucket: u8,
    gone: &BTreeSet<u64>,
) -> Result<()> {
    let doing = "wrapping a bucket anew";
    let (old, new) = (ring.bucket_key(bucket)?, keyring.newest(bucket)?);
    if old.generation() == new.generation() {
        return Err(Error::KeysOfAnotherTime { bucket });
    }
    rewrap_subjects(connection, (old, new), bucket).await?;
    rewrap_periods(connection, (old, new), bucket).await?;
    rewrap_tokens(connection, (old, new), bucket).await?;
    seen::rewrap(connection, (old, new), bucket, gone).await?;
    sqlx::query("UPDATE bucket SET generation = $1 WHERE n = $2")
        .bind(sql::int(new.generation()))
        .bind(i64::from(bucket))
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(Error::sql(doing))
}

async fn rows_of(
    connection: &mut AnyConnection,
    bucket: u8,
    text: &'static str,
) -> Result<Vec<sqlx::any::AnyRow>> {
    sqlx::query(AssertSqlSafe(text))
        .bind(i64::from(bucket))
        .fetch_all(connection)
        .await
        .map_err(Error::sql("reading a bucket"))
}

async fn rewrap_subjects(
    connection: &mut AnyConnection,
    (old, new): (&BucketKey, &BucketKey),
    bucket: u8,
) -> Result<()> {
    let doing = "wrapping people's keys anew";
    for row in rows_of(
        connection,
        bucket,
        "SELECT id, wrapped FROM subject WHERE bucket = $1",
    )
    .await?
    {
        let id: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
        let wrapped: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
        let owner = KeyOwner::Subject(
            id.as_slice()
                .try_into()
                .map_err(|_| Error::Damaged("a subject"))?,
        );
        let key = old
            .unwrap(owner, &wrapped)
            .map_err(Error::unopenable("a person's key"))?;
        sqlx::query("UPDATE subject SET wrapped = $1 WHERE id = $2")
            .bind(new.wrap(&random::bytes()?, owner, &key))
            .bind(id)
            .execute(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
    }
    Ok(())
}

async fn rewrap_periods(
    connection: &mut AnyConnection,
    (old, new): (&BucketKey, &BucketKey),
    bucket: u8,
) -> Result<()> {
    let doing = "wrapping periods' keys anew";
    for row in rows_of(
        connection,
        bucket,
        "SELECT day, class, wrapped FROM period WHERE bucket = $1",
    )
    .await?
    {
        let day: i64 = row.try_get(0).map_err(Error::sql(doing))?;
        let class: i64 = row.try_get(1).map_err(Error::sql(doing))?;
        let wrapped: Vec<u8> = row.try_get(2).map_err(Error::sql(doing))?;
        let owner = KeyOwner::Period {
            day: i32::try_from(day).map_err(|_| Error::Damaged("a period"))?,
            class: u8::try_from(class).map_err(|_| Error::Damaged("a period"))?,
        };
        let key = old
            .unwrap(owner, &wrapped)
            .map_err(Error::unopenable("a period's key"))?;
        sqlx::query("UPDATE period SET wrapped = $1 WHERE day = $2 AND class = $3")
            .bind(new.wrap(&random::bytes()?, owner, &key))
            .bind(day)
            .bind(class)
            .execute(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
    }
    Ok(())
}

async fn rewrap_tokens(
    connection: &mut AnyConnection,
    (old, new): (&BucketKey, &BucketKey),
    bucket: u8,
) -> Result<()> {
    let doing = "indexing a bucket anew";
    let (index, opening, sealing) = (new.index_key(), old.value_key(), new.value_key());
    for row in rows_of(
        connection,
        bucket,
        "SELECT row, kind, value FROM token WHERE bucket = $1",
    )
    .await?
    {
        let number: i64 = row.try_get(0).map_err(Error::sql(doing))?;
        let kind: String = row.try_get(1).map_err(Error::sql(doing))?;
        let sealed: Vec<u8> = row.try_get(2).map_err(Error::sql(doing))?;
        let name = sql::number(number)?.to_be_bytes();
        let value = opening
            .open(&name, &sealed)
            .map_err(Error::unopenable("a value of the blind index"))?;
        sqlx::query("UPDATE token SET token = $1, value = $2 WHERE row = $3")
            .bind(token(&index, &kind, &value).to_vec())
            .bind(sealing.seal(&random::bytes()?, &name, &value))
            .bind(number)
            .execute(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
    }
    Ok(())
}
