//! A platform behind a proxy: whose word about where a request came from is taken. The loopback
//! network has many addresses; 127.0.0.2 is the proxy, 127.0.0.9 a stranger.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use vigia_server::config::ForwardHeader;
use vigia_server::door::Door;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, Reply, Stranger};

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));

async fn behind_a_proxy(header: ForwardHeader) -> House {
    House::start_behind(Door {
        trusted: vec!["127.0.0.2/32".parse().expect("a network")],
        header,
        hosts: vec!["vigia.example".to_owned()],
        ..Door::default()
    })
    .await
}

fn login(house: &House, password: &str, from: IpAddr) -> RequestBuilder {
    let request = house.ask_from(&Stranger(()), Method::POST, "/v1/auth/login", from);
    request.json(&json!({"email": ADMIN_EMAIL, "password": password}))
}

#[tokio::test]
async fn the_ledger_names_the_client_that_the_proxy_named() {
    let house = behind_a_proxy(ForwardHeader::XForwardedFor).await;
    let request = login(&house, "wrong password", PROXY);
    let reply = Reply::of(request.header("x-forwarded-for", "6.6.6.6, 203.0.113.9")).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    let failed = house.events_of("auth.login.failed").await;
    assert_eq!(
        failed[0].source.ip,
        Some("203.0.113.9".parse().expect("an address"))
    );
    house.stop().await;
}

#[tokio::test]
async fn a_stranger_who_names_another_address_is_recorded_with_their_own() {
    let house = behind_a_proxy(ForwardHeader::XForwardedFor).await;
    let request = login(&house, "wrong password", STRANGER);
    let forged = request
        .header("x-forwarded-for", "203.0.113.9")
        .header("forwarded", "for=203.0.113.9");
    assert_eq!(Reply::of(forged).await.status, StatusCode::UNAUTHORIZED);
    let failed = house.events_of("auth.login.failed").await;
    assert_eq!(failed[0].source.ip, Some(STRANGER));
    house.stop().await;
}

#[tokio::test]
async fn a_stranger_cannot_escape_the_limit_of_sign_ins_by_naming_ever_new_addresses() {
    let house = behind_a_proxy(ForwardHeader::XForwardedFor).await;
    for number in 0..5 {
        let request = login(&house, "wrong password", STRANGER);
        let reply = Reply::of(request.header("x-forwarded-for", format!("203.0.113.{number}"))).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    let request = login(&house, ADMIN_PASSWORD, STRANGER);
    let limited = Reply::of(request.header("x-forwarded-for", "203.0.113.77")).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    house.stop().await;
}

#[tokio::test]
async fn clients_behind_one_proxy_are_limited_one_by_one() {
    let house = behind_a_proxy(ForwardHeader::Forwarded).await;
    for _ in 0..5 {
        let request = login(&house, "wrong password", PROXY);
        let reply = Reply::of(request.header("forwarded", "for=203.0.113.9;proto=https")).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    let asked = async |client: &str| {
        let request = login(&house, ADMIN_PASSWORD, PROXY);
        Reply::of(request.header("forwarded", format!("for={client}")))
            .await
            .status
    };
    assert_eq!(asked("203.0.113.9").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(asked("198.51.100.4").await, StatusCode::OK);
    house.stop().await;
}

#[tokio::test]
async fn the_header_that_was_not_named_forges_nothing_even_through_the_proxy() {
    let house = behind_a_proxy(ForwardHeader::XForwardedFor).await;
    let request = login(&house, "wrong password", PROXY);
    // The proxy writes X-Forwarded-For and hands `Forwarded` on as the client sent it.
    let request = request
        .header("x-forwarded-for", "203.0.113.9")
        .header("forwarded", "for=6.6.6.6");
    assert_eq!(Reply::of(request).await.status, StatusCode::UNAUTHORIZED);
    let failed = house.events_of("auth.login.failed").await;
    assert_eq!(
        failed[0].source.ip,
        Some("203.0.113.9".parse().expect("an address"))
    );
    house.stop().await;
}

#[tokio::test]
async fn a_name_that_was_set_is_answered_and_a_proxy_that_was_asked_by_tls_makes_it_last() {
    let house = behind_a_proxy(ForwardHeader::XForwardedFor).await;
    let asked = async |host: &str, from, proto: &str| {
        let request = house.ask_from(&Stranger(()), Method::GET, "/healthz", from);
        Reply::of(request.header("host", host).header("x-forwarded-proto", proto)).await
    };
    let through = asked("vigia.example", PROXY, "https").await;
    assert_eq!(through.status, StatusCode::OK);
    assert_eq!(through.headers["strict-transport-security"], "max-age=31536000");
    let plain = asked("vigia.example", PROXY, "http").await;
    assert!(!plain.headers.contains_key("strict-transport-security"));
    let stranger = asked("vigia.example", STRANGER, "https").await;
    assert!(!stranger.headers.contains_key("strict-transport-security"));
    let elsewhere = asked("evil.example", PROXY, "https").await;
    assert_eq!(elsewhere.code(), "invalid_request");
    house.stop().await;
}
