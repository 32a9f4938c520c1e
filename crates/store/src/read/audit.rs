//! Raw rows for the verifier: what the tables hold, in order, judged by nothing here.
//!
//! Deliberately absent: any use of the head's compact range, the stored tree hashes or a cache. What
//! is damaged is passed on as damaged, so that the verifier can say so.

use crate::error::{Error, Result};
use crate::head::Head;
use crate::read::Opened;
use crate::sql;
use crate::store::Store;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use vigia_domain::access::Permit;
use vigia_domain::access::action::VerifyLedger;
use vigia_domain::entry::Entry;
use vigia_ledger::Hash;
use vigia_ledger::verify::{self, Auditor, Body, GroupState};

/// Rows of one page.
const PAGE: u64 = 2_048;

/// One row of the log as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its sequence number.
    pub seq: u64,
    /// The leaf hash beside it; zeros where the column holds no hash.
    pub leaf: Hash,
    /// Its bytes; `None` where they are gone.
    pub body: Option<Vec<u8>>,
    /// One for each commitment of an entry that decodes, and then one for each sealed row that no
    /// commitment speaks of.
    pub groups: Vec<AuditGroup>,
}

/// A sealed group as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditGroup {
    /// Opened.
    Opened(Opened),
    /// Bytes and key are there and do not fit each other.
    DoesNotOpen,
    /// Bytes or key are gone.
    Gone,
}

impl AuditRow {
    /// Gives the row to a verifier.
    pub fn judge(&self, auditor: &mut Auditor) {
        let groups: Vec<GroupState<'_>> = self
            .groups
            .iter()
            .map(|group| match group {
                AuditGroup::Opened(opened) => GroupState::Opened {
                    seed: &opened.seed,
                    group: &opened.group,
                },
                AuditGroup::DoesNotOpen => GroupState::DoesNotOpen,
                AuditGroup::Gone => GroupState::Gone,
            })
            .collect();
        auditor.row(verify::Row {
            seq: self.seq,
            leaf: self.leaf,
            body: self.body.as_deref().map_or(Body::Gone, Body::Here),
            groups: &groups,
        });
    }
}

/// A stored tree hash as it was found; `None` where the column holds no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditNode {
    /// The root of a complete subtree of 256^level leaves.
    pub level: i64,
    /// Which one of them.
    pub index: i64,
    /// The hash.
    pub hash: Option<Hash>,
}

/// What stands in the tables beside the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Every stored tree hash.
    pub nodes: Vec<AuditNode>,
    /// The log's size afterwards.
    pub size: u64,
    /// Entries with a number below zero.
    pub entries_below: u64,
    /// Sealed rows of no entry that can be.
    pub sealed_outside: u64,
}

/// An audit under way.
pub struct Audit {
    store: Store,
    head: Head,
    generation: u64,
    next: u64,
    beyond: bool,
}

impl Audit {
    /// The head as it stood at the beginning: the rows up to its size are given, and then those
    /// that no head covers, which only a broken ledger has.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The next rows; empty at the end.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn next_page(&mut self) -> Result<Vec<AuditRow>> {
        if self.beyond {
            return Ok(Vec::new());
        }
        if self.next < self.head.size {
            let rows = self
                .store
                .audit_rows("seq >= $1 AND seq < $2", [self.next, self.head.size])
                .await?;
            if let Some(last) = rows.last() {
                self.next = last.seq + 1;
                return Ok(rows);
            }
        }
        self.beyond = true;
        // One statement sees one state, so rows of an append meanwhile are covered by its head.
        let uncovered = "seq >= $1 AND seq >= $2 AND seq >= (SELECT size FROM head WHERE id = 1)";
        self.store.audit_rows(uncovered, [self.head.size, 0]).await
    }

    /// What stands beside the entries. Where a table is missing, that is the error.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn beside(&self) -> Result<Beside> {
        let doing = "reading what stands beside the entries";
        let rows = sqlx::query("SELECT level, idx, hash FROM node ORDER BY level, idx")
            .fetch_all(self.store.platform())
            .await
            .map_err(Error::sql(doing))?;
        let nodes = rows
            .iter()
            .map(|row| {
                Ok(AuditNode {
                    level: row.try_get(0)?,
                    index: row.try_get(1)?,
                    hash: bytes(row, 2).and_then(|hash| hash.try_into().ok()),
                })
            })
            .collect::<sqlx::Result<_>>()
            .map_err(Error::sql(doing))?;
        let row = sqlx::query(
            "SELECT size, (SELECT count(*) FROM entry WHERE seq < 0),
             (SELECT count(*) FROM sealed WHERE slot < 0 OR slot >= 256 * size) FROM head WHERE id = 1",
        )
        .fetch_one(self.store.platform())
        .await
        .map_err(Error::sql(doing))?;
        let count = |column: usize| {
            let count = row.try_get::<i64, _>(column).map_err(Error::sql(doing))?;
            sql::number(count)
        };
        Ok(Beside {
            nodes,
            size: count(0)?,
            entries_below: count(1)?,
            sealed_outside: count(2)?,
        })
    }

    /// Whether an erasure ran meanwhile: then groups may be gone whose tombstone lies beyond the
    /// audited head, and the audit is to be begun again.
    ///
    /// # Errors
    /// Where the vault cannot be read.
    pub async fn was_disturbed(&self) -> Result<bool> {
        Ok(self.store.vault().generation().await? != self.generation)
    }
}

