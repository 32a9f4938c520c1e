//! Who may do what: every operation of the OpenAPI document as every persona, compared with the
//! table in docs/authorization.md. `UPDATE=1` writes the table.

use crate::document::operations;
use reqwest::header::{CONNECTION, UPGRADE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use vigia_tests::platform::{
    ADMIN_EMAIL, ADMIN_PASSWORD, Admin, House, IngestKey, Persona, Reply, Stranger, VIEWER_EMAIL,
    VIEWER_PASSWORD, Viewer,
};

const BEGIN: &str = "<!-- matrix: written by UPDATE=1, compared by tests/api/authorization.rs -->";
const END: &str = "<!-- end of matrix -->";

/// One operation: its name in the document, and how to call it so that nothing but the right to do
/// it can be missing.
pub struct Operation {
    /// As `METHOD /path`.
    pub name: &'static str,
    path: String,
    body: Body,
}

enum Body {
    None,
    Json(Value),
    Text(&'static str),
    WebSocket,
}

impl Operation {
    pub fn request<P: Persona>(&self, house: &House, persona: &P) -> RequestBuilder {
        let method = self.name.split(' ').next().expect("a method");
        let method: Method = method.parse().expect("a method");
        let request = house.ask(persona, method, &self.path);
        match &self.body {
            Body::None => request,
            Body::Json(value) => request.json(value),
            Body::Text(text) => request.body(*text),
            Body::WebSocket => request
                .header(CONNECTION, "upgrade")
                .header(UPGRADE, "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        }
    }
}

/// Every operation, with what it needs made afresh.
pub async fn all(house: &House) -> Vec<Operation> {
    let admin = house.admin().await;
    let made = house.ask(&admin, Method::POST, "/v1/api-keys");
    let made = made
        .json(&json!({"name": "victim", "permissions": ["events:write"]}))
        .send()
        .await;
    let made: Value = made.expect("an answer").json().await.expect("a key");
    let victim = made["id"].as_str().expect("an id");
    let session = Reply::of(house.ask(&admin, Method::GET, "/v1/auth/session"))
        .await
        .json();
    let session = session["session_id"].as_str().expect("an id");
    let settings = Reply::of(house.ask(&admin, Method::GET, "/v1/settings"))
        .await
        .json();
    let version = &settings["version"];
    let login = json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD});
    let refresh = json!({"refresh_token": admin.0.refresh_token});
    let new_key = json!({"name": "new", "permissions": ["events:write"]});
    let operation = |name, path: &str, body| Operation {
        name,
        path: path.to_owned(),
        body,
    };
    vec![
        operation("POST /v1/auth/login", "/v1/auth/login", Body::Json(login)),
        operation("POST /v1/auth/refresh", "/v1/auth/refresh", Body::Json(refresh)),
        operation("POST /v1/auth/logout", "/v1/auth/logout", Body::None),
        operation("GET /v1/auth/session", "/v1/auth/session", Body::None),
        operation("GET /v1/auth/jwks", "/v1/auth/jwks", Body::None),
        operation("POST /v1/api-keys", "/v1/api-keys", Body::Json(new_key)),
        operation("GET /v1/api-keys", "/v1/api-keys", Body::None),
        operation(
            "GET /v1/api-keys/{id}",
            &format!("/v1/api-keys/{victim}"),
            Body::None,
        ),
        operation(
            "DELETE /v1/api-keys/{id}",
            &format!("/v1/api-keys/{victim}"),
            Body::None,
        ),
        operation(
            "POST /v1/ingest/events",
            "/v1/ingest/events",
            Body::Text("a line\n"),
        ),
        operation(
            "POST /v1/exports",
            "/v1/exports",
            Body::Json(crate::export::record(528)),
        ),
        operation("GET /v1/sessions", "/v1/sessions", Body::None),
        operation("DELETE /v1/sessions", "/v1/sessions", Body::None),
        operation(
            "DELETE /v1/sessions/{id}",
            &format!("/v1/sessions/{session}"),
            Body::None,
        ),
        operation("GET /v1/settings", "/v1/settings", Body::None),
        operation(
            "PATCH /v1/settings",
            "/v1/settings",
            Body::Json(json!({"platform_name": "Acme", "version": version})),
        ),
        operation("GET /v1/events", "/v1/events?limit=1", Body::None),
        operation("GET /v1/events/{seq}", "/v1/events/0", Body::None),
        operation("GET /metrics", "/metrics", Body::None),
        operation("GET /v1/sync", "/v1/sync?limit=1", Body::None),
        operation("GET /v1/stream", "/v1/stream", Body::WebSocket),
        operation("GET /v1/ledger/key", "/v1/ledger/key", Body::None),
        operation("GET /v1/ledger/checkpoint", "/v1/ledger/checkpoint", Body::None),
        operation(
            "GET /v1/ledger/inclusion",
            "/v1/ledger/inclusion?seq=0&size=1",
            Body::None,
        ),
        operation(
            "GET /v1/ledger/consistency",
            "/v1/ledger/consistency?from=1&to=2",
            Body::None,
        ),
        operation(
            "GET /v1/ledger/tile/{level}/{*index}",
            "/v1/ledger/tile/0/000.p/1",
            Body::None,
        ),
        operation("POST /v1/sample", "/v1/sample", Body::None),
        operation("GET /healthz", "/healthz", Body::None),
        operation("GET /readyz", "/readyz", Body::None),
        operation("GET /v1/openapi.json", "/v1/openapi.json", Body::None),
    ]
}

/// One persona's column: every operation with a persona and objects of its own.
async fn column<P: Persona>(house: &House, persona: impl AsyncFn(&House) -> P) -> Vec<u16> {
    let count = all(house).await.len();
    let mut statuses = Vec::with_capacity(count);
    for index in 0..count {
        let who = persona(house).await;
        let operations = all(house).await;
        let answer = operations[index]
            .request(house, &who)
            .send()
            .await
            .expect("an answer");
        statuses.push(answer.status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn the_matrix_is_what_the_document_says() {
    let house = House::start().await;
    house.viewer().await;
    let stranger = column(&house, async |_: &House| Stranger(())).await;
    let viewer = column(&house, async |house: &House| {
        Viewer(house.login(VIEWER_EMAIL, VIEWER_PASSWORD).await)
    })
    .await;
    let key = column(&house, async |house: &House| house.ingest_key().await).await;
    let admin = column(&house, async |house: &House| house.admin().await).await;
    let names = [Stranger::NAME, Viewer::NAME, IngestKey::NAME, Admin::NAME];
    let mut table = format!("| operation | {} |\n|---|---|---|---|---|\n", names.join(" | "));
    for (index, operation) in all(&house).await.iter().enumerate() {
        let cells = [&stranger, &viewer, &key, &admin].map(|column| column[index].to_string());
        let _ = writeln!(table, "| `{}` | {} |", operation.name, cells.join(" | "));
    }
    house.stop().await;

    let file = vigia_tests::root().join("docs/authorization.md");
    let text = std::fs::read_to_string(&file).expect("docs/authorization.md");
    let (before, rest) = text.split_once(BEGIN).expect("the matrix begins");
    let (committed, after) = rest.split_once(END).expect("the matrix ends");
    if wants_update() {
        std::fs::write(&file, format!("{before}{BEGIN}\n{table}{END}{after}")).expect("written");
    } else {
        assert_eq!(
            committed.trim(),
            table.trim(),
            "UPDATE=1 writes docs/authorization.md anew"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how a test is told to write what it compares"
)]
pub fn wants_update() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}

#[tokio::test]
async fn every_operation_of_the_document_is_in_the_matrix() {
    let house = House::start().await;
    let listed: BTreeSet<String> = all(&house).await.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(listed, operations().into_iter().collect());
    house.stop().await;
}

#[tokio::test]
async fn what_is_refused_for_want_of_a_permission_is_told_to_the_ledger() {
    let house = House::start().await;
    let viewer = house.viewer().await;
    for _ in 0..3 {
        let refused = house
            .ask(&viewer, Method::POST, "/v1/sample")
            .send()
            .await
            .expect("an answer");
        assert_eq!(refused.status().as_u16(), 403);
        let problem: Value = refused.json().await.expect("a problem");
        assert_eq!(problem["code"], "denied");
        assert!(problem["detail"].as_str().expect("text").contains("platform:run"));
    }
    let told = house.events_of("access.request.denied").await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].count, told[0].actor.email.as_deref()),
        (3, Some(VIEWER_EMAIL))
    );
    assert_eq!(told[0].source.ip, Some(Ipv4Addr::LOCALHOST.into()));
    house.stop().await;
}
