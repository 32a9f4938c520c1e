//! Whatever goes wrong answers with a problem of the closed list.

use reqwest::{Method, StatusCode};
use vigia_tests::platform::{House, Reply, Stranger};
use vigia_tests::tamper;

#[tokio::test]
async fn what_no_handler_answers_is_a_problem_too() {
    let house = House::start().await;
    let admin = house.admin().await;
    let ask = |method: Method, path: &str| house.ask(&admin, method, path);
    let cases = [
        (ask(Method::GET, "/v1/nothing"), 404, "not_found"),
        (ask(Method::GET, "/"), 404, "not_found"),
        (ask(Method::PUT, "/v1/auth/login"), 405, "method_not_allowed"),
        (
            ask(Method::POST, "/v1/auth/login").body("{}"),
            415,
            "unsupported_media",
        ),
        (
            ask(Method::POST, "/v1/auth/login")
                .header("content-type", "application/json")
                .body("{"),
            400,
            "invalid_request",
        ),
        (
            ask(Method::POST, "/v1/auth/login").json(&serde_json::json!({"email": 1})),
            400,
            "invalid_request",
        ),
        (
            ask(Method::POST, "/v1/auth/login").json(&"x".repeat(70_000)),
            413,
            "too_large",
        ),
        (ask(Method::GET, "/v1/sync?after=x"), 400, "invalid_request"),
        (ask(Method::GET, "/v1/sync?unknown=1"), 400, "invalid_request"),
        (ask(Method::GET, "/v1/sync?limit=0"), 400, "invalid_request"),
        (ask(Method::GET, "/v1/stream"), 400, "invalid_request"),
        (
            ask(Method::GET, "/v1/ledger/inclusion?seq=9&size=1000000"),
            400,
            "invalid_request",
        ),
        (
            ask(Method::GET, "/v1/ledger/consistency?from=2&to=1"),
            400,
            "invalid_request",
        ),
        (ask(Method::GET, "/v1/ledger/tile/0/x000/000"), 404, "not_found"),
        (ask(Method::GET, "/v1/ledger/tile/0/999"), 404, "not_found"),
    ];
    for (request, status, code) in cases {
        let reply = Reply::of(request).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code));
    }
    house.stop().await;
}

#[tokio::test]
async fn another_machines_name_is_refused_and_no_page_elsewhere_may_read() {
    let house = House::start().await;
    let request = house
        .ask(&Stranger(()), Method::GET, "/healthz")
        .header("host", "evil.example");
    let refused = Reply::of(request).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_REQUEST, "invalid_request")
    );
    let request = house
        .ask(&Stranger(()), Method::GET, "/healthz")
        .header("origin", "https://evil.example");
    let answer = Reply::of(request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.headers.get("access-control-allow-origin").is_none());
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
    house.stop().await;
}

#[tokio::test]
async fn health_needs_no_sign_in() {
    let house = House::start().await;
    for path in ["/healthz", "/readyz"] {
        let health = Reply::of(house.ask(&Stranger(()), Method::GET, path)).await;
        assert_eq!(
            (health.status, health.json()["status"].as_str()),
            (StatusCode::OK, Some("ok")),
            "{path}"
        );
    }
    house.stop().await;
}

#[tokio::test]
async fn a_platform_whose_last_commit_failed_is_not_ready_until_one_works() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let ready = async || Reply::of(house.ask(&Stranger(()), Method::GET, "/readyz")).await;
    tamper::refuse_rows(house.folder(), "head")
        .await
        .expect("refused");
    let refused = house.ingest(&key, "", "a line\n").await;
    assert!(refused.status.is_server_error(), "{}", refused.text());
    let failing = ready().await;
    assert_eq!(failing.status, StatusCode::SERVICE_UNAVAILABLE);
    let health = failing.json();
    assert_eq!(health["status"], "failing");
    assert_eq!(health["checks"]["ledger"], "failing");
    assert_eq!(health["checks"]["serving"], "ok");
    let alive = Reply::of(house.ask(&Stranger(()), Method::GET, "/healthz")).await;
    assert_eq!(alive.status, StatusCode::OK);

    let again = tamper::drop_trigger(house.folder(), "no_room", "head").await;
    again.expect("room");
    let taken = house.ingest(&key, "", "a line\n").await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
    assert_eq!(ready().await.status, StatusCode::OK);
    house.stop().await;
}
