//! The OpenAPI document: as committed, and whole.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use vigia_tests::platform::{House, Reply, Stranger};
use vigia_wire::Code;

fn document() -> Value {
    vigia_server::router::openapi()
}

/// Every operation, as `METHOD /path`.
pub fn operations() -> Vec<String> {
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let mut all = Vec::new();
    for (path, methods) in paths {
        for method in methods.as_object().expect("methods").keys() {
            all.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    all
}

#[test]
fn the_document_is_the_committed_one() {
    let text = serde_json::to_string_pretty(&document()).expect("JSON");
    insta::assert_snapshot!("openapi", text);
}

#[test]
fn every_operation_says_what_it_is_for_and_shows_request_answer_and_problems() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut findings = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let mut need = |what: &str, there: bool| {
                if !there {
                    findings.push(format!("{method} {path}: {what}"));
                }
            };
            for text in ["summary", "description", "operationId"] {
                need(
                    text,
                    operation[text].as_str().is_some_and(|text| !text.is_empty()),
                );
            }
            for (_, body) in contents(&operation["requestBody"]) {
                need("an example of the request", !body["example"].is_null());
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                need(
                    "a description of each parameter",
                    parameter["description"].is_string(),
                );
            }
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let good = status.starts_with(['1', '2']);
                for (kind, body) in contents(response) {
                    if good && kind == "application/json" && path != "/v1/openapi.json" {
                        need("an example of the answer", !body["example"].is_null());
                    }
                    if !good && status != "default" && status != "503" {
                        need("a problem's example", body["example"]["code"].is_string());
                    }
                }
            }
            let secured = operation.get("security").is_some();
            need(
                "401 where it wants a token",
                !secured || operation["responses"]["401"].is_object(),
            );
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

fn contents(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value["content"].as_object().into_iter().flatten()
}

/// Where a real answer has something else than the example shows: a field of another type, a field that
/// one has and the other lacks. Fields that may be absent are `null` on either side.
fn differences(at: &str, shown: &Value, real: &Value, found: &mut Vec<String>) {
    match (shown, real) {
        (Value::Object(shown), Value::Object(real)) => {
            let names: std::collections::BTreeSet<&String> = shown.keys().chain(real.keys()).collect();
            for name in names {
                let none = Value::Null;
                let (one, other) = (shown.get(name).unwrap_or(&none), real.get(name).unwrap_or(&none));
                differences(&format!("{at}.{name}"), one, other, found);
            }
        }
        (Value::Array(shown), Value::Array(real)) => {
            if let Some(one) = shown.first() {
                real.iter()
                    .for_each(|other| differences(&format!("{at}[]"), one, other, found));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (one, other) => {
            if std::mem::discriminant(one) != std::mem::discriminant(other) {
                found.push(format!("{at}: shown {one}, real {other}"));
            }
        }
    }
}

#[tokio::test]
async fn every_example_of_an_answer_is_shaped_as_the_real_one() {
    let house = House::start().await;
    let examples = vigia_server::api::docs::examples();
    let names: Vec<String> = examples.keys().cloned().collect();
    let mut operations = operations();
    operations.sort();
    assert_eq!(
        names, operations,
        "examples.json has one entry for each operation"
    );
    let count = crate::authorization::all(&house).await.len();
    let mut found = Vec::new();
    for index in 0..count {
        let admin = house.admin().await;
        let key = house.ingest_key().await;
        let all = crate::authorization::all(&house).await;
        let operation = &all[index];
        let Some(shown) = examples[operation.name].get("response") else {
            continue;
        };
        if operation.name == "GET /v1/stream" {
            // Its messages are held against docs/stream.md in `stream`.
            continue;
        }
        let request = match operation.name {
            "POST /v1/ingest/events" => operation.request(&house, &key),
            _ => operation.request(&house, &admin),
        };
        let reply = Reply::of(request).await;
        assert!(reply.status.is_success(), "{}: {}", operation.name, reply.text());
        differences(operation.name, shown, &reply.json(), &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
    house.stop().await;
}

#[test]
fn every_code_is_explained_in_the_page_about_errors() {
    let page = std::fs::read_to_string(vigia_tests::root().join("docs/errors.md")).expect("docs/errors.md");
    for code in Code::ALL {
        let row = format!("| `{}` | {} |", code.as_str(), code.status());
        assert!(page.contains(&row), "{row}");
    }
}

#[tokio::test]
async fn the_document_and_its_page_are_served_without_reaching_out() {
    let house = House::start().await;
    let served = Reply::of(house.ask(&Stranger(()), Method::GET, "/v1/openapi.json")).await;
    assert_eq!(served.json(), document());
    let page = Reply::of(house.ask(&Stranger(()), Method::GET, "/docs/")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(text.contains("swagger") && !text.contains("https://"), "{text}");
    house.stop().await;
}
