//! Walks the OpenAPI document: nothing answers without a credential, and no key does what it was not given.
//!
//! A new operation is covered by being there. What is open to everybody says so in the document.

use crate::openapi::{document, operations};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestApp};

/// Operations that any key may call, whatever it was given: is this credential valid, which key is this?
const ANY_KEY: &[&str] = &["validateAccessToken", "getMyApiKey"];

/// All that is open to everybody. An operation that only forgets to name its security fails for not being here.
const PUBLIC: &[&str] = &[
    "getPublicConfig",
    "getPublicConfigDefaults",
    "getServerConfig",
    "getServerFeatures",
    "getServerVersion",
    "getSupportedMediaTypes",
    "getVersionHistory",
    "login",
    "pingServer",
    "signUpAdmin",
];

#[tokio::test]
async fn nothing_answers_without_a_credential() {
    let test = TestApp::start().await;
    let document = document();
    for (method, path, operation) in operations(&document) {
        let answer = call(&test.anonymous(), &document, (&method, &path, &operation)).await;
        if is_public(&operation) {
            let name = operation["operationId"].as_str().unwrap();
            assert!(PUBLIC.contains(&name), "{method} {path} names no security, and is not in PUBLIC");
            assert_ne!(answer.json()["message"], "Authentication required", "{method} {path} is declared public");
        } else {
            assert_eq!(answer.status, 401, "{method} {path} answered {}", answer.text());
            assert_eq!(answer.json()["message"], "Authentication required", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_token_is_no_token() {
    let test = TestApp::start().await;
    let document = document();
    for (method, path, operation) in operations(&document) {
        let client = test.anonymous();
        let answer = call(&client, &document, (&method, &format!("{path}?sessionKey=nonsense"), &operation)).await;
        if !is_public(&operation) {
            assert_eq!(answer.status, 401, "{method} {path} answered {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_key_does_only_what_it_was_given() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    // No operation of this product asks for the one right that these keys have between them.
    let key = ann.with_api_key(&["folder.read"]).await;
    let other_key = ann.with_api_key(&["archive.read"]).await;
    let document = document();
    for (method, path, operation) in operations(&document) {
        if is_public(&operation) {
            continue;
        }
        let name = operation["operationId"].as_str().unwrap();
        if ANY_KEY.contains(&name) {
            continue;
        }
        // What names no right of its own takes a key with all of them.
        let permission = operation["x-immich-permission"].as_str().unwrap_or("all");
        let client = if permission == "folder.read" { &other_key } else { &key };
        let answer = call(client, &document, (&method, &path, &operation)).await;
        answer_is(&answer, 403, &format!("Missing required permission: {permission}"), name);
    }
}

#[tokio::test]
async fn administration_is_for_administrators_and_says_so() {
    let test = TestApp::start().await;
    let bob = test.bob().await;
    let document = document();
    for (method, path, operation) in operations(&document) {
        if is_public(&operation) || operation["operationId"] == "logout" {
            continue;
        }
        let answer = call(&bob, &document, (&method, &path, &operation)).await;
        let is_refused = answer.status == 403 && answer.json()["message"] == "Forbidden";
        let is_marked = operation["x-immich-admin-only"] == true;
        assert_eq!(is_refused, is_marked, "{method} {path}: marked {is_marked}, answered {}", answer.text());
    }
}

fn answer_is(answer: &Answer, status: u16, message: &str, name: &str) {
    assert_eq!(answer.status, status, "{name} answered {}", answer.text());
    assert_eq!(answer.json()["message"], message, "{name}");
}

/// The document has no requirement for all operations: one that names none has none.
fn is_public(operation: &Value) -> bool {
    operation["security"].as_array().is_none_or(Vec::is_empty)
}

/// Calls an operation with values that fit its schemas and name nothing that exists.
async fn call(client: &Client, document: &Value, (method, path, operation): (&str, &str, &Value)) -> Answer {
    let (mut path, mut query) = (path.to_owned(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let value = plain(&example(document, &parameter["schema"]));
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), &value);
        } else if parameter["in"] == "query" && parameter["required"] == true {
            query.push((name.to_owned(), value));
        }
    }
    let mut request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), &path).query(&query);
    let content = &operation["requestBody"]["content"];
    if let Some(json) = content.get("application/json") {
        request = request.json(&example(document, &json["schema"]));
    } else if content.get("multipart/form-data").is_some() {
        request = request.multipart(reqwest::multipart::Form::new().text("name", "value"));
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

/// The smallest value that fits a schema.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    for combined in ["oneOf", "anyOf", "allOf"] {
        if let Some(choice) = schema[combined].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null")) {
            return example(document, choice);
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|options| options.first()) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned().unwrap_or_default(),
        kind => kind.clone(),
    };
    match kind.as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields = required.map(|name| (name.to_owned(), example(document, &schema["properties"][name])));
            Value::Object(fields.collect())
        }
        Some("array") if schema["minItems"].as_u64() > Some(0) => json!([example(document, &schema["items"])]),
        Some("array") => json!([]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        _ => json!(text(schema)),
    }
}

fn text(schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("uuid") => uuid::Uuid::new_v4().to_string(),
        Some("email") => "nobody@example.com".to_owned(),
        Some("date-time") => "2024-05-01T10:00:00.000Z".to_owned(),
        Some("date") => "2024-05-01".to_owned(),
        // Licence keys and PINs are the only texts with a pattern.
        _ if schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with("^IM")) => {
            format!("IMCL{}", "-0000".repeat(8))
        }
        _ if schema["pattern"].is_string() => "123456".to_owned(),
        _ => "x".repeat(schema["minLength"].as_u64().unwrap_or(1).max(1) as usize),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
