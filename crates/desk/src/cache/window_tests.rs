//! A copy that begins later than its log: everything it holds still leads to the root, whatever left
//! it and came back.

use super::sample::{cache, key, page, row, subject};
use super::{Cache, CacheError, Found, Page, PageRow};
use crate::query::parse;
use crate::search;
use crate::sync::verify::own_copy;
use crate::trust::Trust;
use crate::view::event::{Range, Sort};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use uuid::Uuid;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::clock::from_micros;
use vigia_domain::{Event, EventId, Kind, person};
use vigia_ledger::proof::verify_inclusion;
use vigia_ledger::tree::CompactRange;

const BEGIN: i64 = 1_771_324_200_000_000;
const MINUTE: i64 = 60_000_000;

fn event(number: u64) -> Event {
    let time = from_micros(BEGIN + i64::try_from(number).unwrap() * MINUTE).unwrap();
    let mut id = [0; 10];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let mut event = Event::new(EventId::new(time, id), time, Kind::AUTH_LOGIN_FAILED, "api");
    event.actor.email = Some(format!("pessoa{}@example.com", number % 5));
    event.message = Some(format!("tentativa numero{number}"));
    event.details = json!({"n": number % 7}).as_object().unwrap().clone();
    event
}

fn people(event: &Event) -> BTreeSet<vigia_domain::SubjectId> {
    let parts = person::partition(event);
    parts
        .iter()
        .flat_map(|part| part.people.iter().map(subject))
        .collect()
}

/// A tombstone for whoever is in this event.
fn tombstone(number: u64, of: u64) -> Event {
    let mut event = event(number);
    event.kind = Kind::PRIVACY_SUBJECT_ERASED;
    event.service = "vigia".into();
    event.actor = Default::default();
    event.message = None;
    event.details.clear();
    event.aggregate = Some(Aggregate {
        kind: AggregateKind::Erasure,
        id: Uuid::from_u128(u128::from(number)),
        version: 1,
        payload: json!({"event": "erased", "subjects": people(&self::event(of))}),
    });
    event
}

/// The log that the copy is of.
#[derive(Default)]
struct Log {
    events: Vec<Event>,
    /// Whom a tombstone names, and where the tombstone lies.
    erased: Vec<(u64, BTreeSet<vigia_domain::SubjectId>)>,
}

impl Log {
    fn grow(&mut self, count: u64) {
        for _ in 0..count {
            let mut event = event(self.size());
            // Whoever comes again after an erasure is a new subject.
            if !self.erased.is_empty() {
                let email = format!("pessoa{}-{}@example.com", self.size() % 5, self.erased.len());
                event.actor.email = Some(email);
            }
            self.events.push(event);
        }
    }

    fn erase(&mut self, of: u64) {
        let gone = people(&event(of));
        self.events.push(tombstone(self.size(), of));
        self.erased.push((self.size() - 1, gone));
    }

    fn size(&self) -> u64 {
        self.events.len() as u64
    }

    /// Entries as a platform serves them now: without the groups of whoever is erased.
    fn rows(&self, from: u64, to: u64) -> Vec<PageRow> {
        (from..to)
            .map(|seq| {
                let event = &self.events[usize::try_from(seq).unwrap()];
                let parts = person::partition(event);
                let gone = |number: u32| {
                    let part = &parts[usize::try_from(number).unwrap()];
                    let of = |person: &person::Person| {
                        let person = subject(person);
                        self.erased
                            .iter()
                            .any(|(at, people)| seq < *at && people.contains(&person))
                    };
                    part.people.iter().any(of)
                };
                row(seq, event, |number| !gone(number))
            })
            .collect()
    }

    fn range(&self, size: u64) -> CompactRange {
        page(CompactRange::new(), self.rows(0, size)).range
    }

    async fn pull(&self, cache: &Cache) {
        let range = cache.range().await.unwrap();
        let rows = self.rows(range.size(), self.size());
        if !rows.is_empty() {
            cache.put_page(page(range, rows)).await.unwrap();
        }
    }

