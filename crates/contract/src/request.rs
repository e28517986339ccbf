//! From bytes to a request that is of the shape its operation publishes.
//!
//! What is checked is the very schema that stands in the OpenAPI document, so the two cannot disagree: a length or a
//! pattern is written once, on the field. All faults of a request are reported together, in the words clients know.

use crate::error::{Issue, PathStep};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{
    any::{TypeId, type_name},
    collections::HashMap,
    sync::{Arc, LazyLock, RwLock},
};
use utoipa::{IntoParams, ToSchema, openapi::path::ParameterIn};

/// Why a request was refused.
#[derive(Debug)]
pub enum Invalid {
    /// Not JSON at all.
    Malformed(String),
    Issues(Vec<Issue>),
}

/// Reads a JSON body. An empty body counts as `{}`: some clients leave it out when every field is optional.
pub fn from_json<T: DeserializeOwned + ToSchema + 'static>(body: &[u8]) -> Result<T, Invalid> {
    let value = if body.is_empty() {
        Value::Object(Map::new())
    } else {
        serde_json::from_slice(body).map_err(|error| Invalid::Malformed(error.to_string()))?
    };
    checked(&body_shape::<T>(), value)
}

/// Reads a query string; of a key that stands there twice the values become a list, if a list is wanted.
pub fn from_query<T: DeserializeOwned + IntoParams + 'static>(query: &str) -> Result<T, Invalid> {
    let shape = query_shape::<T>();
    let mut fields: Map<String, Value> = Map::new();
    for (key, text) in pairs(query) {
        let Some(schema) = shape.root["properties"].get(&key) else { continue };
        let schema = shape.resolve(schema);
        if schema["type"] == "array" {
            let item = typed(&text, shape.resolve(&schema["items"]));
            match fields.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(items) => items.push(item),
                _ => continue,
            }
        } else {
            fields.insert(key, typed(&text, schema));
        }
    }
    checked(&shape, Value::Object(fields))
}

/// Reads the text parts of a multipart form; a list or an object is written as JSON in its part.
pub fn from_form<T: DeserializeOwned + ToSchema + 'static>(parts: &[(String, String)]) -> Result<T, Invalid> {
    let shape = body_shape::<T>();
    let mut fields = Map::new();
    for (key, text) in parts {
        if let Some(schema) = shape.root["properties"].get(key) {
            fields.insert(key.clone(), typed(text, shape.resolve(schema)));
        }
    }
    checked(&shape, Value::Object(fields))
}

/// Tells a field that is `null` from one that is left out.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn checked<T: DeserializeOwned>(shape: &Shape, value: Value) -> Result<T, Invalid> {
    let mut issues = Vec::new();
    shape.check(&shape.root, &value, &mut Vec::new(), &mut issues);
    if !issues.is_empty() {
        return Err(Invalid::Issues(issues));
    }
    // What a schema cannot say (a date that does not exist) is found here.
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().iter().filter_map(path_step).collect();
        Invalid::Issues(vec![Issue { path, message: error.inner().to_string(), code: "custom" }])
    })
}

fn path_step(segment: &serde_path_to_error::Segment) -> Option<PathStep> {
    match segment {
        serde_path_to_error::Segment::Seq { index } => Some(PathStep::Index(*index)),
        serde_path_to_error::Segment::Map { key } => Some(PathStep::Key(key.clone())),
        _ => None,
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.as_bytes()).map(|(key, text)| (key.into_owned(), text.into_owned()))
}

/// A text as the JSON value that its schema asks for; what does not fit stays text and is then refused.
fn typed(text: &str, schema: &Value) -> Value {
    let parsed = match kind(schema) {
        Some("boolean") => text.parse::<bool>().ok().map(Value::Bool),
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("array" | "object") => serde_json::from_str(text).ok(),
        Some("number") => text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number),
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

// Shapes -------------------------------------------------------------------------------------------------------

/// The published schema of a request, with the schemas it refers to.
struct Shape {
    root: Value,
    components: HashMap<String, Value>,
    is_query: bool,
}

/// Built once per type: a request must not pay for the printing of its schema.
static SHAPES: LazyLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(RwLock::default);

fn remembered<T: 'static>(make: impl FnOnce() -> Shape) -> Arc<Shape> {
    let known = SHAPES.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&TypeId::of::<T>()).cloned();
    known.unwrap_or_else(|| {
        let shape = Arc::new(make());
        let mut shapes = SHAPES.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(shapes.entry(TypeId::of::<T>()).or_insert(shape))
    })
}

