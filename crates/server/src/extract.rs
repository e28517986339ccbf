//! axum's extractors with our error body: what does not fit the contract is a 400 that names the field.

use crate::error::ApiError;
use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};
use contract::error::Issue;
use serde::de::DeserializeOwned;

/// A JSON body. An absent body counts as `{}`, so that a missing field is named instead.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|rejection| ApiError::status(rejection.status(), rejection.body_text()))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text).map(Self).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => ApiError::Validation(vec![Issue::from_serde(&error)]),
            _ => ApiError::status(StatusCode::BAD_REQUEST, format!("Invalid JSON: {error}")),
        })
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::status(rejection.status(), rejection.body_text())
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum_extra::extract::Query(value) =
            axum_extra::extract::Query::<T>::from_request_parts(parts, state).await.map_err(|rejection| {
                ApiError::Validation(vec![Issue::new(Vec::new(), rejection.body_text(), "invalid_type")])
            })?;
        Ok(Self(value))
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
