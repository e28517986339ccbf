//! axum's extractors with our error body: what does not fit the contract is a 400 that names every fault.

use crate::error::ApiError;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, request::Parts},
};
use contract::{
    error::Issue,
    request::{self, Invalid},
};
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

/// A JSON body, checked against its published schema. An absent body counts as `{}`, so that a missing field is named.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + ToSchema + 'static> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| ApiError::status(rejection.status(), rejection.body_text()))?;
        Ok(Self(request::from_json(&body)?))
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::Malformed(text) => Self::status(StatusCode::BAD_REQUEST, format!("Invalid JSON: {text}")),
            Invalid::Issues(issues) => Self::Validation(issues),
        }
    }
}

/// The query string, checked against the published parameters.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + IntoParams + 'static> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(request::from_query(parts.uri.query().unwrap_or_default())?))
    }
}

/// Parameters in the path: mostly ids.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Path(value) = axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::Validation(vec![Issue::new(vec!["id".into()], "Invalid UUID", "invalid_format")]))?;
        Ok(Self(value))
    }
}
