//! Events by REST: the same as asking every event one by one, page by page or as a stream, and nothing
//! of what the reader may not see.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::header::ACCEPT;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;
use vigia_domain::access::{Context, Requester, authorize};
use vigia_domain::entry::Entry;
use vigia_ledger::checkpoint::{self, LogVerifier};
use vigia_ledger::leaf_hash;
use vigia_ledger::proof::verify_inclusion;
use vigia_query::{Facts, matches};
use vigia_store::Wanted;
use vigia_tests::platform::{House, Persona, Reply, Stranger};
use vigia_tests::tamper::change;
use vigia_wire::event::{EventsLine, EventsPage, ProvenEvent};

/// People and addresses of the events, some shared by several people, some names beside an e-mail.
async fn filled() -> House {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let people = ["ana", "Bruno", "carla", "dora"];
    for batch in 0..6_u64 {
        let mut body = String::new();
        for n in 0..60_u64 {
            let number = batch * 60 + n;
            let who = people[usize::try_from(number % 4).expect("small")];
            let address = match number % 5 {
                0 => format!("189.50.{}.{}", number % 3, number % 7),
                1 => format!("10.1.2.{}", number % 200),
                2 => format!("2001:db8:{}:1::{}", number % 3, number % 9),
                3 => format!("189.{}.0.9", number % 4),
                _ => "203.0.113.7".to_owned(),
            };
            let failed = number % 3 == 0;
            let mut event = json!({
                "service": if number % 2 == 0 { "api" } else { "shop" },
                "kind": if failed { "auth.login.failed" } else { "app.action" },
                "time": format!("2026-02-17T{:02}:{:02}:00Z", number / 60, number % 60),
                "source": {"ip": address, "country": if number % 2 == 0 { "BR" } else { "CN" }},
                "message": format!("number {number} credenciais inválidas"),
                "trace_id": format!("trace-{}", number % 11),
            });
            let actor = match number % 6 {
                0 => json!({"name": who}),
                1 => json!({"email": format!("{who}@example.com"), "name": format!("{who} silva")}),
                2 => json!({"id": format!("u-{who}"), "email": format!("{who}@example.com")}),
                3 => json!({"id": format!("u-{who}")}),
                _ => json!({"email": format!("{who}@example.com")}),
            };
            event["actor"] = actor;
            if number % 7 == 0 {
                // Somebody else is named beside the actor: an address of several people.
                event["source"]["user_agent"] = json!("on behalf of eva@example.com");
            }
            if number % 9 == 0 {
                event["target"] = json!({"type": "user", "email": "dora@example.com"});
            }
            body.push_str(&event.to_string());
            body.push('\n');
        }
        let reply = house.ingest(&key, "?format=ndjson", body).await;
        assert_eq!(reply.json()["events"], 60, "{}", reply.text());
    }
    house
}

/// Every event that the administrator may see, asked one by one.
async fn naive(house: &House, query: &str) -> Vec<u64> {
    let query = vigia_query::parse(query).expect("a query");
    let store = house.platform.store();
    let context = Context {
        now: house.platform.now(),
        address: None,
        mfa_at: None,
    };
    let read = authorize(&Requester::operator(), &context).expect("a permit");
    let pii = authorize(&Requester::operator(), &context).expect("a permit");
    let size = store.head().await.expect("the head").size;
    let all = store
        .entries(&read, Some(&pii), Wanted::Range(0..size), |_, _| true)
        .await
        .expect("entries");
    let passing = all.iter().filter(|one| {
        let facts = Facts::of(&one.entry, one.groups().expect("groups"));
        matches(&query, one.seq, &facts)
    });
    passing.map(|one| one.seq).collect()
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        out.push_str(&format!("%{byte:02X}"));
    }
    out
}

async fn get<P: Persona>(house: &House, who: &P, parameters: &str) -> Reply {
    let path = format!("/v1/events?{parameters}");
    Reply::of(house.ask(who, Method::GET, &path)).await
}