    async fn older(&self, cache: &Cache, count: u64) {
        let base = cache.base().await.unwrap();
        let from = base.size().saturating_sub(count);
        let before = self.range(from);
        let page = Page {
            base: Some(before.clone()),
            ..page(before, self.rows(from, base.size()))
        };
        assert_eq!(page.range, base);
        cache.put_older(page).await.unwrap();
    }
}

async fn found(cache: &Cache, query: &str) -> BTreeSet<u64> {
    let query = parse(query).unwrap();
    let found = search::places(cache, &query, Range::default(), Sort::OldestFirst, 0, None).await;
    found.unwrap().into_iter().collect()
}

/// Everything that must be true of a copy of this log, wherever it begins.
async fn whole(cache: &Cache, log: &Log) {
    let (base, range) = (cache.base().await.unwrap(), cache.range().await.unwrap());
    assert_eq!(base, log.range(base.size()), "what lies before");
    assert_eq!(range, log.range(log.size()), "what lies in it");
    let folder = tempfile::tempdir().unwrap();
    let checked = own_copy(cache, &Trust::new(folder.path()), |_| {}).await.unwrap();
    assert_eq!(checked.entries, range.size() - base.size());
    for seq in base.size()..range.size() {
        let leaf = cache.leaf(seq).await.unwrap().unwrap();
        let path = cache.inclusion(seq, range.size()).await.unwrap().unwrap();
        assert_eq!(
            verify_inclusion(seq, range.size(), &leaf, &range.root(), &path),
            Ok(()),
            "{seq}"
        );
    }
    if base.size() > 0 {
        assert_eq!(cache.leaf(base.size() - 1).await.unwrap(), None);
    }
    let erased = |seq: u64, event: &Event| {
        let people = people(event);
        log.erased
            .iter()
            .any(|(at, gone)| seq < *at && !gone.is_disjoint(&people))
    };
    let held = |of: &dyn Fn(&Event) -> bool| -> BTreeSet<u64> {
        (0..)
            .zip(&log.events)
            .filter(|(seq, event)| *seq >= base.size() && of(event) && !erased(*seq, event))
            .map(|(seq, _)| seq)
            .collect()
    };
    let somebody = |event: &Event| event.actor.email.as_deref() == Some("pessoa3@example.com");
    assert_eq!(
        found(cache, "actor.email:pessoa3@example.com").await,
        held(&somebody)
    );
    let detail = |event: &Event| event.details.get("n") == Some(&json!(2));
    assert_eq!(found(cache, "details.n:2").await, held(&detail));
    let words = found(cache, "numero1").await;
    assert!(words.iter().all(|seq| *seq >= base.size()), "{words:?}");
}

#[tokio::test]
async fn what_leaves_the_copy_leaves_the_disk_and_the_rest_still_leads_to_the_root() {
    let (_folder, cache) = cache().await;
    let mut log = Log::default();
    log.grow(3_000);
    log.pull(&cache).await;
    let before = cache.used_bytes().await.unwrap();
    assert!(cache.evict(2_700).await.unwrap());
    assert!(!cache.evict(2_700).await.unwrap(), "nothing is left to go");
    let after = cache.used_bytes().await.unwrap();
    assert!(after * 3 < before, "{after} of {before}");
    assert!(cache.disk_bytes() < before, "the file gave its pages back");
    assert_eq!(
        cache.covers_from().await.unwrap(),
        from_micros(BEGIN + 2_700 * MINUTE)
    );
    whole(&cache, &log).await;
}

#[tokio::test]
async fn entries_leave_by_the_time_they_were_recorded_and_come_back() {
    let (folder, cache) = cache().await;
    let mut log = Log::default();
    log.grow(700);
    log.pull(&cache).await;
    let since = from_micros(BEGIN + 421 * MINUTE).unwrap();
    assert_eq!(cache.first_since(since).await.unwrap(), 421);
    cache.evict(421).await.unwrap();
    assert_eq!(
        cache.first_since(since).await.unwrap(),
        421,
        "nothing more to leave"
    );
    log.grow(300);
    log.pull(&cache).await;
    whole(&cache, &log).await;
    cache.close().await;
    drop(cache);
    let cache = Cache::open(&folder.path().join("cache.db"), &key())
        .await
        .unwrap();
    whole(&cache, &log).await;
    log.older(&cache, 100).await;
    assert_eq!(cache.base().await.unwrap().size(), 321);
    whole(&cache, &log).await;
    log.older(&cache, 1_000).await;
    assert_eq!(
        cache.covers_from().await.unwrap(),
        None,
        "it begins with the log again"
    );
    whole(&cache, &log).await;
}

