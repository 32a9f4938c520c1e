//! The copy: encrypted, whole after every page, empty of whoever was erased.

use super::sample::{cache, key, page, row, subject};
use super::{Cache, CacheKey};
use crate::query::parse;
use crate::search;
use crate::view::event::{Range, Sort};
use crate::view::overview::OverviewRequest;
use serde_json::json;
use sqlx::Row as _;
use std::collections::BTreeSet;
use uuid::Uuid;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::clock::from_micros;
use vigia_domain::event::Raw;
use vigia_domain::{Event, EventId, Kind, person};
use vigia_ledger::proof::verify_inclusion;
use vigia_ledger::tree::CompactRange;
use zeroize::Zeroizing;

fn event(number: u64) -> Event {
    let time = from_micros(1_771_324_200_000_000 + i64::try_from(number).unwrap() * 1_000_000).unwrap();
    let mut id = [0; 10];
    id[..8].copy_from_slice(&number.to_be_bytes());
    Event::new(EventId::new(time, id), time, Kind::AUTH_LOGIN_FAILED, "api")
}

fn joao(number: u64) -> Event {
    let mut event = event(number);
    event.actor.email = Some("Joao@Example.com".into());
    event.source.ip = Some([189, 50, 10, 20].into());
    event.message = Some("credenciais inválidas: joao@example.com".into());
    event.details = json!({"attempt": number, "device": {"name": "notebook de joao"}})
        .as_object()
        .unwrap()
        .clone();
    event.raw = Raw(b"[AUTH] joao@example.com falhou".to_vec());
    event
}

pub(super) async fn found(cache: &Cache, query: &str) -> Vec<u64> {
    let query = parse(query).unwrap();
    search::places(cache, &query, Range::default(), Sort::OldestFirst, 0, None)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_leaf_leads_to_the_root_from_the_copy_alone() {
    let (_folder, cache) = cache().await;
    let mut range = CompactRange::new();
    for chunk in [300_u64, 1, 299] {
        let start = range.size();
        let rows = (start..start + chunk)
            .map(|seq| row(seq, &event(seq), |_| true))
            .collect();
        let page = page(range, rows);
        range = page.range.clone();
        cache.put_page(page).await.unwrap();
    }
    assert_eq!(cache.range().await.unwrap(), range);
    for seq in [0, 1, 255, 256, 299, 300, 511, 599] {
        let leaf = cache.leaf(seq).await.unwrap().unwrap();
        let path = cache.inclusion(seq, 600).await.unwrap().unwrap();
        assert_eq!(
            verify_inclusion(seq, 600, &leaf, &range.root(), &path),
            Ok(()),
            "{seq}"
        );
    }
    assert_eq!(cache.inclusion(600, 600).await.unwrap(), None);
    cache.close().await;
}

#[tokio::test]
async fn the_file_is_noise_without_its_key_and_another_key_begins_anew() {
    let (folder, cache) = cache().await;
    cache
        .put_page(page(CompactRange::new(), vec![row(0, &joao(0), |_| true)]))
        .await
        .unwrap();
    cache.close().await;
    drop(cache);
    let path = folder.path().join("cache.db");
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.starts_with(b"SQLite format 3"));
    assert!(!bytes.windows(4).any(|window| window == b"joao"));
    let again = Cache::open(&path, &key()).await.unwrap();
    assert_eq!(again.range().await.unwrap().size(), 1);
    drop(again);
    let other: CacheKey = Zeroizing::new([8; 32]);
    assert_eq!(
        Cache::open(&path, &other)
            .await
            .unwrap()
            .range()
            .await
            .unwrap()
            .size(),
        0
    );
}

/// Everything that lies in any table, as bytes; what is kept small is opened.
async fn everything(cache: &Cache) -> Vec<u8> {
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(cache.readers())
        .await
        .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
        for row in sqlx::query(sql).fetch_all(cache.readers()).await.unwrap() {
            for column in 0..row.len() {
                let Ok(bytes) = row.try_get_unchecked::<Vec<u8>, _>(column) else {
                    continue;
                };
                match table.as_str() {
                    "pack" => all.extend(super::pack::opened(&bytes).unwrap_or_default()),
                    "block" | "segment" => {
                        all.extend(vigia_index::grow(&bytes, "a test").unwrap_or_default())
                    }
                    _ => {}
                }
                all.extend(bytes);
                all.push(0);
            }
        }
    }
    all
}

