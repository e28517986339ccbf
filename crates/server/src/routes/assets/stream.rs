//! Videos that are transcoded while they are watched (HLS).

use crate::{
    auth::Auth,
    error::{ApiError, ApiResult},
    extract::Path,
    send_file::{Caching, Served, send_file},
    streams::{Piece, Streams},
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::assets::SharedLinkQuery;
use domain::{App, assets};
use media::video::hls::{INIT, playlist, segment_of_name};
use model::{ids::AssetId, permission::Permission};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Where the player is going to begin, in seconds.
const POSITION: &str = "x-immich-hls-pos";
/// Which piece it is going to ask for next.
const NEXT_SEGMENT: &str = "x-immich-hls-msn";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_main_playlist))
        .routes(routes!(end_session))
        .routes(routes!(get_media_playlist))
        .routes(routes!(get_segment))
}

/// Begins to stream a video: in which versions it can be watched.
#[utoipa::path(get, path = "/assets/{id}/video/stream/main.m3u8", operation_id = "getMainPlaylist", tag = "Assets",
    params(("id" = AssetId, Path), SharedLinkQuery),
    extensions(("x-immich-permission" = json!("asset.view"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = String)))]
async fn get_main_playlist(
    State(app): State<App>,
    Extension(streams): Extension<Streams>,
    auth: Auth,
    Path(id): Path<AssetId>,
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::AssetView)?;
    let source = assets::stream_source(&app, &caller, id).await?;
    let (session, variants) = streams.open(id, source, app.system.get().ffmpeg.clone()).await?;
    Ok(as_playlist(playlist::main(&session.to_string(), &variants)))
}

/// Ends a stream.
#[utoipa::path(delete, path = "/assets/{id}/video/stream/{sessionId}", operation_id = "endSession", tag = "Assets",
    params(("id" = AssetId, Path), ("sessionId" = Uuid, Path), SharedLinkQuery),
    extensions(("x-immich-permission" = json!("asset.view"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn end_session(
    State(app): State<App>,
    Extension(streams): Extension<Streams>,
    auth: Auth,
    Path((id, session)): Path<(AssetId, Uuid)>,
) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AssetView)?;
    assets::stream_source(&app, &caller, id).await?;
    streams.end(id, session)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The pieces of one version of a stream.
#[utoipa::path(get, path = "/assets/{id}/video/stream/{sessionId}/{variantIndex}/playlist.m3u8",
    operation_id = "getMediaPlaylist", tag = "Assets",
    params(("id" = AssetId, Path), ("sessionId" = Uuid, Path), ("variantIndex" = u64, Path, minimum = 0),
        SharedLinkQuery, ("x-immich-hls-pos" = Option<f64>, Header, nullable = false,
        description = "where the player is going to begin, in seconds")),
    extensions(("x-immich-permission" = json!("asset.view"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = String)))]
async fn get_media_playlist(
    State(app): State<App>,
    Extension(streams): Extension<Streams>,
    auth: Auth,
    Path((id, session, index)): Path<(AssetId, Uuid, usize)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::AssetView)?;
    assets::stream_source(&app, &caller, id).await?;
    let timeline = streams.variant(id, session, index)?.timeline;
    if let Some(seconds) = number(&headers, POSITION) {
        streams.prepare(id, session, index, timeline.segment_at(seconds))?;
    }
    Ok(as_playlist(playlist::media(&timeline)))
}

/// A piece of a stream, or what the player needs before the first.
#[utoipa::path(get, path = "/assets/{id}/video/stream/{sessionId}/{variantIndex}/{filename}",
    operation_id = "getSegment", tag = "Assets",
    params(("id" = AssetId, Path), ("sessionId" = Uuid, Path), ("variantIndex" = u64, Path, minimum = 0),
        ("filename" = String, Path, pattern = r"^(init\.mp4|seg_\d+\.m4s)$"),
        SharedLinkQuery, ("x-immich-hls-msn" = Option<f64>, Header, nullable = false,
        description = "which piece the player is going to ask for next")),
    extensions(("x-immich-permission" = json!("asset.view"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn get_segment(
    State(app): State<App>,
    Extension(streams): Extension<Streams>,
    auth: Auth,
    Path((id, session, index, filename)): Path<(AssetId, Uuid, usize, String)>,
    (method, headers): (Method, HeaderMap),
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::AssetView)?;
    assets::stream_source(&app, &caller, id).await?;
    let (piece, content_type) = named(&filename, &headers)?;
    let path = streams.piece(id, session, index, piece).await?;
    let served = Served { path, content_type, file_name: &filename, caching: Caching::Revalidate };
    send_file(&method, &headers, served).await
}

fn named(filename: &str, headers: &HeaderMap) -> ApiResult<(Piece, &'static str)> {
    if filename == INIT {
        let next = number(headers, NEXT_SEGMENT).map_or(0, |next| next as u32);
        return Ok((Piece::Init { next }, "video/mp4"));
    }
    let segment = segment_of_name(filename);
    let segment = segment.ok_or_else(|| ApiError::status(StatusCode::BAD_REQUEST, "Invalid segment name"))?;
    Ok((Piece::Segment(segment), "video/iso.segment"))
}

/// A hint: one that cannot be read is none.
fn number(headers: &HeaderMap, name: &str) -> Option<f64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn as_playlist(text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/vnd.apple.mpegurl"), (header::CACHE_CONTROL, "no-store")];
    (headers, text).into_response()
}
