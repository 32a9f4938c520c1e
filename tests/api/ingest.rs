//! Events from applications, over HTTP.

use async_compression::tokio::bufread::{GzipEncoder, ZstdEncoder};
use futures::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::io::AsyncReadExt as _;
use vigia_tests::platform::{House, IngestKey, Reply};
use vigia_wire::ingest::{IngestReply, MAX_BODY_BYTES};

fn read(reply: &Reply) -> IngestReply {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    serde_json::from_slice(&reply.body).expect("an ingest reply")
}

async fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzipEncoder::new(text)
        .read_to_end(&mut out)
        .await
        .expect("memory");
    out
}

async fn zstd(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    ZstdEncoder::new(text)
        .read_to_end(&mut out)
        .await
        .expect("memory");
    out
}

async fn send(house: &House, key: &IngestKey, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
    let mut request = house.ask(key, Method::POST, "/v1/ingest/events").body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply::of(request).await
}

#[tokio::test]
async fn the_open_ssh_log_counts_as_its_ground_truth_says() {
    let Some(path) = vigia_tests::shared("data/logs/loghub/OpenSSH/OpenSSH_2k.log") else {
        return;
    };
    let house = House::start().await;
    let key = house.ingest_key().await;
    let log = std::fs::read(path).expect("the log");
    let reply = read(&house.ingest(&key, "?format=sshd", log).await);
    assert_eq!((reply.accepted, reply.rejected), (2000, 0));
    let events = house.events(0).await;
    let sshd: Vec<_> = events.iter().filter(|event| event.service == "sshd").collect();
    assert_eq!(u64::try_from(sshd.len()).expect("a count"), reply.events);
    let of = |kind: &str| sshd.iter().filter(|event| event.kind.as_str() == kind).count();
    assert_eq!(of("auth.login.failed"), 528);
    assert_eq!(of("auth.login.succeeded"), 1);
    let mut failures: BTreeMap<_, usize> = BTreeMap::new();
    for event in sshd
        .iter()
        .filter(|event| event.kind.as_str() == "auth.login.failed")
    {
        *failures.entry(event.source.ip).or_default() += 1;
    }
    assert_eq!(failures.len(), 23, "source addresses");
    let mut counts: Vec<usize> = failures.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(counts[..4], [286, 80, 46, 26]);
    house.stop().await;
}

#[tokio::test]
async fn compressed_bodies_are_taken_and_other_encodings_are_not() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let text = b"one line\nanother line\n".to_vec();
    let plain = read(&send(&house, &key, &[], text.clone()).await);
    assert_eq!((plain.accepted, plain.events), (2, 2));
    let packed = [("gzip", gzip(&text).await), ("zstd", zstd(&text).await)];
    for (encoding, body) in packed {
        let reply = read(&send(&house, &key, &[("content-encoding", encoding)], body).await);
        assert_eq!(reply, plain, "{encoding}");
    }
    let refused = send(&house, &key, &[("content-encoding", "br")], text.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (415, "unsupported_media")
    );
    let broken = send(&house, &key, &[("content-encoding", "gzip")], text).await;
    assert_eq!(broken.code(), "invalid_request");
    house.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_on_either_side_is_refused_whole() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let before = house.size().await;
    let long = b"a line of an application\n".repeat(MAX_BODY_BYTES / 25 + 1);
    assert!(long.len() > MAX_BODY_BYTES);
    let small = zstd(&long).await;
    let refused = send(&house, &key, &[("content-encoding", "zstd")], small).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (413, "too_large")
    );
    assert_eq!(house.size().await, before);
    house.stop().await;
}

#[tokio::test]
async fn a_bad_line_never_costs_the_good_ones() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let long = format!("{{\"message\": \"{}\"}}", "x".repeat(70_000));
    let body = format!("{{\"message\": \"good\"}}\nnot json\n{long}\n{{\"message\": \"good too\"}}\n");
    let reply = read(&house.ingest(&key, "?format=ndjson", body).await);
    assert_eq!((reply.accepted, reply.rejected, reply.events), (2, 2, 2));
    let errors: Vec<_> = reply
        .errors
        .iter()
        .map(|error| (error.line, error.code.as_str()))
        .collect();
    assert_eq!(errors, [(2, "not_json"), (3, "too_long")]);
    house.stop().await;
}

