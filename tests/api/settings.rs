//! The platform's settings: changed by who may, told old and new, never over somebody else's change.

use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::json;
use vigia_tests::platform::{Admin, House, Reply};

async fn change(house: &House, admin: &Admin, body: serde_json::Value) -> Reply {
    Reply::of(house.ask(admin, Method::PATCH, "/v1/settings").json(&body)).await
}

#[tokio::test]
async fn a_change_is_told_with_what_was_before() {
    let house = House::start().await;
    let admin = house.admin().await;
    let first = Reply::of(house.ask(&admin, Method::GET, "/v1/settings")).await;
    assert_eq!(first.headers[ETAG], "\"0\"");
    assert_eq!(
        first.json(),
        json!({"platform_name": "Vigia", "time_zone": "UTC", "version": 0, "changed_at": null})
    );
    let body = json!({"platform_name": "Vigia São Paulo", "time_zone": "America/Sao_Paulo", "version": 0});
    let changed = change(&house, &admin, body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(
        (&changed.headers[ETAG], &changed.json()["version"]),
        (&"\"1\"".parse().expect("a tag"), &json!(1))
    );
    let told = house.events_of("settings.changed").await;
    assert_eq!(told.len(), 1);
    let changes: Vec<_> = told[0]
        .changes
        .iter()
        .map(|change| (change.field.as_str(), change.old.as_str(), change.new.as_str()))
        .collect();
    assert_eq!(
        changes,
        [
            ("platform_name", Some("Vigia"), Some("Vigia São Paulo")),
            ("time_zone", Some("UTC"), Some("America/Sao_Paulo"))
        ]
    );
    let same = json!({"platform_name": "Vigia São Paulo", "version": 1});
    assert_eq!(
        change(&house, &admin, same).await.json()["version"],
        1,
        "nothing changed"
    );
    house.stop().await;
}

#[tokio::test]
async fn of_two_who_change_the_same_the_second_reads_again() {
    let house = House::start().await;
    let admin = house.admin().await;
    let both = [
        json!({"platform_name": "One", "version": 0}),
        json!({"platform_name": "Other", "version": 0}),
    ];
    let [one, other] = both.map(|body| change(&house, &admin, body));
    let (one, other) = tokio::join!(one, other);
    let mut answers = [one.status.as_u16(), other.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409]);
    let tagged = house
        .ask(&admin, Method::PATCH, "/v1/settings")
        .header(IF_MATCH, "\"1\"")
        .json(&json!({"platform_name": "Third"}));
    assert_eq!(Reply::of(tagged).await.json()["platform_name"], "Third");
    house.stop().await;
}

#[tokio::test]
async fn what_is_no_setting_is_refused_by_name() {
    let house = House::start().await;
    let admin = house.admin().await;
    for (body, field) in [
        (json!({"platform_name": "x"}), "version"),
        (json!({"platform_name": "a@b.co", "version": 0}), "platform_name"),
        (json!({"platform_name": "", "version": 0}), "platform_name"),
        (json!({"time_zone": "Mars/Olympus", "version": 0}), "time_zone"),
        (json!({"colour": "red", "version": 0}), "body"),
    ] {
        let refused = change(&house, &admin, body.clone()).await;
        assert_eq!(refused.code(), "invalid_request", "{body}");
        assert!(
            refused.json()["fields"][field].is_string(),
            "{body}: {}",
            refused.text()
        );
    }
    assert!(house.events_of("settings.changed").await.is_empty());
    house.stop().await;
}
