//! Entries by their numbers, as far as a reader may see them, their groups opened where the reader may
//! see those.

use crate::error::{Error, Result};
use crate::read::Opened;
use crate::sql;
use crate::store::Store;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::ops::Range;
use vigia_domain::access::Permit;
use vigia_domain::access::action::{ReadEvents, ReadPii};
use vigia_domain::entry::{Entry, Group};
use vigia_ledger::Hash;

/// An entry that a reader may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its sequence number.
    pub seq: u64,
    /// Its leaf hash, as stored.
    pub leaf: Hash,
    /// Its bytes, as stored.
    pub body: Vec<u8>,
    /// The same, decoded.
    pub entry: Entry,
    /// The groups that could be opened; none where the reader may not see them.
    pub groups: Vec<Opened>,
    /// Whether the reader may see what is sealed in it.
    pub shown: bool,
}

impl Found {
    /// The opened groups, decoded.
    ///
    /// # Errors
    /// Where one is none.
    pub fn groups(&self) -> Result<Vec<Group>> {
        self.groups
            .iter()
            .map(|opened| Group::from_bytes(&opened.group).map_err(Error::entry(self.seq)))
            .collect()
    }
}

/// Which entries to read.
#[derive(Debug, Clone)]
pub enum Wanted<'a> {
    /// All of these numbers.
    Range(Range<u64>),
    /// These, ascending.
    These(&'a [u64]),
}

impl Store {
    /// The wanted entries that this reader may see and `look` lets pass, ascending. `look` sees what
    /// is clear in an entry; only what it lets pass is opened.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn entries(
        &self,
        permit: &Permit<ReadEvents>,
        pii: Option<&Permit<ReadPii>>,
        wanted: Wanted<'_>,
        look: impl Fn(u64, &Entry) -> bool + Send,
    ) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for row in self.rows(wanted).await? {
            let Some(one) = decode(&row)? else { continue };
            if permit.scope().includes(&one.entry.service) && look(one.seq, &one.entry) {
                found.push(one);
            }
        }
        let Some(pii) = pii else { return Ok(found) };
        for one in &mut found {
            one.shown = pii.scope().includes(&one.entry.service);
        }
        let readable: Vec<(u64, &Entry)> = found
            .iter()
            .filter(|one| one.shown)
            .map(|one| (one.seq, &one.entry))
            .collect();
        let mut groups = self.open_groups(&readable).await?;
        for one in &mut found {
            one.groups = groups.remove(&one.seq).unwrap_or_default().opened;
        }
        Ok(found)
    }

    async fn rows(&self, wanted: Wanted<'_>) -> Result<Vec<AnyRow>> {
        let doing = "reading entries";
        match wanted {
            Wanted::Range(range) => {
                sqlx::query("SELECT seq, leaf, body FROM entry WHERE seq >= $1 AND seq < $2 ORDER BY seq")
                    .bind(sql::int(range.start))
                    .bind(sql::int(range.end))
                    .fetch_all(self.platform())
                    .await
                    .map_err(Error::sql(doing))
            }
            Wanted::These(seqs) => {
                let mut all = Vec::with_capacity(seqs.len());
                for seqs in seqs.chunks(sql::VALUES_PER_LIST) {
                    let text = format!(
                        "SELECT seq, leaf, body FROM entry WHERE seq IN ({}) ORDER BY seq",
                        sql::list(1, seqs.len())
                    );
                    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
                    for seq in seqs {
                        query = query.bind(sql::int(*seq));
                    }
                    all.extend(
                        query
                            .fetch_all(self.platform())
                            .await
                            .map_err(Error::sql(doing))?,
                    );
                }
                Ok(all)
            }
        }
    }
}

/// `None` where the bytes are gone, or are no entry: the verifier's business.
fn decode(row: &AnyRow) -> Result<Option<Found>> {
    let doing = "reading entries";
    let seq = sql::number(row.try_get(0).map_err(Error::sql(doing))?)?;
    let leaf: Vec<u8> = row.try_get(1).map_err(Error::sql(doing))?;
    let body: Option<Vec<u8>> = row.try_get(2).map_err(Error::sql(doing))?;
    let Some(body) = body else { return Ok(None) };
    let Ok(entry) = Entry::from_bytes(&body) else {
        return Ok(None);
    };
    Ok(Some(Found {
        seq,
        leaf: leaf.try_into().map_err(|_| Error::Damaged("a leaf"))?,
        body,
        entry,
        groups: Vec::new(),
        shown: false,
    }))
}
