//! FastAPI: an `AuditLogger` of the application's own.

use crate::app::{App, kinds, python};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::process::Command;
use vigia_tests::platform::House;

#[tokio::test]
async fn the_fastapi_example_tells_the_platform_what_happens() {
    let house = House::start().await;
    let mut command = Command::new("python3");
    command.args([
        "-m",
        "uvicorn",
        "app:app",
        "--host",
        "127.0.0.1",
        "--log-level",
        "warning",
    ]);
    command
        .env("PYTHONPATH", python("fastapi").await)
        .env("ADMIN_PASSWORD", "uma senha longa e boa");
    let app = App::start(&house, command, "fastapi").await;
    let ana = json!({"username": "ana", "password": "outra senha longa"});
    let (status, made) = app.post("/users", None, ana.clone()).await;
    assert_eq!(status, 201);
    let id = made["id"].as_str().expect("an id");
    assert_eq!(
        app.post("/login", None, json!({"username": "ana", "password": "hunter2"}))
            .await
            .0,
        401
    );
    let (_, signed_in) = app.post("/login", None, ana).await;
    let token = signed_in["access_token"].as_str().expect("a token");
    assert_eq!(app.get(&format!("/users/{id}/export"), Some(token)).await.0, 200);
    assert_eq!(app.delete("/users/somebody-else/data", Some(token)).await.0, 403);
    assert_eq!(app.delete(&format!("/users/{id}/data"), Some(token)).await.0, 200);
    let events = app.stop(&house, "isp-support").await;
    assert_eq!(
        kinds(&events),
        BTreeMap::from([
            ("access.request.denied", 1),
            ("account.user.registered", 1),
            ("auth.login.failed", 1),
            ("auth.login.succeeded", 1),
            ("data.subject.erased", 1),
            ("data.subject.exported", 1),
        ])
    );
    for event in &events {
        assert_eq!(event.target.kind.as_deref(), Some("user"));
        assert!(event.details["id"].is_string() && event.details["event_type"].is_string());
    }
    let erased = events
        .iter()
        .find(|event| event.kind.as_str() == "data.subject.erased")
        .expect("an erasure");
    assert_eq!(erased.target.id.as_deref(), Some(id));
    let printed = serde_json::to_string(&events).expect("JSON");
    assert!(
        !printed.contains("hunter2") && !printed.contains(token),
        "no secret is logged"
    );
    house.stop().await;
}
