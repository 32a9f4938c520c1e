//! After a pruning: the indexes forget the entries that are gone, and the vault forgets people and
//! addresses of whom no entry speaks any more. Nothing is sealed for them, so no tombstone is due.
//!
//! Under the platform's write lock, so that nobody is forgotten whom an append is just naming. The
//! vault commits first: after a crash in between, the same step finds nothing left to forget.

use super::lists;
use crate::append::{Writer, decode_posting, encode_posting};
use crate::engine;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::vault::move_generation;
use crate::{meta, sql};
use futures::FutureExt as _;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::BTreeSet;

/// Where it lies what is still to be swept: first and last number, then the last row that was.
const STRETCH: &str = "retention-sweep";
/// Blocks of one step.
const BLOCKS: i64 = 500;
/// A block never reaches further than one commit, and no commit has more events than this.
pub(super) const LONGEST_COMMIT: u64 = 1_048_576;

/// Entries between these were pruned and are to be swept.
pub(super) async fn widen(connection: &mut AnyConnection, first: u64, last: u64) -> Result<()> {
    let stretch = read(connection).await?;
    let (first, last) = stretch.map_or((first, last), |stretch| {
        (first.min(stretch.first), last.max(stretch.last))
    });
    // From the start: what was swept of the earlier stretch has nothing left to find.
    meta::set(connection, STRETCH, &format!("{first} {last} 0 -1")).await
}

struct Stretch {
    first: u64,
    last: u64,
    /// Beginning and row of the last block that was swept.
    after: (i64, i64),
}

async fn read(connection: &mut AnyConnection) -> Result<Option<Stretch>> {
    let Some(text) = meta::get(connection, STRETCH).await? else {
        return Ok(None);
    };
    let numbers: Vec<i64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [first, last, block, row] = numbers.as_slice() else {
        return Err(Error::Damaged("a mark of retention"));
    };
    Ok(Some(Stretch {
        first: sql::number(*first)?,
        last: sql::number(*last)?,
        after: (*block, *row),
    }))
}

impl Store {
    /// Sweeps what is to be swept; says how many people were forgotten.
    pub(super) async fn sweep(&self, go_on: &impl Fn() -> bool) -> Result<u64> {
        let mut people = 0;
        while go_on() {
            match self.on_writer(|writer| writer.sweep().boxed()).await? {
                Some(forgotten) => people += forgotten,
                None => break,
            }
        }
        while go_on() && self.on_writer(|writer| writer.sweep_lists().boxed()).await? {}
        Ok(people)
    }
}

/// A block of postings: row, first entry, entries.
type Block = (i64, i64, Vec<u64>);

impl Writer {
    /// One step; `None` where nothing is to be swept.
    async fn sweep(&mut self) -> Result<Option<u64>> {
        let doing = "sweeping the index";
        let mut tx = engine::begin_write(&mut self.platform, doing).await?;
        let Some(stretch) = read(&mut tx).await? else {
            tx.rollback().await.map_err(Error::sql(doing))?;
            return Ok(None);
        };
        let blocks = blocks(&mut tx, &stretch).await?;
        let Some((row, first, _)) = blocks.last() else {
            meta::forget(&mut tx, STRETCH).await?;
            lists::widen(&mut tx, stretch.first, stretch.last).await?;
            tx.commit().await.map_err(Error::sql(doing))?;
            return Ok(None);
        };
        let mark = format!("{} {} {first} {row}", stretch.first, stretch.last);
        meta::set(&mut tx, STRETCH, &mark).await?;
        let gone = pruned(&mut tx, &blocks).await?;
        let mut emptied = BTreeSet::new();
        for (row, first, seqs) in &blocks {
            let left: Vec<u64> = seqs.iter().copied().filter(|seq| !gone.contains(seq)).collect();
            if left.len() == seqs.len() {
                continue;
            }
            if left.is_empty() {
                emptied.insert(*row);
            }
            rewrite(&mut tx, (*row, *first), &left).await?;
        }
        let orphans = orphans(&mut tx, emptied).await?;
        let people = forget(&mut self.vault, &orphans).await?;
        tx.commit().await.map_err(Error::sql(doing))?;
        self.pen.vault.refresh(&mut self.vault).await?;
        Ok(Some(people))
    }
}

