//! The routes, as existing servers ask them, and what developers get besides.

use crate::{
    Service,
    answer::{Answer, TaskAnswer},
    error::{Error, Result},
    measure::{self, Stage},
    openapi::{Document, PredictAnswer, PredictForm, Refusal},
    predict,
    request::{Inputs, Request},
};
use axum::{
    Json, Router,
    body::{Body, BodyDataStream},
    extract::{DefaultBodyLimit, FromRequest, Multipart, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde::Serialize;
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use utoipa::{OpenApi, ToSchema};

/// Longer than a slow network needs for a large image.
const RECEIVE: Duration = Duration::from_secs(120);
/// What is still read of a request that was refused, so that its client sees the answer and not a closed connection.
const READ_AFTER_REFUSAL: usize = 16 << 20;
/// Inputs of one request that are worked on at once.
const AT_ONCE: usize = 8;
const RAW: &str = "application/octet-stream";
const DIMENSIONS: HeaderName = HeaderName::from_static("x-embedding-dimensions");

pub fn router(service: Arc<Service>) -> Router {
    let predict = post(predict).layer(DefaultBodyLimit::max(Request::most_bytes(&service)));
    Router::new()
        .route("/", get(hello))
        .route("/ping", get(ping))
        .route("/predict", predict)
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
        .with_state(service)
}

#[derive(Serialize, ToSchema)]
pub struct Hello {
    message: &'static str,
}

/// Who is there, for a person with a browser.
#[utoipa::path(get, path = "/", operation_id = "hello", responses((status = 200, body = Hello)))]
pub async fn hello() -> Json<Hello> {
    Json(Hello { message: "Immich ML" })
}

/// That the service is well, as text.
#[utoipa::path(get, path = "/ping", operation_id = "ping", responses((status = 200, body = str, content_type = "text/plain")))]
pub async fn ping() -> &'static str {
    ml_api::PONG
}

/// For Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", responses((status = 200, body = str, content_type = "text/plain")))]
pub async fn metrics(State(service): State<Arc<Service>>) -> String {
    service.metrics.render()
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", responses((status = 200, body = Object)))]
pub async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

/// What models make of an image or a text.
///
/// With `Accept: application/octet-stream` the embeddings of `clip` come as numbers of four bytes, the lowest first, one
/// embedding after the other; the header `x-embedding-dimensions` says how many numbers each has.
#[utoipa::path(
    post,
    path = "/predict",
    operation_id = "predict",
    request_body(content = PredictForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The answer; a list of them to several images or texts", body = PredictAnswer),
        (status = 400, description = "What is asked makes no sense, or the image cannot be decoded", body = Refusal),
        (status = 406, description = "There is no answer of this form", body = Refusal),
        (status = 408, description = "The body did not come", body = Refusal),
        (status = 413, description = "The image or text is too large", body = Refusal),
        (status = 422, description = "The form is not as it should be", body = Refusal),
        (status = 429, description = "Busy: come back after `Retry-After` seconds", body = Refusal),
        (status = 500, description = "A model cannot be had or failed", body = Refusal),
    )
)]
pub async fn predict(State(service): State<Arc<Service>>, request: axum::extract::Request) -> Response {
    let start = Instant::now();
    let _under_way = UnderWay::new();
    let (parts, body) = request.into_parts();
    let (headers, body) = (parts.headers.clone(), SharedBody::new(body));
    let request = axum::extract::Request::from_parts(parts, Body::from_stream(body.clone()));
    let answered = match Multipart::from_request(request, &()).await {
        Ok(form) => answer(&service, &headers, form).await,
        Err(rejection) => Err(Error::Malformed(rejection.body_text())),
    };
    if answered.is_err() {
        body.read_out().await;
    }
    let response = answered.unwrap_or_else(IntoResponse::into_response);
    measure::request(response.status().as_u16(), start.elapsed());
    response
}

async fn answer(service: &Service, headers: &HeaderMap, form: Multipart) -> Result<Response> {
    // First of all: what is refused should cost nothing.
    let _permit = service.admit()?;
    let start = Instant::now();
    let reading = tokio::time::timeout(RECEIVE, Request::read(service, form));
    let Request { entries, inputs, .. } = &reading.await.map_err(|_| Error::TooSlow)??;
    measure::stage(Stage::Receive, start.elapsed());
    predict::check(entries, matches!(inputs, Inputs::Images(_)))?;
    let mut asked: Vec<BoxFuture<'_, Result<Answer>>> = Vec::new();
    match inputs {
        Inputs::Images(files) => {
            for file in files {
                asked.push(Box::pin(predict::about_image(service, entries, file.clone())));
            }
        }
        Inputs::Texts(texts) => {
            for text in texts {
                asked.push(Box::pin(predict::about_text(service, entries, text.clone())));
            }
        }
    }
    let answers: Vec<Answer> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    if wants_raw(headers) {
        return raw(&answers);
    }
    // One gets its answer as it is, several a list of theirs.
    Ok(match answers.as_slice() {
        [answer] => Json(answer).into_response(),
        answers => Json(answers).into_response(),
    })
}

fn wants_raw(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == RAW))
}

/// The embeddings' numbers, four bytes each, the lowest first; one embedding after the other.
fn raw(answers: &[Answer]) -> Result<Response> {
    let mut bytes = Vec::new();
    let mut dimensions = 0;
    for answer in answers {
        let mut tasks = answer.tasks.values();
        let (Some(TaskAnswer::Embedding(embedding)), None) = (tasks.next(), tasks.next()) else {
            return Err(Error::NotAcceptable(format!("only the one embedding of clip is given as {RAW}")));
        };
        dimensions = embedding.0.len();
        bytes.extend(embedding.0.iter().flat_map(|number| number.to_le_bytes()));
    }
    let kind = HeaderValue::from_static(RAW);
    Ok(([(header::CONTENT_TYPE, kind), (DIMENSIONS, HeaderValue::from(dimensions))], Bytes::from(bytes))
        .into_response())
}

/// A body that can still be read when the form that was made of it is gone.
#[derive(Clone)]
struct SharedBody(Arc<Mutex<BodyDataStream>>);

impl SharedBody {
    fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(body.into_data_stream())))
    }

    /// To its end, unless that is far or does not come.
    async fn read_out(mut self) {
        let reading = async {
            let mut left = READ_AFTER_REFUSAL;
            while let Some(Ok(chunk)) = self.next().await {
                match left.checked_sub(chunk.len()) {
                    Some(less) => left = less,
                    None => return,
                }
            }
        };
        // Who is too slow here sees the connection closed.
        let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
    }
}

impl Stream for SharedBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }
}

/// Counts a request for as long as it lives, however it ends.
struct UnderWay;

impl UnderWay {
    fn new() -> Self {
        measure::requests_under_way(1.0);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        measure::requests_under_way(-1.0);
    }
}
