//! Entries for tests, sealed as the platform seals them: the same parts, real commitments.

use super::pack::Kept;
use super::{Cache, CacheKey, OpenedGroup, Page, PageEntry, PageRow, packs, segment};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use vigia_domain::entry::{Commitment, Entry, Holder};
use vigia_domain::{Event, SubjectId, person};
use vigia_ledger::tree::CompactRange;
use vigia_ledger::{commitment, leaf_hash};
use zeroize::Zeroizing;

/// The subject that stands for somebody in tests: always the same for the same identifiers.
pub fn subject(person: &person::Person) -> SubjectId {
    let text = format!("{} {}", person.service, person.identifiers.join(" "));
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(text)[..16]);
    SubjectId(id)
}

/// An event as a row of a page. `open` decides which groups this reader may see.
pub fn row(seq: u64, event: &Event, open: impl Fn(u32) -> bool) -> PageRow {
    let mut commitments = Vec::new();
    let mut groups = Vec::new();
    for (number, part) in (0_u32..).zip(person::partition(event)) {
        let bytes = part.group.to_bytes();
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&seq.to_be_bytes());
        seed[15] = u8::try_from(number).unwrap();
        let holder = if part.people.is_empty() {
            Holder::Period {
                day: 20_000,
                class: 0,
            }
        } else {
            Holder::Subjects(part.people.iter().map(subject).collect())
        };
        commitments.push(Commitment {
            hash: commitment(&seed, &bytes),
            holder,
        });
        if open(number) {
            groups.push(OpenedGroup {
                number,
                seed,
                bytes,
                group: part.group,
            });
        }
    }
    let mut salt = [0; 16];
    salt[..8].copy_from_slice(&seq.to_be_bytes());
    let entry = Entry {
        salt,
        id: event.id,
        time: event.time,
        recorded_at: event.time,
        kind: event.kind.clone(),
        class_uid: event.kind.class_uid(),
        activity_id: event.kind.activity_id(),
        severity: event.severity,
        status: event.status,
        service: event.service.clone(),
        country: event.source.country.clone(),
        count: event.count,
        aggregate: event.aggregate.clone(),
        groups: commitments,
    };
    let body = entry.to_bytes();
    PageRow {
        seq,
        leaf: leaf_hash(&body),
        entry: Some(PageEntry { body, entry, groups }),
    }
}

/// Rows as one page that follows on `range`.
pub fn page(mut range: CompactRange, rows: Vec<PageRow>) -> Page {
    let mut nodes = Vec::new();
    for row in &rows {
        range.append_noting(row.leaf, |level, number, hash| nodes.push((level, number, hash)));
    }
    let erased = rows
        .iter()
        .filter_map(|row| row.entry.as_ref())
        .flat_map(|entry| crate::sync::erased(&entry.entry));
    let mut gone = super::Gone::default();
    for entry in rows.iter().filter_map(|row| row.entry.as_ref()) {
        gone.extend(crate::sync::gone(&entry.entry));
    }
    Page {
        gone,
        erased: erased.collect(),
        rows,
        nodes,
        range,
        base: None,
    }
}

/// An empty copy in a folder of its own.
pub async fn cache() -> (TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&folder.path().join("cache.db"), &key())
        .await
        .unwrap();
    (folder, cache)
}

/// The key of test copies.
pub fn key() -> CacheKey {
    Zeroizing::new([7; 32])
}

/// The same entries again and again under further places: quickly very many events. Their leaves
/// are no tree; only what reads events may be tried on them.
pub async fn multiply(cache: &Cache, times: u64) {
    let count = cache.range().await.unwrap().size();
    let mut connection = cache.readers.acquire().await.unwrap();
    let rows = packs::range(&mut connection, 0, count).await.unwrap();
    drop(connection);
    let mut writer = cache.writer().await.unwrap();
    writer.begin().await.unwrap();
    for copy in 1..times {
        let shift = copy * count;
        let moved = rows.iter().map(|row| Kept {
            seq: row.seq + shift,
            ..row.clone()
        });
        let moved: Vec<Kept> = moved.collect();
        let stamp = packs::stamp(&mut writer.connection).await.unwrap();
        let events: Vec<_> = moved
            .iter()
            .filter_map(|row| Some((row.seq, segment::facts(row).unwrap()?)))
            .collect();
        packs::put(&mut writer.connection, stamp, moved).await.unwrap();
        writer.index((shift, shift + count), events).await.unwrap();
        writer.tidy(true).await.unwrap();
    }
    writer.finish(Ok(())).await.unwrap();
}
