//! `/server`: what the server says of itself, much of it before anybody has signed in.

use crate::{auth::Auth, error::ApiResult};
use axum::{Json, extract::State};
use contract::server_info::{
    AboutResponse, ApkLinksResponse, FeaturesResponse, MediaTypesResponse, PingResponse, ServerConfigResponse,
    StatisticsResponse, StorageResponse, VersionCheckResponse, VersionHistoryResponse, VersionResponse,
};
use domain::{App, server_info};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ping_server))
        .routes(routes!(get_server_version))
        .routes(routes!(get_version_history))
        .routes(routes!(get_version_check))
        .routes(routes!(get_server_features))
        .routes(routes!(get_server_config))
        .routes(routes!(get_about_info))
        .routes(routes!(get_apk_links))
        .routes(routes!(get_storage))
        .routes(routes!(get_server_statistics))
        .routes(routes!(get_supported_media_types))
}

/// Whether the server answers. Health checks compare the bytes of the body.
#[utoipa::path(get, path = "/server/ping", operation_id = "pingServer", tag = "Server",
    responses((status = 200, body = PingResponse)))]
async fn ping_server() -> ApiResult<Json<PingResponse>> {
    Ok(Json(PingResponse::PONG))
}

/// The version of the API.
#[utoipa::path(get, path = "/server/version", operation_id = "getServerVersion", tag = "Server",
    responses((status = 200, body = VersionResponse)))]
async fn get_server_version() -> ApiResult<Json<VersionResponse>> {
    Ok(Json(VersionResponse::current()))
}

/// Versions that have served this installation.
#[utoipa::path(get, path = "/server/version-history", operation_id = "getVersionHistory", tag = "Server",
    responses((status = 200, body = Vec<VersionHistoryResponse>)))]
async fn get_version_history(State(app): State<App>) -> ApiResult<Json<Vec<VersionHistoryResponse>>> {
    Ok(Json(server_info::version_history(&app).await?.into_iter().map(Into::into).collect()))
}

/// Whether a newer release is known.
#[utoipa::path(get, path = "/server/version-check", operation_id = "getVersionCheck", tag = "Server",
    extensions(("x-immich-permission" = json!("server.versionCheck"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = VersionCheckResponse)))]
async fn get_version_check(State(app): State<App>, auth: Auth) -> ApiResult<Json<VersionCheckResponse>> {
    let caller = auth.allow(Permission::ServerVersionCheck)?;
    let check = server_info::version_check(&app, &caller).await?;
    Ok(Json(VersionCheckResponse::new(check.checked_at, check.release_version)))
}

/// What this installation can do.
#[utoipa::path(get, path = "/server/features", operation_id = "getServerFeatures", tag = "Server",
    responses((status = 200, body = FeaturesResponse)))]
async fn get_server_features(State(app): State<App>) -> ApiResult<Json<FeaturesResponse>> {
    Ok(Json(server_info::features(&app).into()))
}

/// What a client needs to know before anybody signs in.
#[utoipa::path(get, path = "/server/config", operation_id = "getServerConfig", tag = "Server",
    responses((status = 200, body = ServerConfigResponse)))]
async fn get_server_config(State(app): State<App>) -> ApiResult<Json<ServerConfigResponse>> {
    let set_up = server_info::set_up(&app).await?;
    Ok(Json(ServerConfigResponse::new(&app.system.get(), set_up.is_initialized, set_up.is_onboarded)))
}

/// Version and origin of the programs.
#[utoipa::path(get, path = "/server/about", operation_id = "getAboutInfo", tag = "Server",
    extensions(("x-immich-permission" = json!("server.about"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AboutResponse)))]
async fn get_about_info(State(app): State<App>, auth: Auth) -> ApiResult<Json<AboutResponse>> {
    auth.allow(Permission::ServerAbout)?;
    Ok(Json(AboutResponse::new(&app.env.build)))
}

/// Where the mobile app of this version is.
#[utoipa::path(get, path = "/server/apk-links", operation_id = "getApkLinks", tag = "Server",
    extensions(("x-immich-permission" = json!("server.apkLinks"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = ApkLinksResponse)))]
async fn get_apk_links(auth: Auth) -> ApiResult<Json<ApkLinksResponse>> {
    auth.allow(Permission::ServerApkLinks)?;
    Ok(Json(ApkLinksResponse::current()))
}

/// How full the disk of the library is.
#[utoipa::path(get, path = "/server/storage", operation_id = "getStorage", tag = "Server",
    extensions(("x-immich-permission" = json!("server.storage"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = StorageResponse)))]
async fn get_storage(State(app): State<App>, auth: Auth) -> ApiResult<Json<StorageResponse>> {
    let caller = auth.allow(Permission::ServerStorage)?;
    Ok(Json(server_info::storage(&app, &caller).await?.into()))
}

/// What every user keeps.
#[utoipa::path(get, path = "/server/statistics", operation_id = "getServerStatistics", tag = "Server",
    extensions(("x-immich-permission" = json!("server.statistics")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = StatisticsResponse)))]
async fn get_server_statistics(State(app): State<App>, auth: Auth) -> ApiResult<Json<StatisticsResponse>> {
    let caller = auth.allow_admin(Permission::ServerStatistics)?;
    Ok(Json(StatisticsResponse::new(server_info::statistics(&app, &caller).await?)))
}

/// Which files may be uploaded.
#[utoipa::path(get, path = "/server/media-types", operation_id = "getSupportedMediaTypes", tag = "Server",
    responses((status = 200, body = MediaTypesResponse)))]
async fn get_supported_media_types() -> ApiResult<Json<MediaTypesResponse>> {
    Ok(Json(MediaTypesResponse::all()))
}