#[tokio::test]
async fn the_nested_shape_of_the_page_about_events_is_understood() {
    let page = std::fs::read_to_string(vigia_tests::root().join("docs/events.md")).expect("docs/events.md");
    let line = page.lines().find(|line| line.contains("\"class_uid\":"));
    let line = line.expect("the example").to_owned();
    let house = House::start().await;
    let key = house.ingest_key().await;
    let reply = read(&house.ingest(&key, "?format=ndjson", line).await);
    assert_eq!((reply.accepted, reply.rejected, reply.events), (1, 0, 1));
    let events = house.events_of("user.role.changed").await;
    let event = &events[0];
    assert_eq!((event.service.as_str(), event.count), ("billing", 2));
    assert_eq!(event.actor.email.as_deref(), Some("ana@example.com"));
    assert!(event.actor.session.is_some());
    assert_eq!(
        (event.source.port, event.source.country.as_deref()),
        (Some(4711), Some("BR"))
    );
    assert_eq!(event.target.email.as_deref(), Some("davi@example.com"));
    assert_eq!(event.changes[0].new, json!("manager"));
    assert_eq!(event.trace_id.as_deref(), Some("abc123"));
    assert_eq!(event.details["ticket"], json!("T-9"));
    house.stop().await;
}

#[tokio::test]
async fn nobody_speaks_in_vigias_name() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let line = json!({"service": "vigia", "message": "forged", "aggregate": {"kind": "account"}}).to_string();
    let reply = read(&house.ingest(&key, "?format=ndjson&service=vigia", line).await);
    assert_eq!(reply.accepted + reply.rejected, 1);
    let forged = |event: &vigia_domain::Event| {
        event.service == "vigia"
            && event
                .message
                .as_deref()
                .is_some_and(|text| text.contains("forged"))
    };
    assert!(!house.events(0).await.iter().any(forged));
    house.stop().await;
}

#[tokio::test]
async fn a_repeated_batch_is_answered_again_and_stored_once() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let headers = [("idempotency-key", "batch-1")];
    let first = send(&house, &key, &headers, b"one\ntwo\n".to_vec()).await;
    let size = house.size().await;
    let second = send(&house, &key, &headers, b"one\ntwo\n".to_vec()).await;
    assert_eq!(read(&first), read(&second));
    assert_eq!(house.size().await, size);
    let other = send(&house, &key, &headers, b"three\n".to_vec()).await;
    assert_eq!(
        (other.status.as_u16(), other.code().as_str()),
        (422, "idempotency_mismatch")
    );
    // The key is the application's own: another application's is another.
    let neighbour = house.ingest_key().await;
    assert_eq!(
        read(&send(&house, &neighbour, &headers, b"three\n".to_vec()).await).events,
        1
    );
    let bad = send(&house, &key, &[("idempotency-key", "")], b"x\n".to_vec()).await;
    assert_eq!(bad.code(), "invalid_request");
    house.stop().await;
}

#[tokio::test]
async fn concurrent_twins_are_stored_once_and_answered_alike() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let before = house.size().await;
    let headers = [("idempotency-key", "twin")];
    let body = b"a line\n".repeat(50);
    let twins = [0; 6].map(|_| send(&house, &key, &headers, body.clone()));
    for reply in futures::future::join_all(twins).await {
        assert_eq!(read(&reply).events, 50);
    }
    assert_eq!(house.size().await - before, 50);
    house.stop().await;
}

#[tokio::test]
async fn many_senders_at_once_are_all_stored_or_told_to_wait() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let before = house.size().await;
    let body = b"a line of an application\n".repeat(400);
    let senders = [0; 40].map(|_| send(&house, &key, &[], body.clone()));
    let mut stored = 0;
    for reply in futures::future::join_all(senders).await {
        if reply.status == StatusCode::OK {
            stored += read(&reply).events;
        } else {
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "busy"));
            assert!(reply.headers.contains_key("retry-after"));
        }
    }
    assert!(stored > 0);
    assert_eq!(house.size().await - before, stored);
    house.stop().await;
}

