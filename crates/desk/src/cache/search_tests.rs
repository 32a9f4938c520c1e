//! Random events and random questions: the copy answers as the language means.

use super::sample::{cache, page, row};
use super::tests::found;
use super::{Cache, PageRow};
use crate::query::parse;
use crate::search;
use crate::search::ranking::{self, By};
use crate::view::event::{Range, Sort};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use vigia_domain::clock::{from_micros, to_micros};
use vigia_domain::event::Severity;
use vigia_domain::{Event, EventId, Kind};
use vigia_ledger::tree::CompactRange;
use vigia_query::Facts;

fn events() -> impl Strategy<Value = Vec<(Event, u8)>> {
    let word = prop_oneof![
        Just("alfa"),
        Just("béta"),
        Just("gama gama"),
        Just("Delta-1"),
        Just("x")
    ];
    let text = proptest::collection::vec(word, 0..4).prop_map(|words| words.join(" "));
    let name = proptest::option::of(prop_oneof![
        Just("root"),
        Just("Root"),
        Just("joao@example.com"),
        Just("ana")
    ]);
    let one = (
        0_i64..200,
        prop_oneof![
            Just(Kind::AUTH_LOGIN_FAILED),
            Just(Kind::AUTH_LOGIN_SUCCEEDED),
            Just(Kind::SYSTEM_LOG)
        ],
        0_u8..7,
        prop_oneof![Just("api"), Just("sshd")],
        name,
        proptest::option::of((0_u8..3, 0_u8..3)),
        text,
        proptest::option::of(0_i64..3),
        any::<u8>(),
    );
    let one = one.prop_map(
        |(minute, kind, severity, service, name, ip, text, detail, open)| {
            let time = from_micros(1_771_324_200_000_000 + minute * 60_000_000).unwrap();
            let mut event = Event::new(EventId::new(time, [open; 10]), time, kind, service);
            event.severity = Severity::from_number(severity);
            event.actor.name = name.map(str::to_owned);
            event.actor.email = name.filter(|name| name.contains('@')).map(str::to_owned);
            event.source.ip = ip.map(|(a, b)| [10, a, 0, b].into());
            event.source.country = ip.filter(|(a, _)| *a == 1).map(|_| "CN".to_owned());
            event.message = (!text.is_empty()).then_some(text);
            if let Some(detail) = detail {
                event.details.insert("n".into(), json!(detail));
                event.details.insert("deep".into(), json!({"flag": detail == 1}));
            }
            (event, open)
        },
    );
    proptest::collection::vec(one, 1..12)
}

fn queries() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("kind:auth.login.failed"),
        Just("kind:auth*"),
        Just("kind:*"),
        Just("service:sshd"),
        Just("severity>=3"),
        Just("severity:medium"),
        Just("severity:[low TO high}"),
        Just("status:failure"),
        Just("status:*"),
        Just("actor.name:root"),
        Just("actor.name:ro*"),
        Just("actor.email:joao@example.com"),
        Just("actor.email:*"),
        Just("source.ip:10.1.0.0/16"),
        Just("source.ip:10.0.0.1"),
        Just("source.ip:*"),
        Just("source.country:cn"),
        Just("details.n:1"),
        Just("details.n:*"),
        Just("details.deep.flag:t*"),
        Just("details.nothing:x"),
        Just("message:alfa"),
        Just("message:*"),
        Just("\"alfa béta\""),
        Just("bet*"),
        Just("\"gama del\"*"),
        Just("delta"),
        Just("joao"),
        Just("time:2026-02-17T10:31"),
        Just("seq:[2 TO 5]"),
        Just("time>=2026-02-17T11:00"),
        Just("count:1"),
        Just("kind:IN [system.log auth.login.succeeded]"),
        Just("*"),
        Just("subject:*"),
        Just("source.port:*"),
        Just("trace_id:*"),
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|all| format!("({})", all.join(" AND "))),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|any| format!("({})", any.join(" OR "))),
            inner.clone().prop_map(|one| format!("(NOT {one})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one} -{other})")),
        ]
    })
}

/// The events of a log as rows; of some the reader may not see everything.
fn rows(events: &[(Event, u8)]) -> Vec<PageRow> {
    (0..)
        .zip(events)
        .map(|(seq, (event, open))| row(seq, event, |number| *open % 3 != 0 || number != 0))
        .collect()
}

fn facts(rows: &[PageRow]) -> Vec<(u64, Facts)> {
    let of = |row: &PageRow| {
        let entry = row.entry.as_ref().unwrap();
        let groups = entry.groups.iter().map(|opened| opened.group.clone()).collect();
        (row.seq, Facts::of(&entry.entry, groups))
    };
    rows.iter().map(of).collect()
}