async fn blocks(connection: &mut AnyConnection, stretch: &Stretch) -> Result<Vec<Block>> {
    let doing = "reading the index";
    let lowest = sql::int(stretch.first.saturating_sub(LONGEST_COMMIT));
    let (block, row) = stretch.after;
    let rows = sqlx::query(
        "SELECT row, first, seqs FROM posting
         WHERE first >= $1 AND first <= $2 AND (first > $3 OR (first = $4 AND row > $5))
         ORDER BY first, row LIMIT $6",
    )
    .bind(lowest.max(block))
    .bind(sql::int(stretch.last))
    .bind(block)
    .bind(block)
    .bind(row)
    .bind(BLOCKS)
    .fetch_all(connection)
    .await
    .map_err(Error::sql(doing))?;
    rows.iter()
        .map(|found| {
            let first: i64 = found.try_get(1).map_err(Error::sql(doing))?;
            let bytes: Vec<u8> = found.try_get(2).map_err(Error::sql(doing))?;
            // A damaged block is left to the erasure that needs it, which reads the entries then.
            let seqs = decode_posting(sql::number(first)?, &bytes).unwrap_or_default();
            Ok((found.try_get(0).map_err(Error::sql(doing))?, first, seqs))
        })
        .collect()
}

/// Which of the entries have lost their bytes.
async fn pruned(connection: &mut AnyConnection, blocks: &[Block]) -> Result<BTreeSet<u64>> {
    let doing = "looking for pruned entries";
    let seqs: BTreeSet<u64> = blocks
        .iter()
        .flat_map(|(_, _, seqs)| seqs.iter().copied())
        .collect();
    let seqs: Vec<u64> = seqs.into_iter().collect();
    let mut gone = BTreeSet::new();
    for some in seqs.chunks(sql::VALUES_PER_LIST) {
        let text = format!(
            "SELECT seq FROM entry WHERE body IS NULL AND seq IN ({})",
            sql::list(1, some.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        for seq in some {
            query = query.bind(sql::int(*seq));
        }
        for row in query
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::sql(doing))?
        {
            gone.insert(sql::number(row.try_get(0).map_err(Error::sql(doing))?)?);
        }
    }
    Ok(gone)
}

async fn rewrite(connection: &mut AnyConnection, (row, first): (i64, i64), left: &[u64]) -> Result<()> {
    let query = if left.is_empty() {
        sqlx::query("DELETE FROM posting WHERE row = $1 AND first = $2")
            .bind(row)
            .bind(first)
    } else {
        sqlx::query("UPDATE posting SET seqs = $3 WHERE row = $1 AND first = $2")
            .bind(row)
            .bind(first)
            .bind(encode_posting(sql::number(first)?, left))
    };
    query
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(Error::sql("sweeping the index"))
}

/// Those rows of which no entry speaks any more.
async fn orphans(connection: &mut AnyConnection, rows: BTreeSet<i64>) -> Result<Vec<i64>> {
    let doing = "looking for what nothing speaks of";
    let mut orphans = rows.clone();
    let rows: Vec<i64> = rows.into_iter().collect();
    for some in rows.chunks(sql::VALUES_PER_LIST) {
        let text = format!(
            "SELECT DISTINCT row FROM posting WHERE row IN ({})",
            sql::list(1, some.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        for row in some {
            query = query.bind(*row);
        }
        for row in query
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::sql(doing))?
        {
            orphans.remove(&row.try_get::<i64, _>(0).map_err(Error::sql(doing))?);
        }
    }
    Ok(orphans.into_iter().collect())
}

/// Forgets people and addresses; a period's row stays until its key is dropped.
async fn forget(vault: &mut AnyConnection, rows: &[i64]) -> Result<u64> {
    let doing = "forgetting people of whom nothing is left";
    if rows.is_empty() {
        return Ok(0);
    }
    let mut tx = engine::begin_write(vault, doing).await?;
    let (mut people, mut all) = (0, 0);
    for row in rows {
        for (text, counts) in [
            ("DELETE FROM subject WHERE row = $1", true),
            ("DELETE FROM token WHERE row = $1 AND kind = 'address'", false),
        ] {
            let done = sqlx::query(text)
                .bind(*row)
                .execute(&mut *tx)
                .await
                .map_err(Error::sql(doing))?;
            all += done.rows_affected();
            if counts && done.rows_affected() > 0 {
                people += 1;
                sqlx::query("DELETE FROM token WHERE holder = $1")
                    .bind(*row)
                    .execute(&mut *tx)
                    .await
                    .map_err(Error::sql(doing))?;
            }
        }
    }
    if all > 0 {
        move_generation(&mut tx).await?;
    }
    tx.commit().await.map_err(Error::sql(doing))?;
    Ok(people)
}