async fn page<P: Persona>(house: &House, who: &P, parameters: &str) -> EventsPage {
    let reply = get(house, who, parameters).await;
    assert_eq!(reply.status, StatusCode::OK, "{parameters}: {}", reply.text());
    serde_json::from_slice(&reply.body).expect("a page")
}

/// All pages of a query, one after another.
async fn pages<P: Persona>(house: &House, who: &P, query: &str, order: &str, limit: u32) -> Vec<u64> {
    let base = format!("q={}&order={order}&limit={limit}", encoded(query));
    let mut seqs = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = page(house, who, &format!("{base}{cursor}")).await;
        assert!(page.events.len() <= limit as usize);
        seqs.extend(page.events.iter().map(|event| event.seq));
        match page.next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seqs,
        }
    }
}

fn lines(reply: &Reply) -> Vec<EventsLine> {
    reply
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

async fn stream<P: Persona>(house: &House, who: &P, query: &str, order: &str) -> Vec<u64> {
    let path = format!("/v1/events?q={}&order={order}&limit=65536", encoded(query));
    let request = house
        .ask(who, Method::GET, &path)
        .header(ACCEPT, "application/x-ndjson");
    let reply = Reply::of(request).await;
    assert_eq!(reply.headers["content-type"], "application/x-ndjson");
    let lines = lines(&reply);
    assert!(
        matches!(lines.last(), Some(EventsLine::End { next: None, .. })),
        "{}",
        reply.text()
    );
    let events = lines.iter().filter_map(|line| match line {
        EventsLine::Event(event) => Some(event.seq),
        _ => None,
    });
    events.collect()
}

/// Conditions whose values occur in the events, and some that do not.
fn condition() -> impl Strategy<Value = String> {
    let values = |field: &'static str, values: &'static [&'static str]| {
        prop::sample::select(values).prop_map(move |value| format!("{field}:{value}"))
    };
    prop_oneof![
        values(
            "actor.email",
            &[
                "ana@example.com",
                "BRUNO@example.com",
                "nobody@example.com",
                "carla*"
            ]
        ),
        values("actor.name", &["ana", "bruno", "\"ana silva\"", "carla", "c*"]),
        values("actor.id", &["u-ana", "u-dora", "operator", "x"]),
        values("target.email", &["dora@example.com", "ana@example.com"]),
        values(
            "source.ip",
            &[
                "189.50.1.1",
                "189.50.0.0/16",
                "189.50.1.0/24",
                "189.50.0.0/23",
                "189.0.0.0/8",
                "188.0.0.0/6",
                "10.1.2.0/27",
                "0.0.0.0/0",
                "2001:db8::/32",
                "2001:db8:1::/48",
                "2001:db8:1:1::/64",
                "2001:db8:1:1::4",
                "203.0.113.7",
                "IN [203.0.113.7 10.1.2.1]",
                "[10.1.2.9 TO 10.1.2.60]",
                "127.0.0.1",
            ]
        ),
        values("kind", &["auth.login.failed", "app.action", "api_key.created"]),
        values("service", &["api", "shop", "vigia"]),
        values("source.country", &["BR", "CN"]),
        values("severity", &[">=3", "info"]),
        values("status", &["failure", "success"]),
        values("seq", &["[20 TO 200]", "<5", ">=350"]),
        values("time", &["[2026-02-17T01:00 TO 2026-02-17T03:30]", "2026-02-17"]),
        values("trace_id", &["trace-3", "*"]),
        Just("invalidas".to_owned()),
        Just("\"number 17\"".to_owned()),
        Just("eva".to_owned()),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let negated = (condition(), any::<bool>()).prop_map(|(one, not)| match not {
        true => format!("-{one}"),
        false => one,
    });
    let either = (condition(), condition()).prop_map(|(one, other)| format!("({one} OR {other})"));
    let part = prop_oneof![4 => condition(), 1 => negated, 1 => either];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(" "))
}

#[tokio::test]
async fn whatever_is_asked_the_answer_is_that_of_asking_every_event() {
    let house = filled().await;
    let admin = house.admin().await;
    // The first reading is recorded, so the log stands still afterwards.
    page(&house, &admin, "limit=1").await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut found = 0;
    for number in 0..40_u32 {
        let query = query().new_tree(&mut runner).expect("a query").current();
        let mut expected = naive(&house, &query).await;
        found += expected.len();
        assert_eq!(
            stream(&house, &admin, &query, "oldest").await,
            expected,
            "{query}"
        );
        let limit = [3, 9, 50, 1000][usize::try_from(number % 4).expect("small")];
        let limit = if expected.len() > 40 { limit.max(50) } else { limit };
        assert_eq!(
            pages(&house, &admin, &query, "oldest", limit).await,
            expected,
            "oldest, {limit}: {query}"
        );
        expected.reverse();
        assert_eq!(
            pages(&house, &admin, &query, "newest", limit).await,
            expected,
            "newest, {limit}: {query}"
        );
    }
    assert!(found > 300, "the queries find something: {found}");
    house.stop().await;
}

#[tokio::test]
async fn an_index_leads_to_fewer_entries_than_there_are() {
    let house = filled().await;
    let admin = house.admin().await;
    let size = house.size().await;
    let few = page(
        &house,
        &admin,
        "q=actor.email%3Aana%40example.com%20kind%3Aapp.action&limit=1000",
    )
    .await;
    assert!(!few.events.is_empty() && few.next.is_none());
    assert!(few.scanned < size * 2 / 3, "{} of {size}", few.scanned);
    let none = page(&house, &admin, "q=source.ip%3A192.0.2.0%2F24").await;
    assert!(none.scanned < size / 2, "{} of {size}", none.scanned);
    let all = page(&house, &admin, "q=invalidas&limit=1000").await;
    assert!(all.scanned >= size, "{} of {size}", all.scanned);
    house.stop().await;
}

#[tokio::test]
async fn a_cursor_stands_still_while_events_arrive_and_is_of_one_query() {
    let house = filled().await;
    let admin = house.admin().await;
    page(&house, &admin, "limit=1").await;
    let expected = naive(&house, "kind:app.action").await;
    let first = page(&house, &admin, "q=kind%3Aapp.action&limit=100").await;
    let key = house.ingest_key().await;
    for _ in 0..3 {
        house
            .ingest(
                &key,
                "?format=ndjson",
                r#"{"kind": "app.action", "service": "late"}"#,
            )
            .await;
    }
    let mut seqs: Vec<u64> = first.events.iter().map(|event| event.seq).collect();
    let mut next = first.next.clone();
    while let Some(cursor) = next {
        let page = page(
            &house,
            &admin,
            &format!("q=kind%3Aapp.action&limit=100&cursor={cursor}"),
        )
        .await;
        seqs.extend(page.events.iter().map(|event| event.seq));
        next = page.next;
    }
    seqs.reverse();
    assert_eq!(
        seqs, expected,
        "nothing twice, nothing missing, nothing that came later"
    );
    let cursor = first.next.expect("more");
    for (name, parameters) in [
        (
            "another query",
            format!("q=kind%3Aauth.login.failed&cursor={cursor}"),
        ),
        (
            "another order",
            format!("q=kind%3Aapp.action&order=oldest&cursor={cursor}"),
        ),
        (
            "another time",
            format!("q=kind%3Aapp.action&since=2026-01-01T00:00:00Z&cursor={cursor}"),
        ),
        ("forged", format!("q=kind%3Aapp.action&cursor=A{cursor}")),
        ("empty", "q=kind%3Aapp.action&cursor=".to_owned()),
    ] {
        let refused = get(&house, &admin, &parameters).await;
        assert_eq!(refused.code(), "invalid_request", "{name}");
        assert!(refused.json()["fields"]["cursor"].is_string(), "{name}");
    }
    house.stop().await;
}

#[tokio::test]
async fn who_may_not_see_people_gets_pseudonyms_and_finds_nobody_by_value() {
    let house = filled().await;
    let viewer = house.viewer().await;
    let answer = get(&house, &viewer, "q=service%3Aapi&limit=1000").await;
    let text = answer.text();
    for person in [
        "example.com",
        "ana",
        "189.50",
        "inv\u{e1}lidas",
        "u-dora",
        "trace-",
    ] {
        assert!(!text.contains(person), "{person}");
    }
    let shown: EventsPage = serde_json::from_slice(&answer.body).expect("a page");
    assert_eq!(shown.events.len(), 180);
    assert!(shown.events.iter().all(|event| event.masked));
    let person = shown
        .events
        .iter()
        .find_map(|event| event.subjects.first())
        .expect("somebody");
    let about = page(&house, &viewer, &format!("q=subject%3A{person}&limit=1000")).await;
    assert!(!about.events.is_empty());
    assert!(about.events.iter().all(|event| event.subjects.contains(person)));
    for sealed in [
        "actor.email:ana@example.com",
        "source.ip:189.0.0.0/8",
        "invalidas",
        "trace_id:*",
    ] {
        let found = page(&house, &viewer, &format!("q={}", encoded(sealed))).await;
        assert_eq!((found.events.len(), found.next), (0, None), "{sealed}");
    }
    assert!(house.events_of("events.read").await.is_empty());
    house.stop().await;
}

#[tokio::test]
async fn reading_with_people_shown_is_recorded_once_an_hour() {
    let house = filled().await;
    let admin = house.admin().await;
    for _ in 0..3 {
        page(&house, &admin, "q=service%3Aapi&limit=5").await;
    }
    let read = house.events_of("events.read").await;
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].details["from_seq"], 0);
    house.clock.advance(chrono::TimeDelta::hours(1));
    let admin = house.admin().await;
    let nothing = page(&house, &admin, "q=kind%3Aevents.read").await;
    assert_eq!(nothing.events.len(), 1);
    assert_eq!(
        house.events_of("events.read").await.len(),
        1,
        "a page of records writes none"
    );
    house.stop().await;
}

