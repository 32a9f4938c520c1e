//! How often one may try, and that a stranger locks nobody out.

use chrono::TimeDelta;
use reqwest::StatusCode;
use std::net::{IpAddr, Ipv4Addr};
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};

const OWNER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));

#[tokio::test]
async fn the_sixth_failure_waits_with_retry_after_even_with_the_right_password() {
    let house = House::start().await;
    for _ in 0..5 {
        let refused = house.try_login(ADMIN_EMAIL, "wrong password", STRANGER).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let limited = house.try_login(ADMIN_EMAIL, ADMIN_PASSWORD, STRANGER).await;
    assert_eq!(
        (limited.status, limited.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts")
    );
    let wait: i64 = limited.headers["retry-after"]
        .to_str()
        .expect("text")
        .parse()
        .expect("seconds");
    assert!((890..=900).contains(&wait), "{wait}");
    assert_eq!(limited.json()["retry_after"], wait);
    assert_eq!(house.events_of("auth.login.limited").await.len(), 1);
    house.clock.advance(TimeDelta::seconds(wait));
    let later = house.try_login(ADMIN_EMAIL, ADMIN_PASSWORD, STRANGER).await;
    assert_eq!(later.status, StatusCode::OK);
    house.stop().await;
}

#[tokio::test]
async fn a_stranger_cannot_lock_the_administrator_out() {
    let house = House::start().await;
    for _ in 0..30 {
        house.try_login(ADMIN_EMAIL, "wrong password", STRANGER).await;
    }
    let owner = house.try_login(ADMIN_EMAIL, ADMIN_PASSWORD, OWNER).await;
    assert_eq!(owner.status, StatusCode::OK);
    house.stop().await;
}

#[tokio::test]
async fn an_address_gets_twenty_failures_whatever_the_accounts() {
    let house = House::start().await;
    for account in 0..20 {
        let email = format!("user{account}@vigia.example");
        let refused = house.try_login(&email, "wrong password", STRANGER).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let limited = house.try_login(ADMIN_EMAIL, ADMIN_PASSWORD, STRANGER).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    let failed = house.events_of("auth.login.failed").await;
    assert_eq!(failed.iter().map(|event| event.count).sum::<u32>(), 20);
    house.stop().await;
}

#[tokio::test]
async fn signing_in_again_and_again_is_never_limited() {
    let house = House::start().await;
    for _ in 0..25 {
        let reply = house.try_login(ADMIN_EMAIL, ADMIN_PASSWORD, OWNER).await;
        assert_eq!(reply.status, StatusCode::OK);
    }
    house.stop().await;
}
