//! Rows that an append adds to the vault: subjects, periods, values of the blind index.

use super::{HeldKey, Ring};
use crate::error::{Error, Result};
use crate::random::{self, Pool};
use crate::sql;
use sqlx::AnyConnection;
use vigia_domain::SubjectId;
use vigia_ledger::blind::token;
use vigia_ledger::bucket::KeyOwner;
use vigia_ledger::seal::SubjectKey;

/// Periods are spread over the buckets, so that dropping one re-wraps few others.
pub(super) fn period_bucket(day: i32, class: u8) -> u8 {
    let [.., low] = day.to_be_bytes();
    low.wrapping_mul(31).wrapping_add(class)
}

/// Rows that are about to be written.
#[derive(Default)]
pub(super) struct Fresh {
    next_row: u64,
    subjects: Vec<(SubjectId, u64, Vec<u8>)>,
    periods: Vec<(i32, u8, u64, Vec<u8>)>,
    tokens: Vec<Token>,
    /// For ids and nonces; keys are drawn one by one.
    random: Pool,
}

struct Token {
    row: u64,
    bucket: u8,
    holder: u64,
    kind: &'static str,
    service: String,
    token: Vec<u8>,
    value: Vec<u8>,
}

impl Fresh {
    /// None yet; numbers are given from here on.
    pub(super) fn from(next_row: u64) -> Self {
        Self {
            next_row,
            ..Self::default()
        }
    }

    /// The number that the next row will have.
    pub(super) fn next_row(&self) -> u64 {
        self.next_row
    }

    /// The next row's number.
    fn row(&mut self) -> u64 {
        let row = self.next_row;
        self.next_row += 1;
        row
    }

    /// A new value of the blind index; returns its row.
    pub(super) fn token(
        &mut self,
        ring: &Ring,
        (bucket, holder): (u8, u64),
        named: (&'static str, &str, &str),
    ) -> Result<u64> {
        let (kind, service, value) = named;
        let row = self.row();
        let sealed = ring
            .value_key(bucket)?
            .seal(&self.random.take()?, &row.to_be_bytes(), value.as_bytes());
        self.tokens.push(Token {
            row,
            bucket,
            holder,
            kind,
            service: service.to_owned(),
            token: token(ring.index_key(bucket)?, kind, value.as_bytes()).to_vec(),
            value: sealed,
        });
        Ok(row)
    }

    /// A new person: a random id, a random key.
    pub(super) fn subject(&mut self, ring: &Ring) -> Result<(SubjectId, HeldKey)> {
        let id = SubjectId(self.random.take()?);
        let key = SubjectKey(random::bytes()?);
        let row = self.row();
        let wrapped = ring
            .bucket_key(id.bucket())?
            .wrap(&self.random.take()?, KeyOwner::Subject(id.0), &key);
        self.subjects.push((id, row, wrapped));
        Ok((id, HeldKey { row, key }))
    }

    /// A new period's key.
    pub(super) fn period(&mut self, ring: &Ring, day: i32, class: u8) -> Result<HeldKey> {
        let key = SubjectKey(random::bytes()?);
        let row = self.row();
        let bucket = period_bucket(day, class);
        let wrapped =
            ring.bucket_key(bucket)?
                .wrap(&self.random.take()?, KeyOwner::Period { day, class }, &key);
        self.periods.push((day, class, row, wrapped));
        Ok(HeldKey { row, key })
    }
}

/// Writes them within the caller's transaction.
pub(super) async fn write(connection: &mut AnyConnection, fresh: &Fresh) -> Result<()> {
    let doing = "keeping new keys";
    sql::insert(
        connection,
        doing,
        ("INSERT INTO subject (id, row, bucket, wrapped) VALUES", 4, ""),
        &fresh.subjects,
        |query, (id, row, wrapped)| {
            query
                .bind(id.0.to_vec())
                .bind(sql::int(*row))
                .bind(i64::from(id.bucket()))
                .bind(wrapped.clone())
        },
    )
    .await?;
    sql::insert(
        connection,
        doing,
        (
            "INSERT INTO period (day, class, row, bucket, wrapped) VALUES",
            5,
            "",
        ),
        &fresh.periods,
        |query, (day, class, row, wrapped)| {
            query
                .bind(i64::from(*day))
                .bind(i64::from(*class))
                .bind(sql::int(*row))
                .bind(i64::from(period_bucket(*day, *class)))
                .bind(wrapped.clone())
        },
    )
    .await?;
    sql::insert(
        connection,
        doing,
        (
            "INSERT INTO token (row, bucket, holder, kind, service, token, value) VALUES",
            7,
            "",
        ),
        &fresh.tokens,
        |query, token| {
            query
                .bind(sql::int(token.row))
                .bind(i64::from(token.bucket))
                .bind(sql::int(token.holder))
                .bind(token.kind)
                .bind(token.service.clone())
                .bind(token.token.clone())
                .bind(token.value.clone())
        },
    )
    .await?;
    sqlx::query("UPDATE counter SET next_row = $1 WHERE id = 1")
        .bind(sql::int(fresh.next_row()))
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(Error::sql(doing))
}
