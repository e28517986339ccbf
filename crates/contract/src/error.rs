//! What a refused request is answered with.

use serde::Serialize;
use utoipa::ToSchema;

/// Every error: one sentence, nothing of what is inside.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErrorResponse)]
pub struct ErrorResponse {
    pub message: String,
}

/// A request that is not of the shape its operation asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidationErrorResponse {
    /// Always `Validation failed`.
    pub message: &'static str,
    pub errors: Vec<Issue>,
}

impl From<Vec<Issue>> for ValidationErrorResponse {
    fn from(errors: Vec<Issue>) -> Self {
        Self { message: "Validation failed", errors }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Issue {
    /// Keys and indices from the top of the request down to the fault.
    pub path: Vec<PathStep>,
    pub message: String,
    pub code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PathStep {
    Key(String),
    Index(usize),
}

impl From<&str> for PathStep {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl Issue {
    pub fn new(path: Vec<PathStep>, message: impl Into<String>, code: &'static str) -> Self {
        Self { path, message: message.into(), code }
    }

    /// A value that is of the right type and yet not allowed.
    pub fn custom(field: &str, message: impl Into<String>) -> Self {
        Self { path: vec![PathStep::Key(field.to_owned())], message: message.into(), code: "custom" }
    }
}
