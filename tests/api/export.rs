//! Exports that consoles tell of: recorded once each, sealed like everything that names people.

use reqwest::Method;
use serde_json::{Value, json};
use vigia_domain::EventId;
use vigia_tests::platform::{ADMIN_EMAIL, House, Reply};

/// An export of this many events, never told before.
pub fn record(events: u64) -> Value {
    let now = chrono::DateTime::from_timestamp(1_771_324_200, 0).expect("a moment");
    let random: [u8; 10] = vigia_server::edge::random().expect("randomness");
    json!({
        "id": EventId::new(now, random).0, "at": now, "query": "actor.email:joao@example.com",
        "from": "2026-02-17T00:00:00Z", "format": "csv", "columns": ["time", "actor"], "events": events,
    })
}

#[tokio::test]
async fn an_export_is_recorded_once_with_what_was_searched_for() {
    let house = House::start().await;
    let admin = house.admin().await;
    let export = record(528);
    let tell =
        async |body: &Value| Reply::of(house.ask(&admin, Method::POST, "/v1/exports").json(body)).await;
    let first = tell(&export).await;
    assert_eq!(first.status.as_u16(), 201, "{}", first.text());
    let again = tell(&export).await;
    assert_eq!(again.status.as_u16(), 200, "{}", again.text());
    let mut other = export.clone();
    other["events"] = 529.into();
    assert_eq!(tell(&other).await.code(), "idempotency_mismatch");

    let told = house.events_of("events.exported").await;
    assert_eq!(told.len(), 1);
    let event = &told[0];
    assert_eq!(event.actor.email.as_deref(), Some(ADMIN_EMAIL));
    assert_eq!(
        event.time.to_rfc3339(),
        "2026-02-17T10:30:00+00:00",
        "when it was taken, not told"
    );
    assert_eq!(event.details["query"], "actor.email:joao@example.com");
    assert_eq!(
        (&event.details["format"], &event.details["events"]),
        (&json!("csv"), &json!(528))
    );
    assert_eq!(event.details["columns"], json!(["time", "actor"]));
    house.stop().await;
}

#[tokio::test]
async fn twins_that_tell_of_the_same_export_at_once_record_it_once() {
    let house = House::start().await;
    let admin = house.admin().await;
    let export = record(7);
    let tell = || Reply::of(house.ask(&admin, Method::POST, "/v1/exports").json(&export));
    let (a, b, c) = tokio::join!(tell(), tell(), tell());
    let mut statuses = [a, b, c].map(|reply| reply.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 201]);
    assert_eq!(house.events_of("events.exported").await.len(), 1);
    house.stop().await;
}

#[tokio::test]
async fn somebody_elses_export_says_who_took_it_and_a_clock_ahead_is_set_right() {
    let house = House::start().await;
    let admin = house.admin().await;
    let mut export = record(1);
    export["by"] = "maria@example.com".into();
    export["at"] = "2999-01-01T00:00:00Z".into();
    let told = Reply::of(house.ask(&admin, Method::POST, "/v1/exports").json(&export)).await;
    assert_eq!(told.status.as_u16(), 201, "{}", told.text());
    let event = house.events_of("events.exported").await.remove(0);
    assert_eq!(event.details["taken_by"], "maria@example.com");
    assert!(event.time <= house.platform.now());
    house.stop().await;
}

#[tokio::test]
async fn who_was_searched_for_stands_in_no_file_and_goes_when_they_are_erased() {
    let house = House::start().await;
    let admin = house.admin().await;
    let told = Reply::of(house.ask(&admin, Method::POST, "/v1/exports").json(&record(3))).await;
    assert_eq!(told.status.as_u16(), 201, "{}", told.text());
    let permit = vigia_server::operator_may(house.platform.now()).expect("a permit");
    let erased = house
        .platform
        .store()
        .subject_erase(&permit, "joao@example.com")
        .await;
    assert!(erased.expect("erased").groups > 0);
    let event = house.events_of("events.exported").await.remove(0);
    assert!(event.details.is_empty(), "{event:?}");
    assert_eq!(
        event.actor.email.as_deref(),
        Some(ADMIN_EMAIL),
        "who took it stays"
    );
    house.stop().await;
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let house = House::start().await;
    let admin = house.admin().await;
    for (field, value) in [
        ("query", json!("x".repeat(4097))),
        ("columns", json!(vec!["time"; 65])),
        ("by", json!("x".repeat(300))),
        ("format", json!("xlsx")),
    ] {
        let mut export = record(1);
        export[field] = value;
        let told = Reply::of(house.ask(&admin, Method::POST, "/v1/exports").json(&export)).await;
        assert_eq!(told.code(), "invalid_request", "{field}");
    }
    assert!(house.events_of("events.exported").await.is_empty());
    house.stop().await;
}
