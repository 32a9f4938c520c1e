//! The log alone, for whoever has lost the keys: entries and leaves, no vault, no keys folder. What is
//! sealed stays so, and says nothing for or against the log.

use crate::database::Places;
use crate::engine::{self, Mode};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::head::{self, Head};
use crate::sql;
use crate::store::Options;
use sqlx::{AnyPool, Row as _};
use vigia_ledger::Hash;
use vigia_ledger::verify::{Auditor, Body, GroupState, Row, read_entry};

/// Rows of one page.
const PAGE: u64 = 2_048;

/// A log, opened for looking at it without any key.
pub struct BareLog {
    pool: AnyPool,
    head: Head,
}

impl BareLog {
    /// Opens the ledger's database for reading, and nothing else.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    pub async fn open(options: &Options) -> Result<Self> {
        let folder = Folder::new(options.folder.clone());
        let places = Places::of(&options.database, &folder);
        let pool = engine::open(&places.platform, Mode::Look).await?;
        let mut connection = pool.acquire().await.map_err(Error::sql("looking at the log"))?;
        let head = head::read(&mut connection).await?.head();
        drop(connection);
        Ok(Self { pool, head })
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Gives every row to a verifier, all groups withheld.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn judge(&self, auditor: &mut Auditor) -> Result<()> {
        let doing = "reading the log";
        let mut next = 0;
        loop {
            let rows = sqlx::query("SELECT seq, leaf, body FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2")
                .bind(sql::int(next))
                .bind(sql::int(PAGE))
                .fetch_all(&self.pool)
                .await
                .map_err(Error::sql(doing))?;
            for row in &rows {
                let seq = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
                let leaf: Vec<u8> = row.try_get(1).unwrap_or_default();
                let leaf: Hash = leaf.try_into().unwrap_or_default();
                let body: Option<Vec<u8>> = row.try_get(2).unwrap_or_default();
                let groups = body.as_deref().and_then(|body| read_entry(body).ok());
                let groups = vec![GroupState::Withheld; groups.map_or(0, |entry| entry.commitments.len())];
                auditor.row(Row {
                    seq,
                    leaf,
                    body: body.as_deref().map_or(Body::Gone, Body::Here),
                    groups: &groups,
                });
                next = seq + 1;
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }
}
