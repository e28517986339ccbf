//! Looking at assets, changing and deleting them.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::{Json, Path, Query},
};
use axum::{extract::State, http::StatusCode, routing::patch};
use contract::{
    assets::{
        AssetJobName, AssetResponse, AssetStatisticsQuery, AssetStatisticsResponse, DeleteAssets, RunAssetJobs,
        SharedLinkQuery, UpdateAsset, UpdateAssets, asset_response,
    },
    upload::{BulkUploadCheck, BulkUploadCheckItem, BulkUploadCheckResponse, BulkUploadCheckResult},
};
use domain::{
    App,
    assets::{self, AssetJob},
};
use model::{ids::AssetId, permission::Permission};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(update_assets, delete_assets))
        .routes(routes!(check_bulk_upload))
        .routes(routes!(run_asset_jobs))
        .routes(routes!(get_asset_statistics))
        .routes(routes!(get_asset_info, update_asset))
        // Twins that newer clients use; the document does not name them.
        .route("/assets", patch(update_assets))
        .route("/assets/{id}", patch(update_asset))
}

/// Changes many assets at once.
#[utoipa::path(put, path = "/assets", operation_id = "updateAssets", tag = "Assets", request_body = UpdateAssets,
    extensions(("x-immich-permission" = json!("asset.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn update_assets(State(app): State<App>, auth: Auth, Json(body): Json<UpdateAssets>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AssetUpdate)?;
    let (ids, changes) = body.into_changes();
    assets::update_many(&app, &caller, &ids, &changes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves assets to the trash, or deletes them for good.
#[utoipa::path(delete, path = "/assets", operation_id = "deleteAssets", tag = "Assets", request_body = DeleteAssets,
    extensions(("x-immich-permission" = json!("asset.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_assets(State(app): State<App>, auth: Auth, Json(body): Json<DeleteAssets>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::AssetDelete)?;
    assets::delete(&app, &caller, &body.ids, body.force.unwrap_or_default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which of these files are in the library already.
#[utoipa::path(post, path = "/assets/bulk-upload-check", operation_id = "checkBulkUpload", tag = "Assets",
    request_body = BulkUploadCheck,
    extensions(("x-immich-permission" = json!("asset.upload"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = BulkUploadCheckResponse)))]
async fn check_bulk_upload(
    State(app): State<App>,
    auth: Auth,
    Json(body): Json<BulkUploadCheck>,
) -> ApiResult<axum::Json<BulkUploadCheckResponse>> {
    let caller = auth.allow(Permission::AssetUpload)?;
    let checksums: Vec<_> = body.assets.iter().map(|item| item.checksum.parse().ok()).collect();
    let known = assets::find_known(&app, &caller, &checksums).await?;
    let result = |(item, known): (BulkUploadCheckItem, _)| match known {
        Some((asset, is_trashed)) => BulkUploadCheckResult::duplicate(item.id, asset, is_trashed),
        None => BulkUploadCheckResult::accept(item.id),
    };
    Ok(axum::Json(BulkUploadCheckResponse { results: body.assets.into_iter().zip(known).map(result).collect() }))
}

/// Does a job again for some assets.
#[utoipa::path(post, path = "/assets/jobs", operation_id = "runAssetJobs", tag = "Assets", request_body = RunAssetJobs,
    extensions(("x-immich-permission" = json!("job.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn run_asset_jobs(State(app): State<App>, auth: Auth, Json(body): Json<RunAssetJobs>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::JobCreate)?;
    let job = match body.name {
        AssetJobName::RefreshMetadata => AssetJob::RefreshMetadata,
        AssetJobName::RegenerateThumbnail => AssetJob::RegenerateThumbnails,
        AssetJobName::TranscodeVideo => AssetJob::TranscodeVideo,
        AssetJobName::RefreshFaces => {
            return Err(domain::Error::bad_request("Faces are not recognised in this version").into());
        }
    };
    assets::queue_jobs(&app, &caller, &body.asset_ids, job).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many photos and videos the user has.
#[utoipa::path(get, path = "/assets/statistics", operation_id = "getAssetStatistics", tag = "Assets",
    params(AssetStatisticsQuery),
    extensions(("x-immich-permission" = json!("asset.statistics"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AssetStatisticsResponse)))]
async fn get_asset_statistics(
    State(app): State<App>,
    auth: Auth,
    Query(query): Query<AssetStatisticsQuery>,
) -> ApiResult<axum::Json<AssetStatisticsResponse>> {
    let caller = auth.allow(Permission::AssetStatistics)?;
    Ok(axum::Json(assets::statistics(&app, &caller, &query.into()).await?.into()))
}

/// One asset with all that is known of it.
#[utoipa::path(get, path = "/assets/{id}", operation_id = "getAssetInfo", tag = "Assets",
    params(("id" = AssetId, Path), SharedLinkQuery),
    extensions(("x-immich-permission" = json!("asset.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AssetResponse)))]
async fn get_asset_info(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AssetId>,
) -> ApiResult<axum::Json<AssetResponse>> {
    let caller = auth.allow(Permission::AssetRead)?;
    let view = assets::get(&app, &caller, id).await?;
    Ok(axum::Json(asset_response(&view, caller.user_id().ok())))
}

/// Changes one asset.
#[utoipa::path(put, path = "/assets/{id}", operation_id = "updateAsset", tag = "Assets",
    params(("id" = AssetId, Path)), request_body = UpdateAsset,
    extensions(("x-immich-permission" = json!("asset.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AssetResponse)))]
async fn update_asset(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AssetId>,
    Json(body): Json<UpdateAsset>,
) -> ApiResult<axum::Json<AssetResponse>> {
    let caller = auth.allow(Permission::AssetUpdate)?;
    let view = assets::update(&app, &caller, id, &body.into()).await?;
    Ok(axum::Json(asset_response(&view, caller.user_id().ok())))
}