#[tokio::test]
async fn a_search_ends_when_its_reader_goes_away() {
    let house = filled().await;
    let admin = house.admin().await;
    house.platform.load_sample().await.expect("the sample");
    let size = house.size().await;
    let request = house
        .ask(&admin, Method::GET, "/v1/events?q=nowhereatall")
        .header(ACCEPT, "application/x-ndjson");
    let mut running = house.platform.searches().running();
    let mut answer = request.send().await.expect("an answer");
    let first = answer.chunk().await.expect("bytes").expect("a line");
    assert!(first.starts_with(br#"{"progress":{"scanned":512,"#), "{first:?}");
    drop(answer);
    let stopped = running.wait_for(|running| *running == 0);
    tokio::time::timeout(Duration::from_secs(30), stopped)
        .await
        .expect("the search ends")
        .expect("the platform is there");
    let scanned = house.platform.searches().scanned();
    assert!(scanned < size, "{scanned} of {size} entries were read");
    house.stop().await;
}

#[tokio::test]
async fn one_event_comes_with_everything_that_proves_it() {
    let house = filled().await;
    let admin = house.admin().await;
    let reply = Reply::of(house.ask(&admin, Method::GET, "/v1/events/40")).await;
    let proven: ProvenEvent = serde_json::from_slice(&reply.body).expect("a proof");
    assert_eq!(proven.event.seq, 40);
    let key = Reply::of(house.ask(&Stranger(()), Method::GET, "/v1/ledger/key"))
        .await
        .json();
    let verifier = LogVerifier::from_vkey(key["verifier"].as_str().expect("a key")).expect("a key");
    let checkpoint = checkpoint::open(&proven.checkpoint, &[verifier])
        .expect("signed")
        .checkpoint;
    let path: Vec<[u8; 32]> = proven
        .inclusion
        .iter()
        .map(|hash| hash.0.clone().try_into().expect("a hash"))
        .collect();
    let leaf = leaf_hash(&proven.entry.0);
    verify_inclusion(40, checkpoint.size, &leaf, &checkpoint.root, &path).expect("it lies in the log");
    let entry = Entry::from_bytes(&proven.entry.0).expect("an entry");
    assert_eq!(entry.id, proven.event.event.id);
    assert_eq!(entry.groups.len(), proven.groups.len());
    let viewer = house.viewer().await;
    let masked = Reply::of(house.ask(&viewer, Method::GET, "/v1/events/40"))
        .await
        .json();
    assert_eq!(masked["event"]["masked"], true);
    assert!(masked["groups"].is_null());
    for absent in ["/v1/events/999999", "/v1/events/x"] {
        let refused = Reply::of(house.ask(&admin, Method::GET, absent)).await;
        assert_eq!(refused.code(), "not_found", "{absent}");
    }
    house.stop().await;
}

#[tokio::test]
async fn a_wrong_question_says_what_is_wrong() {
    let house = House::start().await;
    let admin = house.admin().await;
    let unknown = get(&house, &admin, "q=kindd%3Aa.b").await;
    assert_eq!(unknown.code(), "invalid_query");
    assert_eq!(unknown.json()["fields"]["nearest"], "kind");
    for (parameters, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("page=2", "query"),
        ("order=up", "query"),
    ] {
        let refused = get(&house, &admin, parameters).await;
        assert_eq!(refused.code(), "invalid_request", "{parameters}");
        assert!(refused.json()["fields"][field].is_string(), "{}", refused.text());
    }
    house.stop().await;
}

#[tokio::test]
async fn what_was_erased_is_found_by_nobody() {
    let house = filled().await;
    let admin = house.admin().await;
    let before = page(&house, &admin, "q=actor.email%3Aana%40example.com&limit=1000").await;
    assert!(!before.events.is_empty());
    let permit = vigia_server::operator_may(house.platform.now()).expect("a permit");
    house
        .platform
        .store()
        .subject_erase(&permit, "ana@example.com")
        .await
        .expect("erased");
    let after = page(&house, &admin, "q=actor.email%3Aana%40example.com&limit=1000").await;
    assert!(after.events.is_empty());
    assert_eq!(naive(&house, "source.ip:189.0.0.0/8").await, {
        pages(&house, &admin, "source.ip:189.0.0.0/8", "oldest", 1000).await
    });
    house.stop().await;
}

#[tokio::test]
async fn entries_from_before_the_lists_of_an_old_data_folder_are_found_all_the_same() {
    let house = filled().await;
    let folder = house.folder().to_owned();
    let (kept, clock) = house.stop().await;
    // As an upgrade leaves it: what no index holds is listed from the middle of the log on.
    let middle = "(SELECT max(first) FROM posting WHERE first < 200)";
    for sql in [
        format!("INSERT INTO meta (name, value) SELECT 'indexed_from', CAST({middle} AS TEXT)"),
        format!("DELETE FROM posting WHERE row = 0 AND first < {middle}"),
    ] {
        change(&folder, &sql).await.expect("changed");
    }
    let house = House::open(kept, clock).await;
    let admin = house.admin().await;
    page(&house, &admin, "limit=1").await;
    for query in [
        "actor.name:\"bruno silva\"",
        "source.ip:189.0.0.0/8 kind:app.action",
        "actor.email:carla@example.com source.ip:203.0.113.7",
    ] {
        let mut expected = naive(&house, query).await;
        assert!(!expected.is_empty(), "{query}");
        assert_eq!(
            pages(&house, &admin, query, "oldest", 20).await,
            expected,
            "{query}"
        );
        expected.reverse();
        assert_eq!(
            pages(&house, &admin, query, "newest", 20).await,
            expected,
            "{query}"
        );
    }
    house.stop().await;
}
