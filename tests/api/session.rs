//! Signing in, staying signed in, signing out.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::net::Ipv4Addr;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, Admin, House, IngestKey, Reply, Stranger};
use vigia_wire::auth::Tokens;

async fn refresh(house: &House, token: &str) -> Reply {
    let request = house.ask(&Stranger(()), Method::POST, "/v1/auth/refresh");
    Reply::of(request.json(&json!({"refresh_token": token}))).await
}

async fn session(house: &House, admin: &Admin) -> Reply {
    Reply::of(house.ask(admin, Method::GET, "/v1/auth/session")).await
}

fn tokens(reply: &Reply) -> Tokens {
    serde_json::from_slice(&reply.body).expect("tokens")
}

#[tokio::test]
async fn whoever_signs_in_sees_their_own_session() {
    let house = House::start().await;
    let admin = house.admin().await;
    let seen = session(&house, &admin).await.json();
    assert_eq!(seen["email"], ADMIN_EMAIL);
    assert_eq!(seen["permissions"], json!(["*"]));
    let signed_in = house.events_of("auth.login.succeeded").await;
    assert_eq!(signed_in.len(), 1);
    assert_eq!(signed_in[0].actor.email.as_deref(), Some(ADMIN_EMAIL));
    assert_eq!(signed_in[0].source.ip, Some(Ipv4Addr::LOCALHOST.into()));
    house.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_get_the_same_answer() {
    let house = House::start().await;
    let known = house
        .try_login(ADMIN_EMAIL, "not the password", Ipv4Addr::LOCALHOST.into())
        .await;
    let unknown = house
        .try_login("nobody@vigia.example", ADMIN_PASSWORD, Ipv4Addr::LOCALHOST.into())
        .await;
    assert_eq!((known.status, known.code()), (unknown.status, unknown.code()));
    assert_eq!(
        (known.status, known.code().as_str()),
        (StatusCode::UNAUTHORIZED, "wrong_credentials")
    );
    let same = |reply: &Reply| {
        let mut body = reply.json();
        body["request_id"] = json!("");
        body
    };
    assert_eq!(same(&known), same(&unknown));
    let failed = house.events_of("auth.login.failed").await;
    assert_eq!(failed.len(), 2);
    assert!(
        failed
            .iter()
            .any(|event| event.actor.email.as_deref() == Some(ADMIN_EMAIL))
    );
    house.stop().await;
}

#[tokio::test]
async fn the_public_size_of_the_log_does_not_tell_which_accounts_exist() {
    let house = House::start().await;
    let mut grown = Vec::new();
    for email in [ADMIN_EMAIL, "nobody@vigia.example"] {
        let before = house.size().await;
        let mut sizes = Vec::new();
        for _ in 0..2 {
            house
                .try_login(email, "not the password", Ipv4Addr::LOCALHOST.into())
                .await;
            house.platform.note_refusals(false).await;
            sizes.push(house.platform.store().head().await.expect("the head").size - before);
        }
        house.clock.advance(TimeDelta::minutes(1));
        house.platform.note_refusals(false).await;
        sizes.push(house.platform.store().head().await.expect("the head").size - before);
        grown.push(sizes);
    }
    assert_eq!(grown, [[1, 1, 2], [1, 1, 2]]);
    house.stop().await;
}

#[tokio::test]
async fn an_access_token_ends_after_fifteen_minutes_and_refreshing_gives_another() {
    let house = House::start().await;
    let first = house.admin().await;
    house.clock.advance(TimeDelta::minutes(15));
    let late = session(&house, &first).await;
    assert_eq!(
        (late.status, late.code().as_str()),
        (StatusCode::UNAUTHORIZED, "not_signed_in")
    );
    let second = Admin(tokens(&refresh(&house, &first.0.refresh_token).await));
    assert_eq!(session(&house, &second).await.status, StatusCode::OK);
    house.stop().await;
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_session() {
    let house = House::start().await;
    let first = house.admin().await;
    let second = Admin(tokens(&refresh(&house, &first.0.refresh_token).await));
    let again = refresh(&house, &first.0.refresh_token).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (StatusCode::UNAUTHORIZED, "session_ended")
    );
    assert_eq!(session(&house, &second).await.code(), "session_ended");
    assert_eq!(
        refresh(&house, &second.0.refresh_token).await.code(),
        "session_ended"
    );
    assert_eq!(house.events_of("auth.token.reused").await.len(), 1);
    house.stop().await;
}

#[tokio::test]
async fn a_refresh_token_ends_after_seven_days() {
    let house = House::start().await;
    let admin = house.admin().await;
    house.clock.advance(TimeDelta::days(7));
    assert_eq!(
        refresh(&house, &admin.0.refresh_token).await.code(),
        "session_ended"
    );
    assert_eq!(house.events_of("auth.token.reused").await.len(), 0);
    house.stop().await;
}

#[tokio::test]
async fn a_made_up_refresh_token_ends_nobodys_session() {
    let house = House::start().await;
    let admin = house.admin().await;
    let mut forged = admin.0.refresh_token.clone();
    let last = forged.pop();
    forged.push(if last == Some('A') { 'B' } else { 'A' });
    forged.replace_range(30..31, if &forged[30..31] == "x" { "y" } else { "x" });
    assert_eq!(refresh(&house, &forged).await.code(), "not_signed_in");
    assert_eq!(session(&house, &admin).await.status, StatusCode::OK);
    house.stop().await;
}

#[tokio::test]
async fn signing_out_takes_effect_on_the_next_request() {
    let house = House::start().await;
    let admin = house.admin().await;
    let out = Reply::of(house.ask(&admin, Method::POST, "/v1/auth/logout")).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(session(&house, &admin).await.code(), "session_ended");
    assert_eq!(
        refresh(&house, &admin.0.refresh_token).await.code(),
        "session_ended"
    );
    assert_eq!(house.events_of("auth.logout.succeeded").await.len(), 1);
    house.stop().await;
}

#[tokio::test]
async fn signing_out_wins_against_a_refresh_at_the_same_moment() {
    let house = House::start().await;
    for _ in 0..8 {
        let admin = house.admin().await;
        let (refreshed, out) = tokio::join!(
            refresh(&house, &admin.0.refresh_token),
            Reply::of(house.ask(&admin, Method::POST, "/v1/auth/logout")),
        );
        // Whoever came after the end was told so; nobody is told to try again.
        let over = |reply: &Reply| {
            reply.status.is_success()
                || (reply.status, reply.code()) == (StatusCode::UNAUTHORIZED, "session_ended".into())
        };
        assert!(over(&refreshed), "{}", refreshed.text());
        assert_eq!(out.status, StatusCode::NO_CONTENT, "{}", out.text());
        assert_eq!(session(&house, &admin).await.code(), "session_ended");
        if refreshed.status.is_success() {
            let second = tokens(&refreshed).refresh_token;
            assert_eq!(refresh(&house, &second).await.code(), "session_ended");
        }
    }
    assert_eq!(house.events_of("auth.logout.succeeded").await.len(), 8);
    house.stop().await;
}

#[tokio::test]
async fn a_session_survives_a_restart_of_the_platform() {
    let house = House::start().await;
    let admin = house.admin().await;
    let (folder, clock) = house.stop().await;
    let house = House::open(folder, clock).await;
    assert_eq!(session(&house, &admin).await.status, StatusCode::OK);
    house.stop().await;
}

#[tokio::test]
async fn refused_tokens_are_one_event_with_a_count() {
    let house = House::start().await;
    for _ in 0..7 {
        let refused =
            Reply::of(house.ask(&IngestKey("nonsense".into()), Method::GET, "/v1/auth/session")).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::UNAUTHORIZED, "not_signed_in")
        );
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
    }
    let told = house.events_of("auth.token.invalid").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].count, 7);
    assert_eq!(told[0].source.ip, Some(Ipv4Addr::LOCALHOST.into()));
    house.stop().await;
}

#[tokio::test]
async fn the_key_set_checks_the_tokens() {
    let house = House::start().await;
    let admin = house.admin().await;
    let keys = Reply::of(house.ask(&Stranger(()), Method::GET, "/v1/auth/jwks"))
        .await
        .json();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert_eq!(keys["keys"][0]["alg"], "EdDSA");
    let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(keys["keys"][0].clone()).expect("a JWK");
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).expect("a key");
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_audience(&["vigia"]);
    let read = jsonwebtoken::decode::<serde_json::Value>(&admin.0.access_token, &key, &validation);
    let claims = read.expect("a valid token").claims;
    for name in ["iss", "aud", "exp", "nbf", "jti", "sid", "sub"] {
        assert!(!claims[name].is_null(), "{name}");
    }
    house.stop().await;
}
