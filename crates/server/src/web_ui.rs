//! The built web page: files compressed at build time, hashed names cached for ever, and every other address answered
//! with `index.html`, since the page routes itself.

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use domain::App;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tower::ServiceExt;
use tower_http::services::ServeDir;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public,max-age=31536000,immutable");
const REVALIDATE: HeaderValue = HeaderValue::from_static("public,no-cache");

pub fn routes(app: &App) -> Router {
    Router::new()
        .route("/.well-known/immich", get(well_known))
        .route("/custom.css", get(custom_css))
        .route("/favicon.ico", get(|| std::future::ready(Redirect::permanent("/favicon.svg"))))
        .with_state(app.clone())
        .fallback({
            let root = app.env.server.web_root.clone();
            move |request: Request| page(root, request)
        })
}

/// Where the API is: how the mobile apps find it behind a bare host name.
async fn well_known() -> Json<Value> {
    Json(json!({ "api": { "endpoint": "/api" } }))
}

async fn custom_css(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/css")], app.system.get().theme.custom_css.clone()).into_response()
}

async fn page(root: Option<PathBuf>, request: Request) -> Response {
    let Some(root) = root else {
        return (StatusCode::NOT_FOUND, "The web page is not installed: set FERROTYPE_WEB_ROOT to its folder.\n")
            .into_response();
    };
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::NOT_FOUND, Json(json!({ "message": "Not Found" }))).into_response();
    }
    let immutable = request.uri().path().starts_with("/_app/immutable/");
    let accepts_html = accepts_html(&request);
    let is_page = request.uri().path() == "/";
    if !is_page && let Some(file) = file(&root, request).await {
        let mut response = file;
        let caching = if immutable { IMMUTABLE } else { REVALIDATE };
        response.headers_mut().insert(header::CACHE_CONTROL, caching);
        return response;
    }
    // A hashed file that is gone belongs to an older build: a page in its place would break the browser.
    if immutable {
        return StatusCode::NOT_FOUND.into_response();
    }
    if !accepts_html {
        return (StatusCode::NOT_ACCEPTABLE, Json(json!({ "message": "Not Acceptable" }))).into_response();
    }
    match tokio::fs::read(root.join("index.html")).await {
        Ok(html) => {
            let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
            (headers, html).into_response()
        }
        Err(error) => {
            tracing::error!(web.root = %root.display(), "read the web page's index.html: {error}");
            (StatusCode::NOT_FOUND, "The web page is not built.\n").into_response()
        }
    }
}

/// The file at the request's path, compressed as it lies there when the browser takes that; `None` when there is none.
async fn file(root: &Path, request: Request) -> Option<Response> {
    let service = ServeDir::new(root).precompressed_br().precompressed_gzip().append_index_html_on_directories(false);
    let response = service.oneshot(request).await.ok()?;
    (response.status() != StatusCode::NOT_FOUND).then(|| response.map(axum::body::Body::new))
}

fn accepts_html(request: &Request) -> bool {
    match request.headers().get(header::ACCEPT).map(HeaderValue::to_str) {
        None => true,
        Some(Ok(accept)) => accept
            .split(',')
            .any(|range| matches!(range.split(';').next().unwrap_or_default().trim(), "text/html" | "text/*" | "*/*")),
        Some(Err(_)) => false,
    }
}