#[tokio::test]
async fn a_few_bytes_that_become_millions_of_events_are_refused_before_anything_is_stored() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let before = house.size().await;
    let many = gzip(&b"x\n".repeat(MAX_BODY_BYTES / 2 - 1)).await;
    assert!(many.len() < 32 * 1024);
    let line = format!("{{\"a\": [{}0]}}\n", "0,".repeat(25_000));
    let wide = gzip(line.repeat(300).as_bytes()).await;
    for (body, limit) in [(many, "100000 events"), (wide, "192 MiB")] {
        let refused = send(&house, &key, &[("content-encoding", "gzip")], body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (413, "too_large")
        );
        assert!(refused.text().contains(limit), "{}", refused.text());
    }
    assert_eq!(house.size().await, before);
    house.stop().await;
}

/// A body of so many short lines that does not end.
fn stalled(lines: usize) -> reqwest::Body {
    let text = futures::stream::once(async move { Ok::<_, std::io::Error>(b"x\n".repeat(lines)) });
    reqwest::Body::wrap_stream(text.chain(futures::stream::pending()))
}

#[tokio::test]
async fn a_platform_with_its_memory_full_says_busy_and_recovers() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    // Whoever comes last to the full memory is refused: mostly the fourth, sometimes one of these.
    let others = [0; 3].map(|_| Box::pin(house.ingest(&key, "", stalled(86_000))));
    let others = futures::future::select_all(others);
    let another = async {
        // The others take their share as their lines arrive; until then this one may still pass.
        for _ in 0..500 {
            let reply = house.ingest(&key, "", vec![b'y'; 4 * 1024 * 1024]).await;
            if reply.status != StatusCode::OK {
                return reply;
            }
        }
        panic!("nobody was refused");
    };
    let busy = tokio::select! {
        (refused, ..) = others => refused,
        busy = another => busy,
    };
    assert_eq!((busy.status.as_u16(), busy.code().as_str()), (503, "busy"));
    assert!(busy.headers.contains_key("retry-after"));
    // The others are gone, and what they held with them.
    let mut again = house.ingest(&key, "", "a line\n".repeat(20_000)).await;
    for _ in 0..500 {
        if again.status == StatusCode::OK {
            break;
        }
        again = house.ingest(&key, "", "a line\n").await;
    }
    assert!(read(&again).events >= 1);
    house.stop().await;
}

#[tokio::test]
async fn parameters_that_mean_nothing_are_refused_by_name() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    for (query, field) in [
        ("?format=csv", "format"),
        ("?zone=Mars/Olympus", "zone"),
        ("?year=99999", "year"),
    ] {
        let refused = house.ingest(&key, query, "x\n").await;
        assert_eq!(refused.code(), "invalid_request", "{query}");
        assert!(refused.json()["fields"][field].is_string(), "{query}");
    }
    house.stop().await;
}

#[tokio::test]
async fn every_file_of_a_cloud_is_taken_whole_in_one_request_each() {
    let Some(folder) = vigia_tests::shared("data/logs/cloudtrail-invictus") else {
        return;
    };
    let house = House::start().await;
    let key = house.ingest_key().await;
    let mut told = 0;
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if !path.to_string_lossy().contains("_CloudTrail_") {
            continue;
        }
        let file = std::fs::read(path).expect("a file");
        let reply = read(&house.ingest(&key, "?format=cloudtrail", file).await);
        assert_eq!((reply.rejected, reply.accepted), (0, reply.events));
        told += reply.events;
    }
    assert_eq!(told, 2_900);
    let events = house.events(0).await;
    let ids: std::collections::BTreeSet<&str> = events
        .iter()
        .filter(|event| event.service == "aws")
        .filter_map(|event| event.details["eventID"].as_str())
        .collect();
    assert_eq!(
        events.iter().filter(|event| event.service == "aws").count(),
        2_900
    );
    assert_eq!(ids.len(), 2_900, "each by its own id");
    house.stop().await;
}
