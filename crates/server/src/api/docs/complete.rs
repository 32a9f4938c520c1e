//! What the annotations of the handlers leave out of the OpenAPI document: a description where the
//! summary says it all, an example of request and answer, and the codes of the problems.
//!
//! All of it stands in `examples.json`, one entry for each operation. The suites hold each example
//! against a real answer, so that none shows what the platform does not say.

use serde_json::{Map, Value, json};
use vigia_wire::problem::{Code, Problem};

/// The entries, by `METHOD /path`.
const EXAMPLES: &str = include_str!("examples.json");

/// Codes of every operation that wants a token.
const OF_TOKENS: [Code; 2] = [Code::NotSignedIn, Code::SessionEnded];

/// What is said of the operations, by `METHOD /path`.
#[must_use]
pub fn examples() -> Map<String, Value> {
    serde_json::from_str(EXAMPLES).unwrap_or_default()
}

/// Completes a document.
pub fn complete(document: &mut Value) {
    let examples = examples();
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for (path, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            let name = format!("{} {path}", method.to_uppercase());
            if let (Some(said), Some(operation)) = (examples.get(&name), operation.as_object_mut()) {
                add(operation, said);
            }
        }
    }
}

fn add(operation: &mut Map<String, Value>, said: &Value) {
    if let Some(text) = said.get("description")
        && !operation.contains_key("description")
    {
        operation.insert("description".to_owned(), text.clone());
    }
    if let Some(example) = said.get("request")
        && let Some(body) = operation.get_mut("requestBody")
    {
        show(body, example);
    }
    let wants_token = operation.contains_key("security");
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(example) = said.get("response") {
        let done = responses
            .iter_mut()
            .filter(|(status, _)| status.starts_with(['1', '2']));
        done.for_each(|(_, response)| show(response, example));
    }
    let named = said.get("codes").and_then(Value::as_array).into_iter().flatten();
    let mut codes: Vec<Code> = named
        .filter_map(|code| {
            Code::ALL
                .iter()
                .copied()
                .find(|known| Some(known.as_str()) == code.as_str())
        })
        .collect();
    if wants_token {
        codes.extend(OF_TOKENS);
    }
    codes.dedup();
    for code in codes {
        problem(responses, code);
    }
}

/// Puts an example beside every schema of a body in JSON or text.
fn show(body: &mut Value, example: &Value) {
    let contents = body.get_mut("content").and_then(Value::as_object_mut);
    for (kind, content) in contents.into_iter().flatten() {
        if let Some(content) = content.as_object_mut()
            && !kind.starts_with("application/problem")
            && !content.contains_key("example")
        {
            content.insert("example".to_owned(), example.clone());
        }
    }
}

fn problem(responses: &mut Map<String, Value>, code: Code) {
    let words = format!("`{}`: {}.", code.as_str(), code.title());
    let status = code.status().to_string();
    if let Some(there) = responses.get_mut(&status).and_then(Value::as_object_mut) {
        let before = there
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !before.contains(&words) {
            let both = format!("{before} {words}");
            there.insert("description".to_owned(), both.into());
        }
        return;
    }
    let mut example = Problem::new(code, "what was attempted, and what to do next");
    example.request_id = "e4b118513a6a514d".to_owned();
    let response = json!({
        "description": words,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": example,
        }},
    });
    responses.insert(status, response);
}
