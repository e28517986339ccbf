//! What can go wrong, and what the caller is told: the one place that knows statuses.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Seconds after which a caller who was refused may try again: about what a full queue takes.
const RETRY_AFTER_S: u16 = 2;

#[derive(Debug)]
pub enum Error {
    /// The form is not what the protocol says.
    Malformed(String),
    /// The form is fine, what it asks for makes no sense.
    BadRequest(String),
    TooLarge(String),
    /// The answer cannot be given in the form asked for.
    NotAcceptable(String),
    Overloaded,
    /// The body does not come.
    TooSlow,
    /// A model cannot be had or does not run. The cause is for the log and, in one line, for the caller.
    Model {
        model: String,
        cause: anyhow::Error,
    },
    /// The client has gone: nobody reads this.
    Abandoned,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            Self::Overloaded => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Model { .. } | Self::Abandoned => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed(text) | Self::BadRequest(text) | Self::TooLarge(text) | Self::NotAcceptable(text) => {
                text.clone()
            }
            Self::Overloaded => "the service is busy: ask again later".to_owned(),
            Self::TooSlow => "the request did not arrive in time".to_owned(),
            Self::Model { model, cause } => format!("{model}: {cause:#}"),
            Self::Abandoned => "the work was given up".to_owned(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, detail) = (self.status(), self.detail());
        match &self {
            Self::Model { model, cause } => tracing::error!(model, "a model failed: {cause:#}"),
            _ => tracing::debug!(%status, "refused: {detail}"),
        }
        let mut response = (status, Json(json!({ "detail": detail }))).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
        }
        response
    }
}
