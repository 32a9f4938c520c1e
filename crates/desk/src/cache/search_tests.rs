//! Random events and random questions: the copy answers as the language means.

use super::sample::{cache, page, row};
use super::tests::found;
use crate::query::parse;
use proptest::prelude::*;
use serde_json::json;
use vigia_domain::clock::from_micros;
use vigia_domain::event::Severity;
use vigia_domain::{Event, EventId, Kind};
use vigia_ledger::tree::CompactRange;

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_search_finds_what_the_plain_evaluator_finds(
        events in events(),
        queries in proptest::collection::vec(queries(), 12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_folder, cache) = cache().await;
            let rows: Vec<_> = (0..)
                .zip(&events)
                .map(|(seq, (event, open))| row(seq, event, |number| *open % 3 != 0 || number != 0))
                .collect();
            let facts: Vec<_> = rows
                .iter()
                .map(|row| {
                    let entry = row.entry.as_ref().unwrap();
                    let groups = entry.groups.iter().map(|opened| opened.group.clone()).collect();
                    (row.seq, vigia_query::facts::Facts::of(&entry.entry, groups))
                })
                .collect();
            cache.put_page(page(CompactRange::new(), rows)).await.unwrap();
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
            }
        });
    }
}
