//! Values that clients keep beside an asset.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::{Json, Path},
};
use axum::{extract::State, http::StatusCode};
use contract::asset_metadata::{
    BulkMetadataResponse, DeleteBulkMetadata, MetadataResponse, UpsertBulkMetadata, UpsertMetadata,
};
use domain::{
    App,
    assets::{self, MetadataValue},
};
use model::{ids::AssetId, permission::Permission};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(update_bulk_asset_metadata, delete_bulk_asset_metadata))
        .routes(routes!(get_asset_metadata, update_asset_metadata))
        .routes(routes!(get_asset_metadata_by_key, delete_asset_metadata))
}

fn response(value: MetadataValue) -> MetadataResponse {
    MetadataResponse::new(value.key, value.value, value.updated_at)
}

/// Writes values of many assets.
#[utoipa::path(put, path = "/assets/metadata", operation_id = "updateBulkAssetMetadata", tag = "Assets",
    request_body = UpsertBulkMetadata,
    extensions(("x-immich-permission" = json!("asset.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<BulkMetadataResponse>)))]
async fn update_bulk_asset_metadata(
    State(app): State<App>,
    auth: Auth,
    Json(body): Json<UpsertBulkMetadata>,
) -> ApiResult<axum::Json<Vec<BulkMetadataResponse>>> {
    let caller = auth.allow(Permission::AssetUpdate)?;
    let items: Vec<_> = body.items.into_iter().map(|item| (item.asset_id, item.key, item.value.into())).collect();
    let written = assets::upsert_metadata(&app, &caller, &items).await?;
    let answers = written
        .into_iter()
        .map(|value| BulkMetadataResponse::new(value.asset_id, value.key, value.value, value.updated_at));
    Ok(axum::Json(answers.collect()))
}

/// Removes values of many assets.
#[utoipa::path(delete, path = "/assets/metadata", operation_id = "deleteBulkAssetMetadata", tag = "Assets",
    request_body = DeleteBulkMetadata,
    extensions(("x-immich-permission" = json!("asset.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_bulk_asset_metadata(
    State(app): State<App>,
    auth: Auth,
    Json(body): Json<DeleteBulkMetadata>,
) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AssetUpdate)?;
    let items: Vec<_> = body.items.into_iter().map(|item| (item.asset_id, item.key)).collect();
    assets::delete_metadata(&app, &caller, &items).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All values of an asset.
#[utoipa::path(get, path = "/assets/{id}/metadata", operation_id = "getAssetMetadata", tag = "Assets",
    params(("id" = AssetId, Path)),
    extensions(("x-immich-permission" = json!("asset.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<MetadataResponse>)))]
async fn get_asset_metadata(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AssetId>,
) -> ApiResult<axum::Json<Vec<MetadataResponse>>> {
    let caller = auth.allow(Permission::AssetRead)?;
    let values = assets::list_metadata(&app, &caller, id, None).await?;
    Ok(axum::Json(values.into_iter().map(response).collect()))
}

/// Writes values of one asset.
#[utoipa::path(put, path = "/assets/{id}/metadata", operation_id = "updateAssetMetadata", tag = "Assets",
    params(("id" = AssetId, Path)), request_body = UpsertMetadata,
    extensions(("x-immich-permission" = json!("asset.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<MetadataResponse>)))]
async fn update_asset_metadata(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AssetId>,
    Json(body): Json<UpsertMetadata>,
) -> ApiResult<axum::Json<Vec<MetadataResponse>>> {
    let caller = auth.allow(Permission::AssetUpdate)?;
    let items: Vec<_> = body.items.into_iter().map(|item| (id, item.key, item.value.into())).collect();
    let written = assets::upsert_metadata(&app, &caller, &items).await?;
    Ok(axum::Json(written.into_iter().map(response).collect()))
}

/// The value under a key.
#[utoipa::path(get, path = "/assets/{id}/metadata/{key}", operation_id = "getAssetMetadataByKey", tag = "Assets",
    params(("id" = AssetId, Path), ("key" = String, Path)),
    extensions(("x-immich-permission" = json!("asset.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = MetadataResponse)))]
async fn get_asset_metadata_by_key(
    State(app): State<App>,
    auth: Auth,
    Path((id, key)): Path<(AssetId, String)>,
) -> ApiResult<axum::Json<MetadataResponse>> {
    let caller = auth.allow(Permission::AssetRead)?;
    let value = assets::list_metadata(&app, &caller, id, Some(&key)).await?.pop();
    let value =
        value.ok_or_else(|| domain::Error::BadRequest(format!("Metadata with key \"{key}\" not found").into()))?;
    Ok(axum::Json(response(value)))
}

/// Removes the value under a key.
#[utoipa::path(delete, path = "/assets/{id}/metadata/{key}", operation_id = "deleteAssetMetadata", tag = "Assets",
    params(("id" = AssetId, Path), ("key" = String, Path)),
    extensions(("x-immich-permission" = json!("asset.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_asset_metadata(
    State(app): State<App>,
    auth: Auth,
    Path((id, key)): Path<(AssetId, String)>,
) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AssetUpdate)?;
    assets::delete_metadata(&app, &caller, &[(id, key)]).await?;
    Ok(StatusCode::NO_CONTENT)
}