#[tokio::test]
async fn a_limit_on_disk_lets_the_oldest_go_first() {
    let (_folder, cache) = cache().await;
    let mut log = Log::default();
    log.grow(8_000);
    log.pull(&cache).await;
    let limit = cache.used_bytes().await.unwrap() / 2;
    assert!(cache.fit(limit).await.unwrap());
    assert!(cache.used_bytes().await.unwrap() <= limit);
    assert!(!cache.fit(limit).await.unwrap(), "once is enough");
    let base = cache.base().await.unwrap().size();
    assert!((1_000..7_000).contains(&base), "{base}");
    whole(&cache, &log).await;
}

#[tokio::test]
async fn a_person_erased_while_older_entries_were_away_does_not_come_back_with_them() {
    let (_folder, cache) = cache().await;
    let mut log = Log::default();
    log.grow(40);
    log.pull(&cache).await;
    cache.evict(30).await.unwrap();
    // Served before the erasure, written after it.
    let base = cache.base().await.unwrap();
    let late = Page {
        base: Some(CompactRange::new()),
        ..page(CompactRange::new(), log.rows(0, base.size()))
    };
    log.erase(3);
    log.pull(&cache).await;
    cache.put_older(late).await.unwrap();
    assert!(found(&cache, "actor.email:pessoa3@example.com").await.is_empty());
    assert!(found(&cache, "numero3").await.is_empty());
    whole(&cache, &log).await;
}

#[tokio::test]
async fn a_full_disk_costs_the_page_and_nothing_else() {
    let (_folder, cache) = cache().await;
    let mut log = Log::default();
    log.grow(200);
    log.pull(&cache).await;
    let mut small = log.range(200);
    let pages = cache.limit_pages(1).await.unwrap();
    assert!(pages > 1, "SQLite keeps at least what is there");
    log.grow(4_000);
    let refused = cache
        .put_page(page(small.clone(), log.rows(200, log.size())))
        .await
        .unwrap_err();
    assert!(refused.is_full(), "{refused:?}");
    assert_eq!(
        crate::Error::Cache(refused).problem().code,
        vigia_wire::Code::DiskFull
    );
    assert_eq!(cache.range().await.unwrap(), small, "the copy is what it was");
    cache.limit_pages(1 << 30).await.unwrap();
    log.pull(&cache).await;
    small = log.range(log.size());
    assert_eq!(cache.range().await.unwrap(), small, "and goes on");
}

async fn filled(path: &Path) -> u64 {
    let cache = Cache::open(path, &key()).await.unwrap();
    let mut log = Log::default();
    log.grow(1_000);
    log.pull(&cache).await;
    cache.close().await;
    std::fs::metadata(path).unwrap().len()
}

fn damage(path: &Path, at: u64) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[usize::try_from(at).unwrap()] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_copy_whose_beginning_does_not_read_back_is_known_for_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Nothing);
    let size = filled(&path).await;
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Copy);
    let whole = std::fs::read(&path).unwrap();

    let other = zeroize::Zeroizing::new([8; 32]);
    assert_eq!(
        Cache::look(&path, &other).await.unwrap(),
        Found::Damaged,
        "another key"
    );
    damage(&path, 100);
    assert_eq!(
        Cache::look(&path, &key()).await.unwrap(),
        Found::Damaged,
        "a flipped byte"
    );
    std::fs::write(&path, b"").unwrap();
    assert_eq!(
        Cache::look(&path, &key()).await.unwrap(),
        Found::Damaged,
        "an empty file"
    );
    std::fs::write(&path, vec![0x5a; 100_000]).unwrap();
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Damaged, "noise");
    std::fs::write(&path, &whole[..1_000]).unwrap();
    assert_eq!(
        Cache::look(&path, &key()).await.unwrap(),
        Found::Damaged,
        "cut within a page"
    );

    // A damaged one begins anew, and works.
    assert!(size > 1_000);
    assert!(filled(&path).await > 1_000);
    assert_eq!(Cache::look(&path, &key()).await.unwrap(), Found::Copy);
}

