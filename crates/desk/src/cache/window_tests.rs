//! A copy that begins later than its log: everything it holds still leads to the root, whatever left
//! it and came back.

use super::sample::{cache, key, page};
use super::sample_log::{BEGIN, Log, MINUTE, found, people};
use super::{Cache, Page};
use crate::sync::verify::own_copy;
use crate::trust::Trust;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use vigia_domain::Event;
use vigia_domain::clock::from_micros;
use vigia_ledger::proof::verify_inclusion;
use vigia_ledger::tree::CompactRange;

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
    cache.close().await;
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
    cache.close().await;
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
    cache.close().await;
}

#[tokio::test]
async fn a_person_whose_entries_left_before_the_erasure_is_in_no_dictionary_afterwards() {
    let (_folder, cache) = cache().await;
    let mut log = Log::default();
    log.grow(40);
    log.pull(&cache).await;
    let words = async || -> i64 {
        let text = "SELECT count(*) FROM word WHERE text LIKE '%pessoa3@%'";
        sqlx::query_scalar(text).fetch_one(cache.readers()).await.unwrap()
    };
    assert_eq!(words().await, 1);
    cache.evict(40).await.unwrap();
    log.erase(3);
    log.pull(&cache).await;
    assert_eq!(words().await, 0);
    whole(&cache, &log).await;
    cache.close().await;
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
    cache.close().await;
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
