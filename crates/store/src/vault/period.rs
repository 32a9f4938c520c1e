//! Dropping periods in the vault: the record of what is to go, and the transaction that lets it go.
//!
//! A period under legal hold gets a fresh key instead. It lies in the record, wrapped by the
//! bucket's key, until the vault's own row has it: whatever crashes, what was sealed anew opens.

use super::rotate::{move_generation, rewrap};
use super::{Erasing, ErasureState, Ring, Vault};
use crate::engine;
use crate::error::{Error, Result};
use crate::vault::fresh::period_bucket;
use crate::{random, sql};
use serde::{Deserialize, Serialize};
use sqlx::{Any, AnyConnection, Row, Transaction};
use std::collections::BTreeMap;
use uuid::Uuid;
use vigia_domain::pruning::Period;
use vigia_ledger::bucket::KeyOwner;
use vigia_ledger::seal::SubjectKey;

/// A period whose key is to go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Going {
    pub period: Period,
    /// By which postings know it and its addresses.
    pub rows: Vec<u64>,
    /// The key for what is under legal hold, wrapped, as hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<String>,
}

impl Going {
    pub(super) fn bucket(&self) -> u8 {
        period_bucket(self.period.day, self.period.class)
    }

    fn owner(&self) -> KeyOwner {
        KeyOwner::Period {
            day: self.period.day,
            class: self.period.class,
        }
    }
}

impl Vault {
    /// Writes down which periods lose their keys, and makes the fresh ones where `renew` is set.
    pub(crate) async fn intend_periods(
        &self,
        connection: &mut AnyConnection,
        id: Uuid,
        periods: &[Period],
        renew: bool,
    ) -> Result<Erasing> {
        let ring = self.refresh(connection).await?;
        let mut going = Vec::with_capacity(periods.len());
        for period in periods {
            let mut one = Going {
                period: *period,
                rows: rows_of(connection, *period).await?,
                renewed: None,
            };
            if renew {
                let fresh = SubjectKey(random::bytes()?);
                let wrapped = ring
                    .bucket_key(one.bucket())?
                    .wrap(&random::bytes()?, one.owner(), &fresh);
                one.renewed = Some(hex::encode(wrapped));
            }
            going.push(one);
        }
        let erasing = Erasing {
            id,
            people: Vec::new(),
            periods: going,
            state: ErasureState::Intended,
        };
        self.write_down(connection, &erasing).await?;
        Ok(erasing)
    }

    /// The key of each period as it is, and the fresh one where there is one.
    pub(crate) async fn period_keys(
        &self,
        connection: &mut AnyConnection,
        ring: &Ring,
        erasing: &Erasing,
    ) -> Result<BTreeMap<Period, (SubjectKey, Option<SubjectKey>)>> {
        let mut keys = BTreeMap::new();
        for going in &erasing.periods {
            let Period { day, class } = going.period;
            let Some(old) = self.period(connection, ring, day, class).await? else {
                continue;
            };
            let fresh = match &going.renewed {
                Some(wrapped) => Some(fresh_key(ring, going, wrapped)?),
                None => None,
            };
            keys.insert(going.period, (old.key, fresh));
        }
        Ok(keys)
    }

    /// The transaction in which the keys go, ready to be committed.
    pub(crate) async fn begin_forgetting_periods<'c>(
        &self,
        connection: &'c mut AnyConnection,
        erasing: &Erasing,
    ) -> Result<Transaction<'c, Any>> {
        let doing = "dropping periods from the vault";
        let keyring = self.folder().read_keyring(&self.master()?)?;
        let ring = self.refresh(connection).await?;
        let mut tx = engine::begin_write(connection, doing).await?;
        for going in &erasing.periods {
            let (day, class) = (i64::from(going.period.day), i64::from(going.period.class));
            if let Some(wrapped) = &going.renewed {
                let wrapped = hex::decode(wrapped).map_err(|_| Error::Damaged("an erasure"))?;
                sqlx::query("UPDATE period SET wrapped = $1 WHERE day = $2 AND class = $3")
                    .bind(wrapped)
                    .bind(day)
                    .bind(class)
                    .execute(&mut *tx)
                    .await
                    .map_err(Error::sql(doing))?;
                continue;
            }
            sqlx::query("DELETE FROM period WHERE day = $1 AND class = $2")
                .bind(day)
                .bind(class)
                .execute(&mut *tx)
                .await
                .map_err(Error::sql(doing))?;
            let holder = going.rows.first().copied().unwrap_or(0);
            sqlx::query("DELETE FROM token WHERE holder = $1")
                .bind(sql::int(holder))
                .execute(&mut *tx)
                .await
                .map_err(Error::sql(doing))?;
        }
        for bucket in erasing.buckets() {
            rewrap(&mut tx, (&ring, &keyring), bucket, &erasing.holders()).await?;
        }
        self.mark_pending(&mut tx, erasing).await?;
        move_generation(&mut tx).await?;
        Ok(tx)
    }
}

fn fresh_key(ring: &Ring, going: &Going, wrapped: &str) -> Result<SubjectKey> {
    let wrapped = hex::decode(wrapped).map_err(|_| Error::Damaged("an erasure"))?;
    ring.bucket_key(going.bucket())?
        .unwrap(going.owner(), &wrapped)
        .map_err(Error::unopenable("a period's fresh key"))
}

/// The row of a period and those of its addresses.
async fn rows_of(connection: &mut AnyConnection, period: Period) -> Result<Vec<u64>> {
    let doing = "reading what a period holds";
    let row = sqlx::query("SELECT row FROM period WHERE day = $1 AND class = $2")
        .bind(i64::from(period.day))
        .bind(i64::from(period.class))
        .fetch_optional(&mut *connection)
        .await
        .map_err(Error::sql(doing))?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let holder: i64 = row.try_get(0).map_err(Error::sql(doing))?;
    let tokens = sqlx::query("SELECT row FROM token WHERE holder = $1")
        .bind(holder)
        .fetch_all(connection)
        .await
        .map_err(Error::sql(doing))?;
    let mut rows = vec![sql::number(holder)?];
    for token in &tokens {
        rows.push(sql::number(token.try_get(0).map_err(Error::sql(doing))?)?);
    }
    Ok(rows)
}