fn body_shape<T: ToSchema + 'static>() -> Arc<Shape> {
    remembered::<T>(|| {
        let mut referred = Vec::new();
        T::schemas(&mut referred);
        let components = referred.into_iter().map(|(name, schema)| (name, json(&schema, type_name::<T>()))).collect();
        Shape { root: json(&T::schema(), type_name::<T>()), components, is_query: false }
    })
}

fn query_shape<T: IntoParams + 'static>() -> Arc<Shape> {
    remembered::<T>(|| {
        let parameters = T::into_params(|| Some(ParameterIn::Query));
        let mut properties = Map::new();
        let mut required = Vec::new();
        for parameter in parameters {
            let parameter = json(&parameter, type_name::<T>());
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            if parameter["required"] == true {
                required.push(Value::String(name.clone()));
            }
            properties.insert(name, parameter["schema"].clone());
        }
        let root = serde_json::json!({"type": "object", "properties": properties, "required": required});
        Shape { root, components: HashMap::new(), is_query: true }
    })
}

fn json(schema: &impl serde::Serialize, of: &str) -> Value {
    serde_json::to_value(schema).unwrap_or_else(|error| panic!("the schema of {of} is plain JSON: {error}"))
}

/// The type a schema asks for, null left aside.
fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|&kind| kind != "null"),
        _ => None,
    }
}

// Checking -----------------------------------------------------------------------------------------------------

impl Shape {
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema["$ref"].as_str() else { return schema };
        let name = reference.rsplit('/').next().unwrap_or_default();
        self.components.get(name).map_or(&Value::Null, |schema| self.resolve(schema))
    }

    fn check(&self, schema: &Value, value: &Value, path: &mut Vec<PathStep>, issues: &mut Vec<Issue>) {
        let schema = self.resolve(schema);
        for combined in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[combined].as_array() {
                return self.check_choices(choices, value, path, issues);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            parts.iter().for_each(|part| self.check(part, value, path, issues));
        }
        let allows_null = schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
        if value.is_null() && allows_null {
            return;
        }
        if let Some(options) = schema["enum"].as_array() {
            if !options.contains(value) {
                let options: Vec<_> = options.iter().map(Value::to_string).collect();
                let message = format!("Invalid option: expected one of {}", options.join("|"));
                issues.push(Issue { path: path.clone(), message, code: "invalid_value" });
            }
            return;
        }
        let Some(kind) = kind(schema) else { return };
        if !is_of_kind(value, kind) {
            issues.push(self.wrong_type(kind, value, path));
            return;
        }
        match value {
            Value::Object(fields) => self.check_object(schema, fields, path, issues),
            Value::Array(items) => self.check_array(schema, items, path, issues),
            Value::String(text) => issues.extend(text_issue(schema, text, path)),
            Value::Number(number) => issues.extend(number_issue(schema, number, path)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// One of several: null or the real thing most of the time, so the faults of the last choice are the useful ones.
    fn check_choices(&self, choices: &[Value], value: &Value, path: &mut Vec<PathStep>, issues: &mut Vec<Issue>) {
        let mut last = Vec::new();
        for choice in choices {
            if choice["type"] == "null" {
                if value.is_null() {
                    return;
                }
                continue;
            }
            let mut found = Vec::new();
            self.check(choice, value, path, &mut found);
            if found.is_empty() {
                return;
            }
            last = found;
        }
        issues.append(&mut last);
    }

    fn check_object(
        &self,
        schema: &Value,
        fields: &Map<String, Value>,
        path: &mut Vec<PathStep>,
        issues: &mut Vec<Issue>,
    ) {
        let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
        let Some(properties) = schema["properties"].as_object() else { return };
        for (name, property) in properties {
            path.push(PathStep::Key(name.clone()));
            match fields.get(name) {
                // Clients that write null for "not given" were always understood.
                Some(Value::Null) if !required(name) => {}
                Some(value) => self.check(property, value, path, issues),
                None if required(name) => issues.push(self.missing(property, path)),
                None => {}
            }
            path.pop();
        }
    }

    fn check_array(&self, schema: &Value, items: &[Value], path: &mut Vec<PathStep>, issues: &mut Vec<Issue>) {
        if let Some(least) = schema["minItems"].as_u64()
            && (items.len() as u64) < least
        {
            let message = format!("Too small: expected array to have >={least} items");
            issues.push(Issue { path: path.clone(), message, code: "too_small" });
        }
        for (index, item) in items.iter().enumerate() {
            path.push(PathStep::Index(index));
            self.check(&schema["items"], item, path, issues);
            path.pop();
        }
    }

    fn missing(&self, schema: &Value, path: &[PathStep]) -> Issue {
        let schema = self.resolve(schema);
        if let Some(options) = schema["enum"].as_array() {
            let options: Vec<_> = options.iter().map(Value::to_string).collect();
            let message = format!("Invalid option: expected one of {}", options.join("|"));
            return Issue { path: path.to_vec(), message, code: "invalid_value" };
        }
        let expected = kind(schema).map_or("nonoptional", words_for);
        let message = format!("Invalid input: expected {expected}, received undefined");
        Issue { path: path.to_vec(), message, code: "invalid_type" }
    }

    fn wrong_type(&self, kind: &str, value: &Value, path: &[PathStep]) -> Issue {
        let path = path.to_vec();
        if self.is_query && kind == "boolean" {
            let message = "Invalid option: expected one of \"true\"|\"false\"".to_owned();
            return Issue { path, message, code: "invalid_value" };
        }
        let received = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) if self.is_query => "NaN",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let expected = if kind == "integer" && value.is_number() { "int" } else { words_for(kind) };
        Issue {
            path,
            message: format!("Invalid input: expected {expected}, received {received}"),
            code: "invalid_type",
        }
    }
}

fn words_for(kind: &str) -> &str {
    if kind == "integer" { "number" } else { kind }
}

fn is_of_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => true,
    }
}

