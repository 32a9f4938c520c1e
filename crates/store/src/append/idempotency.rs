//! Idempotency keys: a repeated request gets the first answer, for a day. The row is written in
//! the transaction of the events, so a twin that comes meanwhile waits for it by waiting its turn.

use super::Ingested;
use crate::error::{Error, Result};
use crate::sql;
use chrono::TimeDelta;
use sqlx::{AnyConnection, Row};
use vigia_domain::clock::to_micros;
use vigia_domain::{ApiKeyId, Timestamp};
use vigia_ledger::Hash;

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// A request that may be repeated.
#[derive(Debug)]
pub(crate) struct Claim {
    pub api_key: ApiKeyId,
    pub key: Hash,
    pub body: Hash,
    pub reply: Vec<u8>,
}

/// The first answer, where there was one.
pub(super) async fn earlier(
    connection: &mut AnyConnection,
    claim: &Claim,
    now: Timestamp,
) -> Result<Option<Ingested>> {
    let doing = "looking for an earlier answer";
    let row = sqlx::query(
        "SELECT body_hash, reply, first, events FROM idempotency
         WHERE api_key = $1 AND key_hash = $2 AND expires_at > $3",
    )
    .bind(claim.api_key.to_string())
    .bind(claim.key.to_vec())
    .bind(to_micros(now))
    .fetch_optional(connection)
    .await
    .map_err(Error::sql(doing))?;
    let Some(row) = row else { return Ok(None) };
    let body: Vec<u8> = row.try_get(0).map_err(Error::sql(doing))?;
    if body != claim.body {
        return Err(Error::IdempotencyMismatch);
    }
    let first = sql::number(row.try_get(2).map_err(Error::sql(doing))?)?;
    let events = sql::number(row.try_get(3).map_err(Error::sql(doing))?)?;
    Ok(Some(Ingested {
        seqs: first..first + events,
        replayed: Some(row.try_get(1).map_err(Error::sql(doing))?),
    }))
}

/// Keeps the answer, and lets go of those whose day is over.
pub(super) async fn keep(
    connection: &mut AnyConnection,
    claim: &Claim,
    seqs: &std::ops::Range<u64>,
    now: Timestamp,
) -> Result<()> {
    let doing = "keeping an answer";
    sqlx::query("DELETE FROM idempotency WHERE expires_at <= $1")
        .bind(to_micros(now))
        .execute(&mut *connection)
        .await
        .map_err(Error::sql(doing))?;
    sqlx::query(
        "INSERT INTO idempotency (api_key, key_hash, body_hash, reply, first, events, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(claim.api_key.to_string())
    .bind(claim.key.to_vec())
    .bind(claim.body.to_vec())
    .bind(claim.reply.clone())
    .bind(sql::int(seqs.start))
    .bind(sql::int(seqs.end - seqs.start))
    .bind(to_micros(now + KEPT))
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(Error::sql(doing))
}
