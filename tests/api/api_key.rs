//! API keys: shown once, as strong as their maker at most, dead when revoked or over.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::json;
use vigia_domain::Clock as _;
use vigia_tests::platform::{House, IngestKey, Reply};

#[tokio::test]
async fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let house = House::start().await;
    let admin = house.admin().await;
    let request = house.ask(&admin, Method::POST, "/v1/api-keys");
    let made = Reply::of(request.json(&json!({"name": "api", "permissions": ["events:write"]}))).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    let key = IngestKey(made["key"].as_str().expect("a key").to_owned());
    assert!(key.0.starts_with("vgk_"));
    assert_eq!(house.ingest(&key, "", "hello\n").await.status, StatusCode::OK);
    let listed = Reply::of(house.ask(&admin, Method::GET, "/v1/api-keys")).await;
    assert!(!listed.text().contains(&key.0));
    assert_eq!(listed.json()[0]["id"], made["id"]);
    let path = format!("/v1/api-keys/{}", made["id"].as_str().expect("an id"));
    let revoked = Reply::of(house.ask(&admin, Method::DELETE, &path)).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(house.ingest(&key, "", "hello\n").await.code(), "not_signed_in");
    assert_eq!(
        Reply::of(house.ask(&admin, Method::DELETE, &path)).await.code(),
        "conflict"
    );
    let unknown = "/v1/api-keys/00000000-0000-7000-8000-000000000000";
    assert_eq!(
        Reply::of(house.ask(&admin, Method::DELETE, unknown)).await.code(),
        "not_found"
    );
    assert_eq!(
        Reply::of(house.ask(&admin, Method::DELETE, "/v1/api-keys/x"))
            .await
            .code(),
        "not_found"
    );
    house.stop().await;
}

#[tokio::test]
async fn a_key_ends_when_its_time_is_over() {
    let house = House::start().await;
    let admin = house.admin().await;
    let end = house.clock.now() + TimeDelta::minutes(5);
    let body = json!({"name": "short", "permissions": ["events:write"], "expires_at": end});
    let made = Reply::of(house.ask(&admin, Method::POST, "/v1/api-keys").json(&body))
        .await
        .json();
    let key = IngestKey(made["key"].as_str().expect("a key").to_owned());
    assert_eq!(house.ingest(&key, "", "hello\n").await.status, StatusCode::OK);
    house.clock.advance(TimeDelta::minutes(5));
    assert_eq!(house.ingest(&key, "", "hello\n").await.code(), "not_signed_in");
    house.stop().await;
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_more_than_they_do() {
    let house = House::start().await;
    let maker = IngestKey(house.key(&["api_key:write", "events:write"]).await);
    let ask = |permission: &str| {
        let body = json!({"name": "k", "permissions": [permission]});
        Reply::of(house.ask(&maker, Method::POST, "/v1/api-keys").json(&body))
    };
    assert_eq!(ask("events:write").await.status, StatusCode::CREATED);
    for too_much in ["*", "events:*", "pii:read", "nonsense"] {
        let refused = ask(too_much).await;
        assert_eq!(refused.code(), "invalid_request", "{too_much}");
        assert!(refused.json()["fields"]["permissions"].is_string());
    }
    house.stop().await;
}
