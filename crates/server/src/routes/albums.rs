//! `/albums`: lists of assets, their members and what is on their maps.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::{Json as Body, Path, Query},
};
use axum::{Json, extract::State, http::StatusCode};
use contract::{
    albums::{
        AddAssetsToAlbums, AddAssetsToAlbumsResponse, AddUsers, AlbumResponse, AlbumStatisticsResponse, AlbumsQuery,
        CreateAlbum, MapMarkerResponse, UpdateAlbum, UpdateAlbumUser,
    },
    bulk::{BulkIdResult, BulkIds},
};
use domain::{App, Caller, albums};
use model::{
    ids::{AlbumId, UserId},
    permission::Permission,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_all_albums, create_album))
        .routes(routes!(add_assets_to_albums))
        .routes(routes!(get_album_statistics))
        .routes(routes!(get_album_info, update_album_info, delete_album))
        .routes(routes!(add_assets_to_album, remove_asset_from_album))
        .routes(routes!(get_album_map_markers))
        .routes(routes!(add_users_to_album))
        .routes(routes!(update_album_user, remove_user_from_album))
}

/// Albums that the user owns or was invited to.
#[utoipa::path(get, path = "/albums", operation_id = "getAllAlbums", tag = "Albums", params(AlbumsQuery),
    extensions(("x-immich-permission" = json!("album.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<AlbumResponse>)))]
async fn get_all_albums(
    State(app): State<App>,
    auth: Auth,
    Query(query): Query<AlbumsQuery>,
) -> ApiResult<Json<Vec<AlbumResponse>>> {
    let caller = auth.allow(Permission::AlbumRead)?;
    let albums = albums::list(&app, &caller, &query.into()).await?;
    Ok(Json(albums.iter().map(Into::into).collect()))
}

/// Create an album, with assets and members if given.
#[utoipa::path(post, path = "/albums", operation_id = "createAlbum", tag = "Albums", request_body = CreateAlbum,
    extensions(("x-immich-permission" = json!("album.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 201, body = AlbumResponse)))]
async fn create_album(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<CreateAlbum>,
) -> ApiResult<(StatusCode, Json<AlbumResponse>)> {
    let caller = auth.allow(Permission::AlbumCreate)?;
    let album = albums::create(&app, &caller, &body.into()).await?;
    Ok((StatusCode::CREATED, Json(album.into())))
}

/// Add assets to several albums at once.
#[utoipa::path(put, path = "/albums/assets", operation_id = "addAssetsToAlbums", tag = "Albums",
    request_body = AddAssetsToAlbums,
    extensions(("x-immich-permission" = json!("albumAsset.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AddAssetsToAlbumsResponse)))]
async fn add_assets_to_albums(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<AddAssetsToAlbums>,
) -> ApiResult<Json<AddAssetsToAlbumsResponse>> {
    let caller = auth.allow(Permission::AlbumAssetCreate)?;
    let error = albums::add_assets_to_albums(&app, &caller, &body.album_ids, &body.asset_ids).await?;
    Ok(Json(error.into()))
}

/// How many albums the user has.
#[utoipa::path(get, path = "/albums/statistics", operation_id = "getAlbumStatistics", tag = "Albums",
    extensions(("x-immich-permission" = json!("album.statistics"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AlbumStatisticsResponse)))]
async fn get_album_statistics(State(app): State<App>, auth: Auth) -> ApiResult<Json<AlbumStatisticsResponse>> {
    let caller = auth.allow(Permission::AlbumStatistics)?;
    Ok(Json(albums::statistics(&app, &caller).await?.into()))
}

/// One album; its assets come from the timeline.
#[utoipa::path(get, path = "/albums/{id}", operation_id = "getAlbumInfo", tag = "Albums",
    params(("id" = AlbumId, Path), ("key" = Option<String>, Query, nullable = false), ("slug" = Option<String>, Query, nullable = false)),
    extensions(("x-immich-permission" = json!("album.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AlbumResponse)))]
async fn get_album_info(State(app): State<App>, auth: Auth, Path(id): Path<AlbumId>) -> ApiResult<Json<AlbumResponse>> {
    let caller = auth.allow(Permission::AlbumRead)?;
    Ok(Json(albums::get(&app, &caller, id).await?.into()))
}

/// Rename an album, choose its cover, its order, whether people may comment.
#[utoipa::path(patch, path = "/albums/{id}", operation_id = "updateAlbumInfo", tag = "Albums",
    params(("id" = AlbumId, Path)), request_body = UpdateAlbum,
    extensions(("x-immich-permission" = json!("album.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AlbumResponse)))]
async fn update_album_info(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AlbumId>,
    Body(body): Body<UpdateAlbum>,
) -> ApiResult<Json<AlbumResponse>> {
    let caller = auth.allow(Permission::AlbumUpdate)?;
    Ok(Json(albums::update(&app, &caller, id, &body.into()).await?.into()))
}

/// Delete an album; its assets stay.
#[utoipa::path(delete, path = "/albums/{id}", operation_id = "deleteAlbum", tag = "Albums",
    params(("id" = AlbumId, Path)),
    extensions(("x-immich-permission" = json!("album.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_album(State(app): State<App>, auth: Auth, Path(id): Path<AlbumId>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AlbumDelete)?;
    albums::delete(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Add assets to an album.
#[utoipa::path(put, path = "/albums/{id}/assets", operation_id = "addAssetsToAlbum", tag = "Albums",
    params(("id" = AlbumId, Path)), request_body = BulkIds,
    extensions(("x-immich-permission" = json!("albumAsset.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<BulkIdResult>)))]
async fn add_assets_to_album(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AlbumId>,
    Body(body): Body<BulkIds>,
) -> ApiResult<Json<Vec<BulkIdResult>>> {
    let caller = auth.allow(Permission::AlbumAssetCreate)?;
    let results = albums::add_assets(&app, &caller, id, &body.of()).await?;
    Ok(Json(results.into_iter().map(Into::into).collect()))
}

/// Take assets out of an album.
#[utoipa::path(delete, path = "/albums/{id}/assets", operation_id = "removeAssetFromAlbum", tag = "Albums",
    params(("id" = AlbumId, Path)), request_body = BulkIds,
    extensions(("x-immich-permission" = json!("albumAsset.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<BulkIdResult>)))]
async fn remove_asset_from_album(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AlbumId>,
    Body(body): Body<BulkIds>,
) -> ApiResult<Json<Vec<BulkIdResult>>> {
    let caller = auth.allow(Permission::AlbumAssetDelete)?;
    let results = albums::remove_assets(&app, &caller, id, &body.of()).await?;
    Ok(Json(results.into_iter().map(Into::into).collect()))
}

/// Where an album's assets were taken.
#[utoipa::path(get, path = "/albums/{id}/map-markers", operation_id = "getAlbumMapMarkers", tag = "Albums",
    params(("id" = AlbumId, Path), ("key" = Option<String>, Query, nullable = false), ("slug" = Option<String>, Query, nullable = false)),
    extensions(("x-immich-permission" = json!("album.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<MapMarkerResponse>)))]
async fn get_album_map_markers(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AlbumId>,
) -> ApiResult<Json<Vec<MapMarkerResponse>>> {
    let caller = auth.allow(Permission::AlbumRead)?;
    let markers = albums::map_markers(&app, &caller, id).await?;
    Ok(Json(markers.into_iter().map(Into::into).collect()))
}

/// Invite people to an album.
#[utoipa::path(put, path = "/albums/{id}/users", operation_id = "addUsersToAlbum", tag = "Albums",
    params(("id" = AlbumId, Path)), request_body = AddUsers,
    extensions(("x-immich-permission" = json!("albumUser.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AlbumResponse)))]
async fn add_users_to_album(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AlbumId>,
    Body(body): Body<AddUsers>,
) -> ApiResult<Json<AlbumResponse>> {
    let caller = auth.allow(Permission::AlbumUserCreate)?;
    Ok(Json(albums::add_members(&app, &caller, id, &body.members()).await?.into()))
}

/// Give a member another role.
#[utoipa::path(put, path = "/albums/{id}/user/{userId}", operation_id = "updateAlbumUser", tag = "Albums",
    params(("id" = AlbumId, Path), ("userId" = String, Path)), request_body = UpdateAlbumUser,
    extensions(("x-immich-permission" = json!("albumUser.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn update_album_user(
    State(app): State<App>,
    auth: Auth,
    Path((id, user)): Path<(AlbumId, String)>,
    Body(body): Body<UpdateAlbumUser>,
) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AlbumUserUpdate)?;
    let user = named_user(&caller, &user)?;
    albums::update_member(&app, &caller, id, user, body.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a member, or leave as `me`.
#[utoipa::path(delete, path = "/albums/{id}/user/{userId}", operation_id = "removeUserFromAlbum", tag = "Albums",
    params(("id" = AlbumId, Path), ("userId" = String, Path)),
    extensions(("x-immich-permission" = json!("albumUser.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn remove_user_from_album(
    State(app): State<App>,
    auth: Auth,
    Path((id, user)): Path<(AlbumId, String)>,
) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AlbumUserDelete)?;
    let user = named_user(&caller, &user)?;
    albums::remove_member(&app, &caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An id, or `me`.
fn named_user(caller: &Caller, text: &str) -> ApiResult<UserId> {
    match text {
        "me" => Ok(caller.user_id()?),
        id => Ok(id.parse().map_err(|_| domain::Error::bad_request("User not found"))?),
    }
}
