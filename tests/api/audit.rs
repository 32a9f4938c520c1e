//! No event, no commit: every mutating operation is called, and the event that tells of it counted.

use crate::document::operations;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, Reply, Stranger};
use vigia_tests::tamper;

/// A mutating operation and the kind of the event that tells of it.
const TOLD: [(&str, &str); 11] = [
    ("POST /v1/auth/login", "auth.login.succeeded"),
    ("POST /v1/auth/refresh", "auth.session.refreshed"),
    ("POST /v1/auth/logout", "auth.logout.succeeded"),
    ("POST /v1/api-keys", "api_key.created"),
    ("DELETE /v1/api-keys/{id}", "api_key.revoked"),
    ("DELETE /v1/sessions", "auth.session.closed"),
    ("DELETE /v1/sessions/{id}", "auth.session.closed"),
    ("PATCH /v1/settings", "settings.changed"),
    ("POST /v1/ingest/events", "shop.order.placed"),
    ("POST /v1/exports", "events.exported"),
    ("POST /v1/sample", "platform.sample.loaded"),
];

#[test]
fn every_operation_that_changes_something_is_listed_here() {
    let mutating = |name: &String| !name.starts_with("GET ");
    let all: BTreeSet<String> = operations().into_iter().filter(mutating).collect();
    let listed: BTreeSet<String> = TOLD.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, all);
}

async fn request(house: &House, name: &str) -> RequestBuilder {
    let admin = house.admin().await;
    let ask = |path: &str| {
        let method = name.split(' ').next().expect("a method");
        house.ask(&admin, method.parse().expect("a method"), path)
    };
    match name {
        "POST /v1/auth/login" => house
            .ask(&Stranger(()), Method::POST, "/v1/auth/login")
            .json(&json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD})),
        "POST /v1/auth/refresh" => house
            .ask(&Stranger(()), Method::POST, "/v1/auth/refresh")
            .json(&json!({"refresh_token": admin.0.refresh_token})),
        "POST /v1/auth/logout" => ask("/v1/auth/logout"),
        "POST /v1/api-keys" => {
            ask("/v1/api-keys").json(&json!({"name": "k", "permissions": ["events:write"]}))
        }
        "DELETE /v1/api-keys/{id}" => {
            let make = house.ask(&admin, Method::POST, "/v1/api-keys");
            let made = Reply::of(make.json(&json!({"name": "k", "permissions": ["events:write"]}))).await;
            let made: Value = made.json();
            ask(&format!("/v1/api-keys/{}", made["id"].as_str().expect("an id")))
        }
        "DELETE /v1/sessions" => {
            // Whatever earlier sessions there are goes first; then one is left to be ended.
            Reply::of(ask("/v1/sessions")).await;
            house.admin().await;
            ask("/v1/sessions")
        }
        "DELETE /v1/sessions/{id}" => {
            house.admin().await;
            let open = Reply::of(house.ask(&admin, Method::GET, "/v1/sessions"))
                .await
                .json();
            let mut open = open.as_array().expect("sessions").iter();
            let other = open.find(|one| one["current"] == false).expect("another session");
            ask(&format!("/v1/sessions/{}", other["id"].as_str().expect("an id")))
        }
        "PATCH /v1/settings" => ask("/v1/settings").json(&json!({"platform_name": "Acme", "version": 0})),
        "POST /v1/ingest/events" => {
            let key = house.ingest_key().await;
            let line = json!({"service": "shop", "kind": "shop.order.placed"}).to_string();
            house.ask(&key, Method::POST, "/v1/ingest/events").body(line)
        }
        "POST /v1/exports" => ask("/v1/exports").json(&crate::export::record(1)),
        "POST /v1/sample" => ask("/v1/sample"),
        other => panic!("nobody knows how to call {other}"),
    }
}

#[tokio::test]
async fn every_change_is_told_once() {
    let house = House::start().await;
    for (name, kind) in TOLD {
        let request = request(&house, name).await;
        let before = house.events_of(kind).await.len();
        let reply = Reply::of(request).await;
        assert!(reply.status.is_success(), "{name}: {}", reply.text());
        let told = house.events_of(kind).await;
        assert_eq!(told.len(), before + 1, "{name} is told as {kind}");
    }
    house.stop().await;
}

#[tokio::test]
async fn no_secret_and_no_person_stands_in_the_databases() {
    let house = House::start().await;
    let admin = house.admin().await;
    let key = house.ingest_key().await;
    let (folder, _) = house.stop().await;
    let bytes = tamper::everything(folder.path()).await.expect("read");
    assert!(!bytes.is_empty());
    for secret in [
        ADMIN_EMAIL,
        ADMIN_PASSWORD,
        &admin.0.access_token,
        &admin.0.refresh_token,
        &key.0,
        "127.0.0.1",
    ] {
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}
