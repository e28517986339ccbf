//! Bytes in and out: uploads, originals, pictures, videos.

use crate::{
    auth::Auth,
    error::{ApiError, ApiResult},
    extract::{Path, Query},
    send_file::{Caching, Served, not_found, send_file},
    upload,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{
    assets::{AssetMediaSize, OriginalQuery, SharedLinkQuery, ThumbnailQuery},
    upload::{AssetMediaStatus, UploadForm, UploadResponse},
};
use domain::{
    App, Error,
    assets::{self, FileToServe, Size, UploadOutcome},
};
use model::{ids::AssetId, permission::Permission};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload_asset))
        .routes(routes!(download_asset))
        .routes(routes!(view_asset))
        .routes(routes!(play_asset_video))
}

/// Uploads a photo or video. 201 when it is new, 200 when the library has these very bytes.
#[utoipa::path(post, path = "/assets", operation_id = "uploadAsset", tag = "Assets",
    params(SharedLinkQuery, ("x-immich-checksum" = Option<String>, Header, nullable = false,
        description = "SHA-1 in hex or base64: a file that is known is not read")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    extensions(("x-immich-permission" = json!("asset.upload"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UploadResponse), (status = 201, body = UploadResponse)))]
async fn upload_asset(State(app): State<App>, auth: Auth, request: Request) -> ApiResult<Response> {
    let caller = auth.allow(Permission::AssetUpload)?;
    let (code, id, status) = match upload::receive(&app, &caller, request).await? {
        UploadOutcome::Created(id) => (StatusCode::CREATED, id, AssetMediaStatus::Created),
        UploadOutcome::Duplicate(id) => (StatusCode::OK, id, AssetMediaStatus::Duplicate),
    };
    Ok((code, axum::Json(UploadResponse { id, status })).into_response())
}

/// The original, as it was uploaded.
#[utoipa::path(get, path = "/assets/{id}/original", operation_id = "downloadAsset", tag = "Assets",
    params(("id" = AssetId, Path), OriginalQuery),
    extensions(("x-immich-permission" = json!("asset.download"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download_asset(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AssetId>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::AssetDownload)?;
    let file = assets::original(&app, &caller, id).await.map_err(hidden)?;
    answer(&method, &headers, file, String::new()).await
}

/// A picture of the asset.
#[utoipa::path(get, path = "/assets/{id}/thumbnail", operation_id = "viewAsset", tag = "Assets",
    params(("id" = AssetId, Path), ThumbnailQuery),
    extensions(("x-immich-permission" = json!("asset.view"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn view_asset(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AssetId>,
    Query(query): Query<ThumbnailQuery>,
    request: Request,
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::AssetView)?;
    let size = match query.size.unwrap_or_default() {
        AssetMediaSize::Original => Size::Original,
        AssetMediaSize::Fullsize => Size::Fullsize,
        AssetMediaSize::Preview => Size::Preview,
        AssetMediaSize::Thumbnail => Size::Thumbnail,
    };
    let file = assets::thumbnail(&app, &caller, id, size).await?;
    let query = without_size(request.uri().query().unwrap_or_default());
    answer(request.method(), request.headers(), file, query).await
}

/// The video as browsers play it, in ranges.
#[utoipa::path(get, path = "/assets/{id}/video/playback", operation_id = "playAssetVideo", tag = "Assets",
    params(("id" = AssetId, Path), SharedLinkQuery),
    extensions(("x-immich-permission" = json!("asset.view"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn play_asset_video(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AssetId>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::AssetView)?;
    let file = assets::playback(&app, &caller, id).await.map_err(hidden)?;
    answer(&method, &headers, file, String::new()).await
}

/// Files that may not be seen look like files that are not there.
fn hidden(error: Error) -> ApiError {
    match error {
        Error::BadRequest(_) => not_found(),
        Error::NotFound(text) if text == "Asset media not found" => not_found(),
        other => other.into(),
    }
}

/// `query` is what the redirect keeps of the request's own.
async fn answer(method: &Method, headers: &HeaderMap, file: FileToServe, query: String) -> ApiResult<Response> {
    let redirect = |location: String| (StatusCode::FOUND, [(header::LOCATION, location)]).into_response();
    match file {
        FileToServe::File { path, content_type, file_name } => {
            send_file(method, headers, Served { path, content_type, file_name: &file_name, caching: Caching::Day })
                .await
        }
        FileToServe::RedirectToOriginal => Ok(redirect(format!("original?{query}"))),
        FileToServe::RedirectToPreview => Ok(redirect(format!("thumbnail?{query}&size=preview"))),
    }
}

fn without_size(query: &str) -> String {
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("size=")).collect();
    kept.join("&")
}
