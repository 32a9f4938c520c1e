//! After a pruning, and after the postings were swept: the lists of addresses forget the entries that
//! are gone. Step by step under the platform's write lock; the vault commits first, and a step that
//! is repeated finds nothing left to forget.

use super::sweep::LONGEST_COMMIT;
use crate::append::Writer;
use crate::engine;
use crate::error::{Error, Result};
use crate::vault::behind;
use crate::{meta, sql};
use sqlx::{AnyConnection, Row};
use std::collections::BTreeSet;

/// Where it lies what is still to be swept: first and last number, then the next slot.
const STRETCH: &str = "retention-sweep-lists";

/// Entries between these were pruned.
pub(super) async fn widen(connection: &mut AnyConnection, first: u64, last: u64) -> Result<()> {
    let (first, last) = read(connection)
        .await?
        .map_or((first, last), |(from, to, _)| (first.min(from), last.max(to)));
    meta::set(connection, STRETCH, &format!("{first} {last} 0")).await
}

async fn read(connection: &mut AnyConnection) -> Result<Option<(u64, u64, u64)>> {
    let Some(text) = meta::get(connection, STRETCH).await? else {
        return Ok(None);
    };
    let numbers: Vec<u64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [first, last, next] = numbers.as_slice() else {
        return Err(Error::Damaged("a mark of retention"));
    };
    Ok(Some((*first, *last, *next)))
}

impl Writer {
    /// One step; `false` where nothing is left to be swept.
    pub(super) async fn sweep_lists(&mut self) -> Result<bool> {
        let doing = "sweeping addresses";
        let vault = self.pen.vault.clone();
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let Some((first, last, next)) = read(&mut tx).await? else {
            tx.rollback().await.map_err(Error::sql(doing))?;
            return Ok(false);
        };
        let commits = first.saturating_sub(LONGEST_COMMIT)..last.saturating_add(1);
        let (mut lists, is_last) = vault.lists(&mut self.vault, (next, &commits)).await?;
        match lists.last() {
            Some((slot, _)) if !is_last => {
                let mark = format!("{first} {last} {}", behind(*slot));
                meta::set(&mut tx, STRETCH, &mark).await?;
            }
            _ => meta::forget(&mut tx, STRETCH).await?,
        }
        let named = |seq: &u64| (first..=last).contains(seq);
        let seqs = lists.iter().flat_map(|(_, seen)| seen).map(|seen| seen.seq);
        let seqs: BTreeSet<u64> = seqs.filter(named).collect();
        let gone = match (seqs.first(), seqs.last()) {
            (Some(from), Some(to)) => pruned(&mut tx, *from, *to).await?,
            _ => BTreeSet::new(),
        };
        lists.retain_mut(|(_, seen)| {
            let before = seen.len();
            seen.retain(|one| !gone.contains(&one.seq));
            seen.len() < before
        });
        vault.rewrite_lists(&mut self.vault, &lists).await?;
        tx.commit().await.map_err(Error::sql(doing))?;
        vault.refresh(&mut self.vault).await?;
        Ok(!is_last)
    }
}

/// Which entries between these have lost their bytes.
async fn pruned(connection: &mut AnyConnection, from: u64, to: u64) -> Result<BTreeSet<u64>> {
    let doing = "looking for pruned entries";
    let rows = sqlx::query("SELECT seq FROM entry WHERE seq >= $1 AND seq <= $2 AND body IS NULL")
        .bind(sql::int(from))
        .bind(sql::int(to))
        .fetch_all(connection)
        .await
        .map_err(Error::sql(doing))?;
    rows.iter()
        .map(|row| sql::number(row.try_get(0).map_err(Error::sql(doing))?))
        .collect()
}
