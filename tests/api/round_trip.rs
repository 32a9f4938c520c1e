//! What goes in comes out again: whatever the readers made of a document's lines is exactly what
//! `export` gives back, through HTTP, sealing and the databases.

use crate::binary::on;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use vigia_domain::Event;
use vigia_intake::{Hints, Line, Reader};
use vigia_tests::platform::{House, Reply};

/// The blocks between fences of a document.
fn blocks(path: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(vigia_tests::shared(path)?).expect("the document");
    let fenced = text.split("\n```").skip(1).step_by(2);
    Some(
        fenced
            .filter_map(|block| Some(block.split_once('\n')?.1.to_owned()))
            .collect(),
    )
}

/// What the readers make of a body by themselves.
fn read(body: &str, hints: Hints) -> Vec<vigia_intake::Draft> {
    let mut reader = Reader::new(hints);
    let mut lines = reader.push(body.as_bytes());
    lines.extend(reader.finish());
    let taken = lines.into_iter().filter_map(|line| match line {
        Line::Events { events, .. } => Some(events),
        Line::Rejected { .. } => None,
    });
    taken.flatten().collect()
}

async fn comes_back(house: &House, body: &str) -> usize {
    let key = house.ingest_key().await;
    let from = house.size().await;
    let sent = house.ingest(&key, "", body.to_owned()).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text());
    let expected = read(body, Hints::new(house.platform.now()));
    let stored = house.events(from).await;
    assert_eq!(stored.len(), expected.len());
    for (stored, expected) in stored.iter().zip(expected) {
        let expected: Event = expected.into_event(stored.id);
        assert_eq!(*stored, expected);
    }
    stored.len()
}

#[tokio::test]
async fn the_logs_of_the_documents_come_back_whole() {
    let house = House::start().await;
    let mut events = 0;
    for path in ["seeds/001_450cf9b01bcc5061.txt", "seeds/004_316500859eec7611.txt"] {
        let Some(blocks) = blocks(path) else { return };
        for block in blocks {
            events += comes_back(&house, &block).await;
        }
    }
    assert!(events > 25, "{events}");
    let (folder, _) = house.stop().await;
    let exported = on(folder.path(), &["export"], &["--json"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let raw = |line: &str| {
        let event: Value = serde_json::from_str(line).expect("one object a line");
        event["raw"].is_string() || event["raw_base64"].is_string()
    };
    assert_eq!(exported.out.lines().filter(|line| raw(line)).count(), events);
}

#[tokio::test]
async fn bytes_that_are_no_text_come_back_as_they_were() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let from = house.size().await;
    let line = b"caf\xe9 \xff\xfe closed".to_vec();
    let sent = house.ingest(&key, "", line.clone()).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text());
    let stored = house.events(from).await;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].raw.0, line);
    house.stop().await;
}

#[tokio::test]
async fn the_sample_is_in_the_log_once_it_is_loaded() {
    let house = House::start().await;
    let before = house.size().await;
    let events = house.platform.load_sample().await.expect("the sample");
    assert!(events > 1_000, "{events}");
    assert_eq!(house.size().await, before + events + 1);
    let now = house.platform.now();
    let week = now - chrono::TimeDelta::days(8);
    let all = house.events(before).await;
    assert!(all.iter().all(|event| event.time > week && event.time <= now));
    // Once and no more, also for two clicks at once and after a restart.
    let admin = house.admin().await;
    let click = || Reply::of(house.ask(&admin, Method::POST, "/v1/sample"));
    let size = house.size().await;
    for reply in [click().await, click().await] {
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "conflict"));
    }
    assert_eq!(house.size().await, size);
    let (folder, clock) = house.stop().await;
    let house = House::open(folder, clock).await;
    assert!(house.platform.load_sample().await.is_err());
    house.stop().await;
}
