//! Express: winston's `[AUTH]` lines.

use crate::app::{App, folder, installed, kinds, run};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use tokio::process::Command;
use vigia_tests::platform::House;

/// The example with its packages beside it: Node looks for them nowhere else.
async fn ready() -> std::path::PathBuf {
    let packages = installed("express", "package-lock.json", "node", async |target: &Path| {
        for list in ["package.json", "package-lock.json", ".npmrc"] {
            std::fs::copy(folder("express").join(list), target.join(list)).expect("copied");
        }
        let mut npm = Command::new("npm");
        run(npm
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(target))
        .await;
    })
    .await;
    for source in ["app.js", "logger.js", "vigia-transport.js", "package.json"] {
        std::fs::copy(folder("express").join(source), packages.join(source)).expect("copied");
    }
    packages
}

#[tokio::test]
async fn the_express_example_tells_the_platform_what_happens() {
    let house = House::start().await;
    let mut command = Command::new("node");
    command
        .arg(ready().await.join("app.js"))
        .env("TZ", "America/Sao_Paulo");
    let app = App::start(&house, command, "express").await;
    let ana = json!({"email": "ana@example.com", "password": "outra senha longa"});
    let wrong = json!({"email": "ana@example.com", "password": "hunter2"});
    assert_eq!(app.post("/api/register", None, ana.clone()).await.0, 201);
    let (status, signed_in) = app.post("/api/login", None, ana).await;
    assert_eq!(status, 200);
    let token = signed_in["token"].as_str().expect("a token");
    for _ in 0..5 {
        assert_eq!(app.post("/api/login", None, wrong.clone()).await.0, 401);
    }
    assert_eq!(app.post("/api/login", None, wrong).await.0, 429);
    let new = json!({"password": "uma nova senha longa"});
    assert_eq!(app.post("/api/password", Some(token), new.clone()).await.0, 200);
    assert_eq!(
        app.post("/api/password", Some(token), new).await.0,
        401,
        "older tokens end"
    );
    let events = app.stop(&house, "shop").await;
    assert_eq!(
        kinds(&events),
        BTreeMap::from([
            ("account.password.changed", 1),
            ("account.user.registered", 1),
            ("auth.login.failed", 5),
            ("auth.login.limited", 1),
            ("auth.login.succeeded", 1),
            ("auth.token.invalid", 1),
        ])
    );
    for event in &events {
        assert_eq!(
            event.source.ip.map(|ip| ip.to_string()).as_deref(),
            Some("127.0.0.1")
        );
        // winston prints the local time and no zone; the transport says which it is.
        let line: serde_json::Value = serde_json::from_slice(&event.raw.0).expect("a JSON line");
        let printed = line["timestamp"].as_str().expect("a time");
        let local =
            chrono::NaiveDateTime::parse_from_str(printed, "%Y-%m-%d %H:%M:%S").expect("winston's form");
        assert_eq!(
            event.time.naive_utc(),
            local + chrono::TimeDelta::hours(3),
            "Brazil is three hours behind"
        );
    }
    let printed = serde_json::to_string(&events).expect("JSON");
    assert!(
        !printed.contains("hunter2") && !printed.contains(token),
        "no secret is logged"
    );
    house.stop().await;
}
