//! What the copy covers: it may begin after the log's first entry.
//!
//! Of everything before its first entry the copy keeps a compact range, at most 48 hashes: enough to
//! compute the root, to lead any entry it holds to that root, and to recognise the older entries when
//! they are fetched again. Entries leave from the oldest on and come back in front of the oldest, a
//! chunk at a time, each in one transaction: killed at any point, the copy is a whole smaller or a
//! whole larger one.

use super::pack::{PACK, number};
use super::page::{int, write};
use super::{Cache, CacheError, Page, Writer, packs, put_state, read_range, sql, write_range};
use sqlx::sqlite::SqliteConnection;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_domain::{SubjectId, Timestamp};
use vigia_ledger::Hash;
use vigia_ledger::hash::node_hash;
use vigia_ledger::tree::{CompactRange, Node, fold};

/// Entries that leave in one transaction.
const CHUNK: u64 = 1_024;
/// The name of the compact range before the first entry.
pub(super) const BASE: &str = "base";
/// Of a limit, what is left after entries had to leave, in tenths: so that not every page evicts.
const TENTHS: u64 = 9;

impl Cache {
    /// The compact range of everything before the first entry that the copy holds.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn base(&self) -> Result<CompactRange, CacheError> {
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(sql("reading where the local copy begins"))?;
        base(&mut connection).await
    }

    /// When the first entry that the copy holds was recorded; `None` where it begins with the log
    /// or holds none that may be seen.
    ///
    /// # Errors
    /// Where SQLite refuses, or the copy is damaged.
    pub async fn covers_from(&self) -> Result<Option<Timestamp>, CacheError> {
        if self.base().await?.size() == 0 {
            return Ok(None);
        }
        let first = self.view(async |view| view.first_event(i64::MIN).await).await?;
        Ok(first.and_then(|(_, at)| from_micros(at)))
    }

    /// Begins an empty copy after these entries, which were proven to lie in the signed tree.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn begin_after(&self, range: &CompactRange) -> Result<(), CacheError> {
        let mut writer = self.writer().await?;
        writer.begin().await?;
        let bytes = write_range(range);
        let outcome = match put_state(&mut writer.connection, BASE, &bytes).await {
            Ok(()) => put_state(&mut writer.connection, "range", &bytes).await,
            failed => failed,
        };
        writer.finish(outcome).await
    }

    /// Puts entries in front of the oldest: `page.base` is the range before them, and from there they
    /// lead to the range that the copy began with.
    ///
    /// # Errors
    /// Where SQLite refuses; then nothing of the page was kept.
    pub async fn put_older(&self, mut page: Page) -> Result<(), CacheError> {
        let end = self.range().await?;
        page.range = end;
        let mut writer = self.writer().await?;
        writer.begin().await?;
        let people: Vec<SubjectId> = page.erased.clone();
        let written = match writer.trim().await {
            Ok(()) => write(&mut writer, page).await,
            failed => failed,
        };
        let outcome = match written {
            // Erased meanwhile, or told so by what came: either way it goes again.
            Ok(()) => settle(&mut writer, people).await,
            failed => failed,
        };
        writer.finish(outcome).await
    }

    /// The first entry that was recorded at this moment or later; the copy's end where there is none.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn first_since(&self, since: Timestamp) -> Result<u64, CacheError> {
        let end = self.range().await?.size();
        let base = self.base().await?.size();
        let first = self
            .view(async |view| match view.first_event(to_micros(since)).await? {
                Some((seq, _)) => view.last_before(seq).await.map(|last| (Some(seq), last)),
                None => view.last_before(end).await.map(|last| (None, last)),
            })
            .await?;
        // Entries that may not be seen tell no time: those after the last older event stay.
        Ok(match first {
            (_, Some(older)) => older.saturating_add(1).max(base),
            (Some(_), None) => base,
            (None, None) => end,
        })
    }

    /// Lets everything before an entry go; says whether anything went.
    ///
    /// # Errors
    /// Where SQLite refuses; what went until then is gone.
    pub async fn evict(&self, first: u64) -> Result<bool, CacheError> {
        let first = first.min(self.range().await?.size());
        let mut base = self.base().await?;
        if base.size() >= first {
            return Ok(false);
        }
        while base.size() < first {
            let end = first.min(base.size().saturating_add(CHUNK));
            let leaves = self.leaf_hashes(base.size(), end).await?;
            let from = base.size();
            for leaf in leaves {
                base.append(leaf);
            }
            if base.size() != end {
                return Err(CacheError::Damaged(format!("its leaves from {from} on")));
            }
            let mut writer = self.writer().await?;
            writer.begin().await?;
            let outcome = let_go(&mut writer, from, &base).await;
            writer.finish(outcome).await?;
        }
        let mut writer = self.writer().await?;
        writer.give_back().await?;
        Ok(true)
    }

    /// Lets the oldest entries go until the copy is no larger than this many bytes; says whether
    /// anything went.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn fit(&self, limit: u64) -> Result<bool, CacheError> {
        let mut evicted = false;
        if self.used_bytes().await? <= limit {
            return Ok(evicted);
        }
        let goal = limit / 10 * TENTHS;
        loop {
            let (base, end) = (self.base().await?.size(), self.range().await?.size());
            let held = end.saturating_sub(base);
            if held <= CHUNK || self.used_bytes().await? <= goal {
                return Ok(evicted);
            }
            // A sixteenth at a time finds the size well enough and does not measure for each chunk.
            let step = (held / 16).max(CHUNK).min(held - 1);
            evicted |= self.evict(base + step).await?;
        }
    }

    /// Bytes that the copy's content takes, without pages that are free for more.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub async fn used_bytes(&self) -> Result<u64, CacheError> {
        let used: i64 = sqlx::query_scalar(
            "SELECT CAST(((SELECT page_count FROM pragma_page_count) \
             - (SELECT freelist_count FROM pragma_freelist_count)) \
             * (SELECT page_size FROM pragma_page_size) AS INTEGER)",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(sql("measuring the local copy"))?;
        Ok(u64::try_from(used).unwrap_or(0))
    }

    /// The hash above a complete subtree, from what is stored at or after `base`, or from `base`.
    pub(super) async fn subtree(&self, node: Node, base: &CompactRange) -> Result<Option<Hash>, CacheError> {
        let mut node = node;
        // Right halves on the way down to the border, and left ones: which side, and the hash.
        let mut beside: Vec<(bool, Hash)> = Vec::new();
        let mut hash = loop {
            let start = node.index << node.height;
            let end = start.saturating_add(1 << node.height);
            if start >= base.size() {
                match self.stored_subtree(node).await? {
                    Some(hash) => break hash,
                    None => return Ok(None),
                }
            }
            if end <= base.size() {
                match kept_subtree(node, base) {
                    Some(hash) => break hash,
                    None => return Ok(None),
                }
            }
            let middle = start + (1 << (node.height - 1));
            let (left, right) = halves(node);
            let (aside, on, is_right) = if middle >= base.size() {
                (right, left, true)
            } else {
                (left, right, false)
            };
            let aside = if is_right {
                self.stored_subtree(aside).await?
            } else {
                kept_subtree(aside, base)
            };
            let Some(aside) = aside else { return Ok(None) };
            beside.push((is_right, aside));
            node = on;
        };
        while let Some((is_right, other)) = beside.pop() {
            hash = if is_right {
                node_hash(&hash, &other)
            } else {
                node_hash(&other, &hash)
            };
        }
        Ok(Some(hash))
    }

    async fn stored_subtree(&self, node: Node) -> Result<Option<Hash>, CacheError> {
        let run = node.stored();
        let end = run.start.saturating_add(run.count);
        let hashes: Vec<Hash> = if run.level == 0 {
            self.leaf_hashes(run.start, end).await?
        } else {
            let rows: Vec<Vec<u8>> = sqlx::query_scalar(
                "SELECT hash FROM node WHERE level = ?3 AND number >= ?1 AND number < ?2 ORDER BY number",
            )
            .bind(int(run.start))
            .bind(int(end))
            .bind(i64::from(run.level))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("reading a path of the local copy"))?;
            rows.into_iter().filter_map(|hash| hash.try_into().ok()).collect()
        };
        if u64::try_from(hashes.len()) != Ok(run.count) {
            return Ok(None);
        }
        Ok(fold(&hashes))
    }
}

