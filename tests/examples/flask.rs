//! Flask: structured logs for requests, audit records for security.

use crate::app::{App, kinds, python};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::process::Command;
use vigia_tests::platform::House;

#[tokio::test]
async fn the_flask_example_tells_the_platform_what_happens() {
    let house = House::start().await;
    let mut command = Command::new("python3");
    command.arg("app.py").env("PYTHONPATH", python("flask").await);
    command.env("ADMIN_PASSWORD", "uma senha longa e boa");
    let app = App::start(&house, command, "flask").await;
    let ana = json!({"email": "ana@example.com", "password": "outra senha longa"});
    let wrong = json!({"email": "ana@example.com", "password": "hunter2-hunter2"});
    let admin = json!({"email": "admin@example.com", "password": "uma senha longa e boa"});
    assert_eq!(app.post("/api/register", None, ana.clone()).await.0, 201);
    assert_eq!(app.post("/api/login", None, wrong).await.0, 400);
    let (status, signed_in) = app.post("/api/login", None, ana).await;
    assert_eq!(status, 200);
    let token = signed_in["token"].as_str().expect("a token");
    assert_eq!(app.get("/api/me", Some(token)).await.0, 200);
    assert_eq!(app.get("/api/me", Some("forged")).await.0, 401);
    let role = "/api/users/ana@example.com/role";
    assert_eq!(app.post(role, Some(token), json!({"role": "admin"})).await.0, 403);
    let (_, signed_in) = app.post("/api/login", None, admin).await;
    let token = signed_in["token"].as_str().expect("a token");
    assert_eq!(
        app.post(role, Some(token), json!({"role": "manager"})).await.0,
        200
    );
    let events = app.stop(&house, "agency").await;
    let mut counted = kinds(&events);
    assert!(
        counted.remove("app.log") >= Some(8),
        "one structured line a request"
    );
    assert_eq!(
        counted,
        BTreeMap::from([
            ("access.request.denied", 2),
            ("account.user.registered", 1),
            ("auth.login.failed", 1),
            ("auth.login.succeeded", 2),
            ("user.role.changed", 1),
        ])
    );
    let changed = events
        .iter()
        .find(|event| event.kind.as_str() == "user.role.changed")
        .expect("a change");
    assert_eq!(changed.actor.email.as_deref(), Some("admin@example.com"));
    assert_eq!(changed.target.email.as_deref(), Some("ana@example.com"));
    assert_eq!(
        serde_json::to_value(&changed.changes).expect("JSON"),
        json!([{"field": "role", "old": "user", "new": "manager"}])
    );
    assert_eq!(
        changed.source.ip.map(|ip| ip.to_string()).as_deref(),
        Some("127.0.0.1")
    );
    assert!(events.iter().all(|event| event.trace_id.is_some()));
    let printed = serde_json::to_string(&events).expect("JSON");
    assert!(
        !printed.contains("hunter2") && !printed.contains(token),
        "no secret is logged"
    );
    house.stop().await;
}

#[test]
fn both_python_examples_carry_the_same_sender() {
    let read = |name: &str| std::fs::read(crate::app::folder(name).join("vigia.py")).expect("the file");
    assert!(read("flask") == read("fastapi"));
}
