//! Middleware around every request, outermost first, on one page.

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use std::time::{Duration, Instant};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    timeout::TimeoutLayer,
};
use tracing::Instrument;

/// Bodies that are read whole; uploads are streamed and lift this limit for themselves.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// An upload over a slow line may take hours.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

pub fn wrap(router: Router) -> Router {
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::new("video/"))
        .and(NotForContentType::new("audio/"))
        .and(NotForContentType::new("application/octet-stream"));
    router
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        // A month of a timeline is a megabyte: a better level takes longer than the whole rest of the answer.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compressible))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(observe))
}

/// One span and one set of numbers per request, and the id by which a person finds both again.
async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let correlation_id =
        request.headers().get(CORRELATION_ID).cloned().filter(|id| id.len() <= 128).unwrap_or_else(generated_id);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        %method,
        path = request.uri().path(),
        correlation.id = correlation_id.to_str().unwrap_or_default()
    );
    async move {
        let mut response = next.run(request).await;
        let status = response.status();
        let elapsed = started.elapsed();
        let labels = [
            ("method", method.to_string()),
            ("route", route.unwrap_or_else(|| "other".to_owned())),
            ("status", status.as_u16().to_string()),
        ];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_duration_seconds", &labels).record(elapsed.as_secs_f64());
        tracing::debug!(status = status.as_u16(), duration_ms = elapsed.as_millis(), "answered");
        response.headers_mut().insert(CORRELATION_ID, correlation_id);
        response
    }
    .instrument(span)
    .await
}

fn generated_id() -> HeaderValue {
    HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static("-"))
}

/// A bug in a handler fails one request, not the server.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over by value")]
fn panicked(payload: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!("a handler panicked: {message}");
    let body = r#"{"message":"Internal server error"}"#;
    (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
