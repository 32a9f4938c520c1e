//! From values to entries: the vault's tokens lead to rows, the postings of rows to entries.

use crate::append::decode_posting;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::vault::{ACCOUNT, ADDRESS, Net};
use crate::{meta, sql};
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeSet;
use std::ops::Range;
use vigia_domain::SubjectId;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ReadEvents, ReadPii};
use vigia_domain::person::normalise;

/// The row under which entries are listed that hold an address or a name which no index holds. The
/// vault gives rows from 1 on.
pub(crate) const UNINDEXED: u64 = 0;

/// Rows of one condition; one that leads to more is answered faster by reading the log.
const MAX_ROWS: usize = 4_096;

/// A value that the blind indexes can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// An e-mail address, an account's id or a user name.
    Account(String),
    /// An address, or one of its indexed networks (/8 /16 /24; IPv6 /32 /48 /64), as text.
    Address(String),
    /// Everything about somebody, by their pseudonym.
    Subject(SubjectId),
}

/// What a condition leads to: rows of the vault, and networks that its lists are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    pub(crate) rows: Vec<u64>,
    pub(crate) nets: Vec<Net>,
}

impl Store {
    /// The rows that any of these values leads to; `None` where they are too many, or where the index
    /// cannot answer (a person who was erased is in none, and entries still name the pseudonym).
    ///
    /// # Errors
    /// Where the vault cannot be read.
    pub async fn look_up(
        &self,
        _permit: &Permit<ReadEvents>,
        pii: Option<&Permit<ReadPii>>,
        any: &[Lookup],
    ) -> Result<Option<Indexed>> {
        let mut rows = BTreeSet::from([UNINDEXED]);
        let mut nets = Vec::new();
        for lookup in any {
            let found = match lookup {
                // Who may not see values finds nothing by them.
                Lookup::Account(_) | Lookup::Address(_) if pii.is_none() => Vec::new(),
                Lookup::Account(value) => self.rows_of_value(ACCOUNT, &normalise(value)).await?,
                Lookup::Address(value) => {
                    nets.extend(Net::parse(value));
                    self.rows_of_value(ADDRESS, value).await?
                }
                Lookup::Subject(subject) => match self.row_of_subject(*subject).await? {
                    Some(row) => vec![row],
                    None => return Ok(None),
                },
            };
            rows.extend(found);
            if rows.len() > MAX_ROWS {
                return Ok(None);
            }
        }
        let rows = rows.into_iter().collect();
        Ok(Some(Indexed { rows, nets }))
    }

    async fn rows_of_value(&self, kind: &'static str, value: &str) -> Result<Vec<u64>> {
        let doing = "asking the blind index";
        let mut connection = self.vault().pool.acquire().await.map_err(Error::sql(doing))?;
        let tokens = self.vault().refresh(&mut connection).await?.tokens(kind, value);
        // An identifier's postings are those of its holder; an address has its own.
        let row = if kind == ACCOUNT { "holder" } else { "row" };
        let text = format!(
            "SELECT DISTINCT {row} FROM token WHERE kind = '{kind}' AND token IN ({}) LIMIT {}",
            sql::list(1, tokens.len()),
            MAX_ROWS + 1
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for token in tokens {
            query = query.bind(token);
        }
        let rows = query
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::sql(doing))?;
        rows.iter()
            .map(|row| sql::number(row.try_get(0).map_err(Error::sql(doing))?))
            .collect()
    }

    async fn row_of_subject(&self, subject: SubjectId) -> Result<Option<u64>> {
        let doing = "asking for a person's row";
        let row = sqlx::query("SELECT row FROM subject WHERE id = $1")
            .bind(subject.0.to_vec())
            .fetch_optional(&self.vault().pool)
            .await
            .map_err(Error::sql(doing))?;
        row.map(|row| sql::number(row.try_get(0).map_err(Error::sql(doing))?))
            .transpose()
    }

    /// The first entry that the indexes speak of completely; what lies before it is to be read.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn indexed_from(&self) -> Result<u64> {
        let doing = "asking from where on everything is indexed";
        let mut connection = self.platform().acquire().await.map_err(Error::sql(doing))?;
        let Some(value) = meta::get(&mut connection, "indexed_from").await? else {
            return Ok(0);
        };
        value
            .parse()
            .map_err(|_| Error::Damaged("where the index begins"))
    }

    /// The entries to which every condition leads, ascending, of the commits that begin within
    /// `commits`, which ends within the log. All entries of commits before it are smaller, of those after
    /// it larger.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn posted(
        &self,
        _permit: &Permit<ReadEvents>,
        conditions: &[Indexed],
        commits: &Range<u64>,
    ) -> Result<Vec<u64>> {
        let mut all: Option<BTreeSet<u64>> = None;
        for condition in conditions {
            let mut here = self.postings(&condition.rows, commits).await?;
            if !condition.nets.is_empty() {
                here.append(&mut self.vault().seen(commits, &condition.nets).await?);
            }
            let left = match all {
                Some(before) => before.intersection(&here).copied().collect(),
                None => here,
            };
            if left.is_empty() {
                return Ok(Vec::new());
            }
            all = Some(left);
        }
        Ok(all.unwrap_or_default().into_iter().collect())
    }

    async fn postings(&self, rows: &[u64], commits: &Range<u64>) -> Result<BTreeSet<u64>> {
        let doing = "reading what an index says";
        let mut seqs = BTreeSet::new();
        for rows in rows.chunks(sql::VALUES_PER_LIST) {
            let text = format!(
                "SELECT first, seqs FROM posting WHERE first >= $1 AND first < $2 AND row IN ({})",
                sql::list(3, rows.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text))
                .persistent(false)
                .bind(sql::int(commits.start))
                .bind(sql::int(commits.end));
            for row in rows {
                query = query.bind(sql::int(*row));
            }
            for block in query
                .fetch_all(self.platform())
                .await
                .map_err(Error::sql(doing))?
            {
                let first = sql::number(block.try_get(0).map_err(Error::sql(doing))?)?;
                let bytes: Vec<u8> = block.try_get(1).map_err(Error::sql(doing))?;
                seqs.extend(decode_posting(first, &bytes)?);
            }
        }
        Ok(seqs)
    }

    /// The beginning of the commit in which these conditions last speak of an entry up to `seq`; `seq`
    /// itself where they do of none. Whoever reads upwards from an entry begins there.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn posted_before(
        &self,
        _permit: &Permit<ReadEvents>,
        conditions: &[Indexed],
        seq: u64,
    ) -> Result<u64> {
        let doing = "looking for the beginning of a commit";
        let mut latest = None;
        for rows in conditions
            .iter()
            .flat_map(|condition| condition.rows.chunks(sql::VALUES_PER_LIST))
        {
            let text = format!(
                "SELECT max(first) FROM posting WHERE first <= $1 AND row IN ({})",
                sql::list(2, rows.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text))
                .persistent(false)
                .bind(sql::int(seq));
            for row in rows {
                query = query.bind(sql::int(*row));
            }
            let row = query
                .fetch_one(self.platform())
                .await
                .map_err(Error::sql(doing))?;
            let first: Option<i64> = row.try_get(0).map_err(Error::sql(doing))?;
            latest = latest.max(first.map(sql::number).transpose()?);
        }
        if conditions.iter().any(|condition| !condition.nets.is_empty()) {
            latest = latest.max(self.vault().seen_before(seq).await?);
        }
        Ok(latest.unwrap_or(seq))
    }
}