/// Keeps rows as pages of so many: each is a segment of the index.
async fn keep(cache: &Cache, rows: Vec<PageRow>, pages: usize) {
    let mut range = CompactRange::new();
    let each = rows.len().div_ceil(pages).max(1);
    for rows in rows.chunks(each) {
        let page = page(range, rows.to_vec());
        range = page.range.clone();
        cache.put_page(page).await.unwrap();
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_search_finds_what_the_plain_evaluator_finds(
        events in events(),
        pages in 1_usize..5,
        queries in proptest::collection::vec(queries(), 12),
    ) {
        run(async {
            let (_folder, cache) = cache().await;
            let rows = rows(&events);
            let facts = facts(&rows);
            keep(&cache, rows, pages).await;
            for text in queries {
                let query = parse(&text).unwrap();
                let mut found = found(&cache, &text).await;
                found.sort_unstable();
                let plain: Vec<u64> = facts
                    .iter()
                    .filter(|(seq, facts)| vigia_query::matches(&query, *seq, facts))
                    .map(|(seq, _)| *seq)
                    .collect();
                assert_eq!(found, plain, "{text}");
                assert_eq!(search::count(&cache, &query, Range::default()).await.unwrap(), plain.len() as u64);
            }
            cache.close().await;
        });
    }

    #[test]
    fn pages_of_a_search_are_those_of_all_events_in_order(
        events in events(),
        pages in 1_usize..6,
        text in queries(),
        (offset, limit, newest) in (0_u64..8, 1_u64..6, any::<bool>()),
        (from, to) in (0_i64..200, 0_i64..200),
    ) {
        run(async {
            let (_folder, cache) = cache().await;
            let rows = rows(&events);
            let facts = facts(&rows);
            keep(&cache, rows, pages).await;
            let query = parse(&text).unwrap();
            let moment = |minute: i64| from_micros(1_771_324_200_000_000 + minute * 60_000_000);
            let range = Range { from: moment(from), to: moment(to) };
            let (first, end) = (to_micros(range.from.unwrap()), to_micros(range.to.unwrap()));
            let mut plain: Vec<(i64, u64, u8)> = facts
                .iter()
                .filter(|(_, facts)| (first..end).contains(&facts.time))
                .filter(|(seq, facts)| vigia_query::matches(&query, *seq, facts))
                .map(|(seq, facts)| (facts.time, *seq, facts.severity))
                .collect();
            plain.sort_unstable();
            let counted = search::histogram::by_step(&cache, &query, range, 900).await.unwrap();
            let mut steps: BTreeMap<(i64, u8), u64> = BTreeMap::new();
            for (time, _, severity) in &plain {
                *steps.entry((time.div_euclid(900_000_000) * 900_000_000, *severity)).or_default() += 1;
            }
            let counted = counted.into_iter().map(|(at, severity, count)| ((to_micros(at), severity), count));
            assert_eq!(counted.collect::<BTreeMap<_, _>>(), steps, "{text}");
            let sort = if newest { Sort::NewestFirst } else { Sort::OldestFirst };
            if newest {
                plain.reverse();
            }
            let expected: Vec<u64> = plain
                .iter()
                .skip(usize::try_from(offset).unwrap())
                .take(usize::try_from(limit).unwrap())
                .map(|(_, seq, _)| *seq)
                .collect();
            let found = search::places(&cache, &query, range, sort, offset, Some(limit)).await.unwrap();
            assert_eq!(found, expected, "{text}");
            cache.close().await;
        });
    }

    #[test]
    fn a_ranking_adds_up_what_passes(events in events(), pages in 1_usize..5, text in queries()) {
        run(async {
            let (_folder, cache) = cache().await;
            let rows = rows(&events);
            let facts = facts(&rows);
            keep(&cache, rows, pages).await;
            let query = parse(&text).unwrap();
            let mut services: BTreeMap<String, u64> = BTreeMap::new();
            let mut addresses: BTreeMap<String, u64> = BTreeMap::new();
            for (_, facts) in facts.iter().filter(|(seq, facts)| vigia_query::matches(&query, *seq, facts)) {
                *services.entry(facts.service.clone()).or_default() += u64::from(facts.count);
                if let Some(ip) = facts.source_ip {
                    let ip = std::net::Ipv6Addr::from(ip).to_canonical().to_string();
                    *addresses.entry(ip).or_default() += u64::from(facts.count);
                }
            }
            for (by, expected) in [(By::Service, services), (By::Address, addresses)] {
                let top = ranking::top(&cache, &query, Range::default(), by, (1, 100)).await.unwrap();
                assert!(top.is_sorted_by(|one, other| one.count >= other.count));
                let top = top.into_iter().map(|row| (row.text, row.count));
                assert_eq!(top.collect::<BTreeMap<_, _>>(), expected, "{text} {by:?}");
            }
            cache.close().await;
        });
    }
}