/// Every term of the index, one a line: in its blocks they share their beginnings.
async fn terms(cache: &Cache) -> Vec<u8> {
    let mut all = Vec::new();
    let read = cache.view(async |view| {
        view.each_term(&[], |term, rows| {
            all.extend(term);
            all.extend(format!(" {rows}\n").into_bytes());
        })
        .await
    });
    read.await.unwrap();
    all
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    let lower = haystack.to_ascii_lowercase();
    lower
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

#[tokio::test]
async fn after_a_tombstone_nothing_of_the_person_is_left_and_the_rest_stays() {
    let (_folder, cache) = cache().await;
    let mut maria = joao(3);
    maria.actor.email = Some("maria@example.com".into());
    maria.message = Some("credenciais inválidas: maria@example.com".into());
    maria.details.clear();
    maria.raw = Raw::default();
    let events = [joao(0), joao(1), joao(2), maria];
    let rows = (0..)
        .zip(&events)
        .map(|(seq, event)| row(seq, event, |_| true))
        .collect();
    let first = page(CompactRange::new(), rows);
    let range = first.range.clone();
    cache.put_page(first).await.unwrap();
    assert_eq!(found(&cache, "actor.email:joao@example.com").await, [0, 1, 2]);
    assert!(holds(&everything(&cache).await, "notebook"));
    assert!(holds(&terms(&cache).await, "notebook"));

    let subjects: BTreeSet<_> = person::partition(&events[0])
        .iter()
        .flat_map(|part| part.people.iter().map(subject))
        .collect();
    let mut tombstone = event(4);
    tombstone.kind = Kind::PRIVACY_SUBJECT_ERASED;
    tombstone.service = "vigia".into();
    tombstone.aggregate = Some(Aggregate {
        kind: AggregateKind::Erasure,
        id: Uuid::from_bytes([1; 16]),
        version: 1,
        payload: json!({"event": "erased", "subjects": subjects}),
    });
    cache
        .put_page(page(range, vec![row(4, &tombstone, |_| true)]))
        .await
        .unwrap();

    let left = everything(&cache).await;
    let words = terms(&cache).await;
    for gone in ["joao", "notebook", "falhou", "device"] {
        assert!(!holds(&left, gone), "{gone} is still in the copy");
        assert!(!holds(&words, gone), "{gone} is still in the index");
    }
    assert_eq!(found(&cache, "joao").await, Vec::<u64>::new());
    assert_eq!(
        found(&cache, "source.ip:189.50.0.0/16").await,
        [0, 1, 2, 3],
        "the unknown attacker's address stays"
    );
    assert_eq!(found(&cache, "maria").await, [3]);
    assert_eq!(found(&cache, "kind:auth.login.failed").await.len(), 4);
    assert_eq!(cache.range().await.unwrap().size(), 5);
    cache.close().await;
}

#[tokio::test]
async fn the_overview_counts_what_lies_in_the_range_and_moves_to_the_data_where_that_is_empty() {
    let (_folder, cache) = cache().await;
    let rows = (0..20)
        .map(|seq| row(seq, &joao(seq), |number| seq < 10 || number != 0))
        .collect();
    cache.put_page(page(CompactRange::new(), rows)).await.unwrap();
    let far = from_micros(0).unwrap();
    let range = Range {
        from: Some(far),
        to: Some(far + chrono::TimeDelta::hours(1)),
    };
    let request = OverviewRequest {
        range,
        zone: "America/Sao_Paulo".to_owned(),
    };
    let now = from_micros(1_800_000_000_000_000).unwrap();
    let drawn = search::overview::overview(&cache, &request, now).await.unwrap();
    assert!(drawn.moved);
    assert_eq!((drawn.events, drawn.events_before), (20, None));
    assert_eq!((drawn.logins.failed_total, drawn.logins.succeeded_total), (20, 0));
    assert_eq!(drawn.logins.failed.iter().sum::<u64>(), 20);
    let counted: u64 = drawn
        .histogram
        .buckets
        .iter()
        .flat_map(|bucket| bucket.by_severity)
        .sum();
    assert_eq!(counted, 20);
    // Tuesday, 10:30 UTC is 7:30 in São Paulo.
    assert_eq!(drawn.heat.cells[1][7], 20);
    let accounts: Vec<_> = drawn
        .accounts
        .iter()
        .map(|top| (top.text.as_str(), top.masked, top.count))
        .collect();
    assert!(
        matches!(accounts[..], [(masked, true, 10), ("Joao@Example.com", false, 10)] | [("Joao@Example.com", false, 10), (masked, true, 10)] if masked.starts_with('#')),
        "{accounts:?}"
    );
    assert_eq!(
        (drawn.addresses[0].text.as_str(), drawn.addresses[0].count),
        ("189.50.10.20", 20)
    );
    assert_eq!(
        (drawn.services[0].text.as_str(), drawn.services[0].count),
        ("api", 20)
    );
    for top in drawn
        .accounts
        .iter()
        .chain(&drawn.addresses)
        .chain(&drawn.services)
    {
        assert_eq!(
            found(&cache, top.query.as_deref().unwrap()).await.len(),
            if top.text.starts_with('#') {
                20
            } else {
                usize::try_from(top.count).unwrap()
            }
        );
    }
    cache.close().await;
}