/// The compact range of everything before the first entry, as this connection sees it.
pub(super) async fn base(connection: &mut SqliteConnection) -> Result<CompactRange, CacheError> {
    let bytes: Option<Vec<u8>> = sqlx::query_scalar("SELECT value FROM state WHERE name = ?")
        .bind(BASE)
        .fetch_optional(connection)
        .await
        .map_err(sql("reading where the local copy begins"))?;
    let Some(bytes) = bytes else {
        return Ok(CompactRange::new());
    };
    read_range(&bytes).ok_or_else(|| CacheError::Damaged("its first compact range".to_owned()))
}

fn kept_subtree(node: Node, base: &CompactRange) -> Option<Hash> {
    let kept = CompactRange::nodes(base.size());
    let place = kept.iter().position(|kept| *kept == node)?;
    base.hashes().get(place).copied()
}

fn halves(node: Node) -> (Node, Node) {
    let height = node.height - 1;
    let index = node.index << 1;
    let half = |index| Node { height, index };
    (half(index), half(index + 1))
}

/// Takes the entries between `from` and the new first one out, and moves the copy's beginning there.
async fn let_go(writer: &mut Writer, from: u64, base: &CompactRange) -> Result<(), CacheError> {
    let first = base.size();
    let border = number(first);
    packs::remove(&mut writer.connection, 0, border).await?;
    if border * PACK < first {
        let stamp = packs::stamp(&mut writer.connection).await?;
        let leaving = from.max(border * PACK)..first;
        packs::change(&mut writer.connection, stamp, leaving, |_| Ok(None)).await?;
    }
    writer.let_go_of_segments(first).await?;
    // What lies wholly before the beginning is in the compact range.
    for level in 1..=6_u8 {
        let whole = first >> (u32::from(level) * 8);
        sqlx::query("DELETE FROM node WHERE level = ? AND number < ?")
            .bind(i64::from(level))
            .bind(int(whole))
            .execute(&mut writer.connection)
            .await
            .map_err(sql("letting older entries go"))?;
    }
    put_state(&mut writer.connection, BASE, &write_range(base)).await
}

async fn settle(writer: &mut Writer, people: Vec<SubjectId>) -> Result<(), CacheError> {
    writer.tidy(false).await?;
    erase_known(writer, people).await
}

/// Erases the people whom a tombstone names, now or before, from what was just written.
async fn erase_known(writer: &mut Writer, named: Vec<SubjectId>) -> Result<(), CacheError> {
    let known: Vec<Vec<u8>> = sqlx::query_scalar("SELECT subject FROM erased")
        .fetch_all(&mut writer.connection)
        .await
        .map_err(sql("looking for who was erased"))?;
    let mut people = named;
    people.extend(
        known
            .into_iter()
            .filter_map(|id| id.try_into().ok())
            .map(SubjectId),
    );
    super::erase::erase(writer, &people).await
}

impl Writer {
    /// Gives free pages back to the disk, as far as nobody reads an older state.
    pub(super) async fn give_back(&mut self) -> Result<(), CacheError> {
        self.run("PRAGMA incremental_vacuum").await?;
        self.run("PRAGMA wal_checkpoint(TRUNCATE)").await
    }
}
