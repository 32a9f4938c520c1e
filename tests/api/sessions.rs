//! Sessions for people to look at: one's own, everybody's with the permission, and ended from elsewhere.

use chrono::TimeDelta;
use reqwest::header::USER_AGENT;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vigia_tests::platform::{
    ADMIN_EMAIL, ADMIN_PASSWORD, Admin, House, Persona, Reply, Stranger, VIEWER_EMAIL, VIEWER_PASSWORD,
    Viewer,
};

async fn list<P: Persona>(house: &House, who: &P, path: &str) -> Vec<Value> {
    let reply = Reply::of(house.ask(who, Method::GET, path)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json().as_array().expect("a list").clone()
}

async fn signed_in_with(house: &House, agent: &str) -> Admin {
    let request = house
        .ask(&Stranger(()), Method::POST, "/v1/auth/login")
        .header(USER_AGENT, agent);
    let reply = Reply::of(request.json(&json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}))).await;
    Admin(serde_json::from_slice(&reply.body).expect("tokens"))
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_with_what() {
    let house = House::start().await;
    let laptop = signed_in_with(&house, "vigia/0.1.0 (laptop)").await;
    house.clock.advance(TimeDelta::minutes(3));
    let phone = signed_in_with(&house, "vigia/0.1.0 (phone)").await;
    house.viewer().await;
    house.clock.advance(TimeDelta::minutes(2));
    let open = list(&house, &phone, "/v1/sessions").await;
    assert_eq!(open.len(), 2, "one's own only");
    assert_eq!(
        (open[0]["user_agent"].as_str(), open[0]["current"].as_bool()),
        (Some("vigia/0.1.0 (laptop)"), Some(false))
    );
    assert_eq!(
        (open[1]["user_agent"].as_str(), open[1]["current"].as_bool()),
        (Some("vigia/0.1.0 (phone)"), Some(true))
    );
    assert_eq!(
        (open[0]["email"].as_str(), open[0]["address"].as_str()),
        (Some(ADMIN_EMAIL), Some("127.0.0.1"))
    );
    assert_eq!(open[0]["last_used_at"], open[0]["started_at"]);
    assert_ne!(open[1]["last_used_at"], open[1]["started_at"]);
    house.platform.note_uses().await;
    let (folder, clock) = house.stop().await;
    let house = House::open(folder, clock).await;
    let kept = list(&house, &laptop, "/v1/sessions").await;
    assert_eq!(
        kept[1]["last_used_at"], open[1]["last_used_at"],
        "it outlives a restart"
    );
    house.stop().await;
}

#[tokio::test]
async fn a_session_that_is_ended_from_elsewhere_opens_nothing_any_more() {
    let house = House::start().await;
    let (lost, mine) = (house.admin().await, house.admin().await);
    let open = list(&house, &mine, "/v1/sessions").await;
    let other = open
        .iter()
        .find(|one| one["current"] == false)
        .expect("the other");
    let id = other["id"].as_str().expect("an id");
    let path = format!("/v1/sessions/{id}");
    let ended = Reply::of(house.ask(&mine, Method::DELETE, &path)).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    let refused = Reply::of(house.ask(&lost, Method::GET, "/v1/auth/session")).await;
    assert_eq!(refused.code(), "session_ended");
    let again = house
        .ask(&Stranger(()), Method::POST, "/v1/auth/refresh")
        .json(&json!({"refresh_token": lost.0.refresh_token}));
    assert_eq!(Reply::of(again).await.code(), "session_ended");
    assert_eq!(
        Reply::of(house.ask(&mine, Method::DELETE, &path)).await.code(),
        "not_found"
    );
    let told = house.events_of("auth.session.closed").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].target.email.as_deref(), Some(ADMIN_EMAIL));
    house.stop().await;
}

#[tokio::test]
async fn all_other_sessions_end_at_once_and_this_one_stays() {
    let house = House::start().await;
    house.viewer().await;
    for _ in 0..3 {
        house.admin().await;
    }
    let mine = house.admin().await;
    let ended = Reply::of(house.ask(&mine, Method::DELETE, "/v1/sessions")).await;
    assert_eq!(ended.json(), json!({"ended": 3}));
    assert_eq!(list(&house, &mine, "/v1/sessions").await.len(), 1);
    assert_eq!(
        list(&house, &mine, "/v1/sessions?all=true").await.len(),
        2,
        "nobody else's"
    );
    house.stop().await;
}

#[tokio::test]
async fn others_sessions_are_for_who_may_and_people_in_them_for_who_may_see_people() {
    let house = House::start().await;
    let viewer = house.viewer().await;
    let admin = house.admin().await;
    let all = list(&house, &admin, "/v1/sessions?all=true").await;
    assert_eq!(all.len(), 2);
    let of = |email: &str| {
        let one = all.iter().find(|one| one["email"] == email).expect("a session");
        format!("/v1/sessions/{}", one["id"].as_str().expect("an id"))
    };
    assert_eq!(
        house.events_of("events.read").await.len(),
        1,
        "that reading is recorded"
    );
    let refused = Reply::of(house.ask(&viewer, Method::GET, "/v1/sessions?all=true")).await;
    assert_eq!(refused.code(), "denied");
    let path = of(ADMIN_EMAIL);
    assert_eq!(
        Reply::of(house.ask(&viewer, Method::DELETE, &path)).await.code(),
        "denied"
    );
    let key = vigia_tests::platform::IngestKey(house.key(&["session:read", "session:write"]).await);
    let masked = list(&house, &key, "/v1/sessions?all=true").await;
    assert!(
        masked
            .iter()
            .all(|one| one["email"].is_null() && one["address"].is_null())
    );
    let theirs = of(VIEWER_EMAIL);
    assert_eq!(
        Reply::of(house.ask(&admin, Method::DELETE, &theirs)).await.status,
        StatusCode::NO_CONTENT
    );
    let over = Reply::of(house.ask(&viewer, Method::GET, "/v1/auth/session")).await;
    assert_eq!(over.code(), "session_ended");
    let back = Viewer(house.login(VIEWER_EMAIL, VIEWER_PASSWORD).await);
    assert_eq!(list(&house, &back, "/v1/sessions").await.len(), 1);
    house.stop().await;
}

#[tokio::test]
async fn a_key_says_when_it_was_last_used() {
    let house = House::start().await;
    let admin = house.admin().await;
    let made = house.ask(&admin, Method::POST, "/v1/api-keys");
    let made = Reply::of(made.json(&json!({"name": "app", "permissions": ["events:write"]})))
        .await
        .json();
    let path = format!("/v1/api-keys/{}", made["id"].as_str().expect("an id"));
    let one = Reply::of(house.ask(&admin, Method::GET, &path)).await.json();
    assert_eq!(
        (one["name"].as_str(), one["last_used_at"].as_str()),
        (Some("app"), None)
    );
    let key = vigia_tests::platform::IngestKey(made["key"].as_str().expect("a key").to_owned());
    house.ingest(&key, "", "hello\n").await;
    let one = Reply::of(house.ask(&admin, Method::GET, &path)).await;
    assert!(one.json()["last_used_at"].is_string());
    assert!(!one.text().contains(&key.0));
    let unknown = "/v1/api-keys/00000000-0000-7000-8000-000000000000";
    assert_eq!(
        Reply::of(house.ask(&admin, Method::GET, unknown)).await.code(),
        "not_found"
    );
    house.stop().await;
}