pub(crate) const PIN_PATTERN: &str = r"^\d{6}$";
pub(crate) const LICENSE_KEY_PATTERN: &str = r"^IM(SV|CL)(-[\dA-Za-z]{4}){8}$";

pub(crate) const HEX_COLOR_PATTERN: &str = "^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$";

/// What the patterns say that requests use.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern {
        PIN_PATTERN => is_pin(text),
        LICENSE_KEY_PATTERN => is_license_key(text),
        HEX_COLOR_PATTERN => is_hex_color(text),
        _ => true,
    }
}

fn is_pin(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_license_key(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_group = |group: &str| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
    matches!(parts.next(), Some("IMSV" | "IMCL")) && parts.clone().count() == 8 && parts.all(is_group)
}

fn text_issue(schema: &Value, text: &str, path: &[PathStep]) -> Option<Issue> {
    let issue = |message: String, code| Some(Issue { path: path.to_vec(), message, code });
    let length = text.chars().count() as u64;
    match schema["format"].as_str() {
        Some("uuid") if text.parse::<uuid::Uuid>().is_err() => {
            return issue("Invalid UUID".to_owned(), "invalid_format");
        }
        Some("email") if !is_email(text) => return issue("Invalid email address".to_owned(), "invalid_format"),
        Some("date-time") if chrono::DateTime::parse_from_rfc3339(text).is_err() => {
            return issue("Invalid ISO datetime".to_owned(), "invalid_format");
        }
        Some("date") if text.parse::<chrono::NaiveDate>().is_err() => {
            return issue("Invalid ISO date".to_owned(), "invalid_format");
        }
        _ => {}
    }
    if let Some(pattern) = schema["pattern"].as_str().filter(|pattern| !fits(pattern, text)) {
        return issue(format!("Invalid string: must match pattern /{pattern}/"), "invalid_format");
    }
    match schema["minLength"].as_u64() {
        Some(least) if length < least => {
            issue(format!("Too small: expected string to have >={least} characters"), "too_small")
        }
        _ => None,
    }
}

fn number_issue(schema: &Value, number: &serde_json::Number, path: &[PathStep]) -> Option<Issue> {
    let number = number.as_f64()?;
    let issue = |message: String, code| Some(Issue { path: path.to_vec(), message, code });
    match (schema["minimum"].as_f64(), schema["maximum"].as_f64()) {
        (Some(least), _) if number < least => issue(format!("Too small: expected number to be >={least}"), "too_small"),
        (_, Some(most)) if number > most => issue(format!("Too big: expected number to be <={most}"), "too_big"),
        _ => None,
    }
}

/// One `@`, something before it, a host of dot-separated labels behind it.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let local_is_fine =
        !local.is_empty() && local.chars().all(|c| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c));
    let label_is_fine = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local_is_fine && host.split('.').all(label_is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{albums::CreateAlbum, auth::SetupPinCode, auth::SignUp, bulk::BulkIds, timeline::TimeBucketsQuery};

    fn issues<T: std::fmt::Debug>(result: Result<T, Invalid>) -> Vec<(Vec<PathStep>, String, &'static str)> {
        match result.unwrap_err() {
            Invalid::Issues(issues) => issues.into_iter().map(|i| (i.path, i.message, i.code)).collect(),
            Invalid::Malformed(text) => panic!("{text}"),
        }
    }

    fn key(name: &str) -> PathStep {
        PathStep::Key(name.to_owned())
    }

    #[test]
    fn all_faults_are_named_in_the_words_clients_know() {
        let found = issues(from_json::<SignUp>(br#"{"email": "x", "password": 7}"#));
        let expected = [
            (vec![key("email")], "Invalid email address".to_owned(), "invalid_format"),
            (vec![key("name")], "Invalid input: expected string, received undefined".to_owned(), "invalid_type"),
            (vec![key("password")], "Invalid input: expected string, received number".to_owned(), "invalid_type"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_lead_into_lists_and_ids_are_checked() {
        let found = issues(from_json::<BulkIds>(br#"{"ids": ["9b2f5a34-3c1e-4b57-8f12-0a2b3c4d5e6f", "x"]}"#));
        assert_eq!(found, [(vec![key("ids"), PathStep::Index(1)], "Invalid UUID".to_owned(), "invalid_format")]);
        let found = issues(from_json::<CreateAlbum>(br#"{"albumName": "a", "albumUsers": [{"role": "boss"}]}"#));
        assert_eq!(found[0].0, [key("albumUsers"), PathStep::Index(0), key("role")]);
        assert_eq!(found[0].1, "Invalid option: expected one of \"editor\"|\"owner\"|\"viewer\"");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn null_means_left_out_where_a_field_may_be_left_out() {
        let album: CreateAlbum = from_json(br#"{"albumName": "a", "assetIds": null, "description": null}"#).unwrap();
        assert!(album.asset_ids.is_none());
        assert_eq!(album.description, Some(None));
    }

    #[test]
    fn a_pin_is_six_digits() {
        assert!(from_json::<SetupPinCode>(br#"{"pinCode": "123456"}"#).is_ok());
        for pin in ["12345", "1234567", "12345a", ""] {
            let body = serde_json::json!({ "pinCode": pin }).to_string();
            assert_eq!(issues(from_json::<SetupPinCode>(body.as_bytes()))[0].2, "invalid_format");
        }
    }

    #[test]
    fn query_booleans_are_exactly_true_or_false() {
        let query: TimeBucketsQuery = from_query("isFavorite=true&withPartners=false&unknown=1").unwrap();
        assert_eq!((query.is_favorite, query.with_partners, query.is_trashed), (Some(true), Some(false), None));
        let found = issues(from_query::<TimeBucketsQuery>("isFavorite=1"));
        assert_eq!(found[0].1, "Invalid option: expected one of \"true\"|\"false\"");
        let found = issues(from_query::<TimeBucketsQuery>("userId=me"));
        assert_eq!(found[0].1, "Invalid UUID");
    }

    #[test]
    fn addresses() {
        for good in ["a@b.example", "a+b@localhost", "x_y@sub.host-1.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b.c", "a@", "a b@c.d", "a@b..c", "a@-b.c"] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_not_json_is_said_so() {
        assert!(matches!(from_json::<SignUp>(b"{"), Err(Invalid::Malformed(_))));
    }
}
