//! The OpenAPI document: as committed, and whole.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use vigia_tests::platform::{House, Reply, Stranger};
use vigia_wire::Code;

fn document() -> Value {
    serde_json::to_value(vigia_server::router::openapi()).expect("JSON")
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
fn every_operation_says_what_it_is_for_and_what_a_problem_looks_like() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["operationId"].is_string(), "{method} {path}");
        }
    }
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
