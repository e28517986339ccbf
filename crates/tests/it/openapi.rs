//! The API as clients get it stands in `openapi/`, from which the web client is made.

use crate::generated::compare_or_write;
use model::permission::Permission;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

pub fn document() -> Value {
    serde_json::to_value(server::openapi::document()).unwrap()
}

/// Method, path and operation of everything there is.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete", "head"] {
            if let Some(operation) = item.get(method) {
                operations.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    operations
}

#[test]
fn the_document_in_git_is_the_one_the_server_serves() {
    let mut document = document();
    sort_keys(&mut document);
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    compare_or_write("openapi/ferrotype.json", &text);
}

/// Some come out of a hash map, and whether the others keep their order depends on how serde_json was built.
fn sort_keys(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<String, Value> = std::mem::take(fields).into_iter().collect();
            fields.extend(sorted);
            fields.values_mut().for_each(sort_keys);
        }
        Value::Array(items) => items.iter_mut().for_each(sort_keys),
        _ => {}
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_tag() {
    let mut names = HashSet::new();
    for (method, path, operation) in operations(&document()) {
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operation id"));
        assert!(names.insert(name.to_owned()), "{name} stands for two operations");
        assert!(operation["tags"][0].is_string(), "{name} has no tag");
        assert!(
            operation["summary"].is_string() || operation["description"].is_string(),
            "{name} says nothing of itself"
        );
    }
    assert!(!names.is_empty());
}

#[test]
fn permissions_are_those_that_keys_can_have() {
    for (_, _, operation) in operations(&document()) {
        if let Some(permission) = operation["x-immich-permission"].as_str() {
            assert!(permission.parse::<Permission>().is_ok(), "{}: {permission}", operation["operationId"]);
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                }
                pending.extend(fields.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
}
