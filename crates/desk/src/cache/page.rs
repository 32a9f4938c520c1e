//! Writing a proven page: entries, groups, their index, the range, in one transaction.
//!
//! Killed at any point, the copy is what it was before the page or after it.

use super::pack::{Kept, KeptEntry, KeptGroup};
use super::window::BASE;
use super::{Cache, CacheError, Writer, packs, put_state, sql, write_range};
use vigia_domain::SubjectId;
use vigia_domain::entry::{Entry, Group};
use vigia_ledger::Hash;
use vigia_ledger::tree::CompactRange;
use vigia_query::Facts;

/// A group that this reader may open, checked against its commitment.
#[derive(Debug, Clone)]
pub struct OpenedGroup {
    /// Its place among the entry's commitments.
    pub number: u32,
    /// The seed that its commitment begins with.
    pub seed: [u8; 16],
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// The same, read.
    pub group: Group,
}

/// An entry that this reader may see.
#[derive(Debug, Clone)]
pub struct PageEntry {
    /// Its canonical bytes.
    pub body: Vec<u8>,
    /// The same, read.
    pub entry: Entry,
    /// Its opened groups.
    pub groups: Vec<OpenedGroup>,
}

/// One leaf of a page.
#[derive(Debug, Clone)]
pub struct PageRow {
    /// Its place in the ledger.
    pub seq: u64,
    /// Its hash, as computed here or, for a bare leaf, as given.
    pub leaf: Hash,
    /// The entry, where the reader may see it.
    pub entry: Option<PageEntry>,
}

/// Leaves that were proven to lie in the signed tree, in order, following on the copy's end.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The leaves.
    pub rows: Vec<PageRow>,
    /// Subtrees of 256^level leaves that they complete: level, number, hash.
    pub nodes: Vec<(u8, u64, Hash)>,
    /// The compact range after them.
    pub range: CompactRange,
    /// People whose erasure they tell.
    pub erased: Vec<SubjectId>,
    /// What they say is gone because its days are over.
    pub gone: super::Gone,
    /// Where the copy begins with this page: everything before its first leaf.
    pub base: Option<CompactRange>,
}

/// Sequence numbers and counts stay far below 2^63.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Cache {
    /// Appends a proven page, and obeys the tombstones in it.
    ///
    /// # Errors
    /// Where SQLite refuses; then nothing of the page was kept.
    pub async fn put_page(&self, page: Page) -> Result<(), CacheError> {
        let mut writer = self.writer().await?;
        writer.begin().await?;
        let (erased, gone) = (page.erased.clone(), page.gone.clone());
        let outcome = obeyed(&mut writer, page, (&erased, &gone)).await;
        writer.finish(outcome).await?;
        if !erased.is_empty() || !gone.is_empty() {
            super::erase::clean(&mut writer).await?;
        }
        Ok(())
    }
}

/// Writes a page and obeys what it tells.
async fn obeyed(
    writer: &mut Writer,
    page: Page,
    (erased, gone): (&[SubjectId], &super::Gone),
) -> Result<(), CacheError> {
    write(writer, page).await?;
    writer.tidy(true).await?;
    super::erase::erase(writer, erased).await?;
    if gone.is_empty() {
        return Ok(());
    }
    super::prune::prune(writer, gone).await
}

/// A row as it is kept, and what can be searched of it.
fn kept(row: PageRow) -> (Kept, Option<(u64, Facts)>) {
    let PageRow { seq, leaf, entry } = row;
    let Some(PageEntry { body, entry, groups }) = entry else {
        return (
            Kept {
                seq,
                leaf,
                entry: None,
            },
            None,
        );
    };
    let (kept, opened) = groups
        .into_iter()
        .map(|opened| {
            let OpenedGroup {
                number,
                seed,
                bytes,
                group,
            } = opened;
            (KeptGroup { number, seed, bytes }, group)
        })
        .unzip();
    let facts = Facts::of(&entry, opened);
    let entry = Some(KeptEntry { body, groups: kept });
    (Kept { seq, leaf, entry }, Some((seq, facts)))
}

pub(super) async fn write(writer: &mut Writer, page: Page) -> Result<(), CacheError> {
    let ends = page
        .rows
        .first()
        .zip(page.rows.last())
        .map(|(first, last)| (first.seq, last.seq + 1));
    let (rows, events): (Vec<Kept>, Vec<Option<(u64, Facts)>>) = page.rows.into_iter().map(kept).unzip();
    if let Some(ends) = ends {
        let stamp = packs::stamp(&mut writer.connection).await?;
        packs::put(&mut writer.connection, stamp, rows).await?;
        writer.index(ends, events.into_iter().flatten()).await?;
    }
    for (level, number, hash) in page.nodes {
        sqlx::query("INSERT OR REPLACE INTO node (level, number, hash) VALUES (?, ?, ?)")
            .bind(i64::from(level))
            .bind(int(number))
            .bind(hash.to_vec())
            .execute(&mut writer.connection)
            .await
            .map_err(sql("writing hashes of the local copy"))?;
    }
    if let Some(base) = &page.base {
        put_state(&mut writer.connection, BASE, &write_range(base)).await?;
    }
    put_state(&mut writer.connection, "range", &write_range(&page.range)).await
}