#[tokio::test]
async fn damage_further_inside_is_noticed_by_whoever_reads_it_and_by_a_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let size = filled(&path).await;
    let whole = std::fs::read(&path).unwrap();
    for kind in ["flipped", "cut"] {
        std::fs::write(&path, &whole).unwrap();
        match kind {
            "flipped" => (10..size / 4_096)
                .step_by(3)
                .for_each(|page| damage(&path, page * 4_096 + 77)),
            _ => std::fs::write(&path, &whole[..whole.len() / 2]).unwrap(),
        }
        let Ok(cache) = Cache::open(&path, &key()).await else {
            panic!("{kind}: it can be opened, or begins anew");
        };
        if kind == "flipped" {
            let checked = cache.check().await;
            assert!(matches!(&checked, Err(error) if error.is_damage()), "{checked:?}");
            let read = async {
                for seq in 0..1_000 {
                    cache.events(&[seq]).await?;
                }
                Ok::<_, CacheError>(())
            };
            let read = read.await;
            assert!(matches!(&read, Err(error) if error.is_damage()), "{read:?}");
        } else {
            let read = cache.range().await.and(cache.check().await);
            assert!(
                read.is_err() || cache.range().await.unwrap().size() == 0,
                "{kind}"
            );
        }
        cache.close().await;
    }
}

#[tokio::test]
async fn garbage_in_the_write_ahead_log_costs_at_most_what_lay_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    std::fs::write(folder.path().join("cache.db-wal"), vec![0x77; 50_000]).unwrap();
    let cache = Cache::open(&path, &key()).await.unwrap();
    assert_eq!(cache.range().await.unwrap().size(), 1_000);
    cache.check().await.unwrap();
}

#[tokio::test]
async fn a_copy_that_cannot_be_reached_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    let bytes = std::fs::read(&path).unwrap();
    // Where SQLite cannot make its files beside it, nothing says that the copy is bad.
    std::fs::create_dir(folder.path().join("cache.db-wal")).unwrap();
    assert!(Cache::open(&path, &key()).await.is_err());
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[tokio::test]
async fn two_consoles_write_into_one_copy_and_neither_uses_the_others_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let one = Cache::open(&path, &key()).await.unwrap();
    let other = Cache::open(&path, &key()).await.unwrap();
    let mut log = Log::default();
    log.grow(20);
    log.pull(&one).await;
    // The other begins anew with other words first, so the same numbers mean something else.
    other.clear().await.unwrap();
    let mut odd = Log::default();
    odd.grow(3);
    for event in &mut odd.events {
        event.kind = Kind::SYSTEM_LOG;
        event.service = "sshd".to_owned();
    }
    odd.pull(&other).await;
    odd.grow(10);
    odd.pull(&one).await;
    assert_eq!(found(&one, "kind:auth.login.failed").await.len(), 10);
    assert_eq!(found(&other, "service:sshd").await.len(), 3);
}

#[derive(Debug, Clone)]
enum Step {
    Grow(u64),
    Erase(u64),
    Evict(u64),
    Older(u64),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_u64..90).prop_map(Step::Grow),
        1 => (0_u64..5).prop_map(Step::Erase),
        3 => (0_u64..400).prop_map(Step::Evict),
        2 => (1_u64..200).prop_map(Step::Older),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_leaves_and_comes_back_the_copy_verifies(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (folder, mut cache) = cache().await;
            let mut log = Log::default();
            log.grow(260);
            log.pull(&cache).await;
            for step in steps {
                match step {
                    Step::Grow(count) => log.grow(count),
                    Step::Erase(of) => log.erase(of),
                    Step::Evict(first) => {
                        cache.evict(first).await.unwrap();
                    }
                    Step::Older(count) => log.older(&cache, count).await,
                    Step::Reopen => {
                        cache.close().await;
                        drop(cache);
                        cache = Cache::open(&folder.path().join("cache.db"), &key()).await.unwrap();
                    }
                }
                log.pull(&cache).await;
            }
            whole(&cache, &log).await;
        });
    }
}
