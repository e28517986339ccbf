//! The one place where a rule's refusal becomes a status and a body.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::Error;
use serde_json::json;

/// What a handler fails with. The body is `{"message": …}`, with `errors` after failed validation.
#[derive(Debug)]
pub enum ApiError {
    Rule(Error),
    /// The request does not have the shape of the contract.
    Validation(Vec<contract::error::Issue>),
    /// Anything else that HTTP knows a status for.
    Status(StatusCode, String),
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn status(status: StatusCode, message: impl Into<String>) -> Self {
        Self::Status(status, message.into())
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}

impl From<Vec<contract::error::Issue>> for ApiError {
    fn from(issues: Vec<contract::error::Issue>) -> Self {
        Self::Validation(issues)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::Validation(issues) => {
                let body = json!({ "message": "Validation failed", "errors": issues });
                return (StatusCode::BAD_REQUEST, Json(body)).into_response();
            }
            Self::Status(status, message) => (status, message),
            Self::Rule(error) => {
                let status = match &error {
                    Error::BadRequest(_) => StatusCode::BAD_REQUEST,
                    Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
                    Error::Forbidden(_) => StatusCode::FORBIDDEN,
                    Error::NotFound(_) => StatusCode::NOT_FOUND,
                    Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
                    Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
                    Error::DiskFull(_) => StatusCode::INSUFFICIENT_STORAGE,
                    Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
                };
                log(&error);
                let message = if status == StatusCode::INTERNAL_SERVER_ERROR {
                    "Internal server error".to_owned()
                } else {
                    error.to_string()
                };
                (status, message)
            }
        };
        (status, Json(json!({ "message": message }))).into_response()
    }
}

/// Causes are logged here, once, with their whole chain; refusals are the client's business.
fn log(error: &Error) {
    match error {
        Error::Internal(cause) => tracing::error!("request failed: {cause:#}"),
        Error::Unavailable(cause) | Error::DiskFull(cause) => tracing::warn!("request refused for now: {cause:#}"),
        refusal => tracing::debug!("request refused: {refusal}"),
    }
}

/// The answer below `/api` where there is no operation.
pub async fn no_such_route(method: axum::http::Method, uri: axum::http::Uri) -> ApiError {
    ApiError::status(StatusCode::NOT_FOUND, format!("Cannot {method} /api{}", uri.path()))
}