impl Store {
    /// Begins an audit.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn audit(&self, _permit: &Permit<VerifyLedger>) -> Result<Audit> {
        Ok(Audit {
            generation: self.vault().generation().await?,
            head: self.head().await?,
            store: self.clone(),
            next: 0,
            beyond: false,
        })
    }

    async fn audit_rows(&self, which: &str, bounds: [u64; 2]) -> Result<Vec<AuditRow>> {
        let doing = "reading the log for an audit";
        let text = format!("SELECT seq, leaf, body FROM entry WHERE {which} ORDER BY seq LIMIT $3");
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(sql::int(bounds[0]))
            .bind(sql::int(bounds[1]))
            .bind(sql::int(PAGE))
            .fetch_all(self.platform())
            .await
            .map_err(Error::sql(doing))?;
        let mut rows = rows.iter().map(raw).collect::<Result<Vec<_>>>()?;
        let entries: Vec<(u64, Entry)> = rows
            .iter()
            .filter_map(|row| Some((row.seq, Entry::from_bytes(row.body.as_deref()?).ok()?)))
            .collect();
        let names: Vec<(u64, &Entry)> = entries.iter().map(|(seq, entry)| (*seq, entry)).collect();
        let mut found = self.open_groups(&names).await?;
        let mut entries = entries.iter().peekable();
        for row in &mut rows {
            let Some((_, entry)) = entries.next_if(|(seq, _)| *seq == row.seq) else {
                continue;
            };
            let groups = found.remove(&row.seq).unwrap_or_default();
            row.groups = (0_u32..).zip(&entry.groups).map(|_| AuditGroup::Gone).collect();
            for opened in groups.opened {
                if let Some(group) = usize::try_from(opened.index)
                    .ok()
                    .and_then(|at| row.groups.get_mut(at))
                {
                    *group = AuditGroup::Opened(opened);
                }
            }
            for index in groups.damaged {
                if let Some(group) = usize::try_from(index).ok().and_then(|at| row.groups.get_mut(at)) {
                    *group = AuditGroup::DoesNotOpen;
                }
            }
            let strays = std::iter::repeat_n(AuditGroup::DoesNotOpen, groups.strays);
            row.groups.extend(strays);
        }
        Ok(rows)
    }
}

/// Takes a row whatever its columns hold.
fn raw(row: &AnyRow) -> Result<AuditRow> {
    let seq: i64 = row
        .try_get(0)
        .map_err(Error::sql("reading the log for an audit"))?;
    let leaf: Option<Vec<u8>> = bytes(row, 1);
    Ok(AuditRow {
        seq: sql::number(seq)?,
        leaf: leaf.and_then(|leaf| leaf.try_into().ok()).unwrap_or_default(),
        body: bytes(row, 2),
        groups: Vec::new(),
    })
}

/// Bytes, or a text's bytes where somebody wrote one; anything else is nothing.
fn bytes(row: &AnyRow, column: usize) -> Option<Vec<u8>> {
    row.try_get::<Vec<u8>, _>(column)
        .ok()
        .or_else(|| row.try_get::<String, _>(column).ok().map(String::into_bytes))
}
