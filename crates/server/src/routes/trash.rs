//! `/trash`: what was deleted and can come back.

use crate::{auth::Auth, error::ApiResult, extract::Json};
use axum::extract::State;
use contract::{bulk::BulkIds, trash::TrashResponse};
use domain::{App, trash};
use model::{ids::AssetId, permission::Permission};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(empty_trash)).routes(routes!(restore_trash)).routes(routes!(restore_assets))
}

fn counted(count: usize) -> axum::Json<TrashResponse> {
    axum::Json(TrashResponse { count: i64::try_from(count).unwrap_or(i64::MAX) })
}

/// Deletes everything in the trash for good.
#[utoipa::path(post, path = "/trash/empty", operation_id = "emptyTrash", tag = "Trash",
    extensions(("x-immich-permission" = json!("asset.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = TrashResponse)))]
async fn empty_trash(State(app): State<App>, auth: Auth) -> ApiResult<axum::Json<TrashResponse>> {
    let caller = auth.allow(Permission::AssetDelete)?;
    Ok(counted(trash::empty(&app, &caller).await?))
}

/// Brings everything back.
#[utoipa::path(post, path = "/trash/restore", operation_id = "restoreTrash", tag = "Trash",
    extensions(("x-immich-permission" = json!("asset.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = TrashResponse)))]
async fn restore_trash(State(app): State<App>, auth: Auth) -> ApiResult<axum::Json<TrashResponse>> {
    let caller = auth.allow(Permission::AssetDelete)?;
    Ok(counted(trash::restore_all(&app, &caller).await?))
}

/// Brings some assets back.
#[utoipa::path(post, path = "/trash/restore/assets", operation_id = "restoreAssets", tag = "Trash",
    request_body = BulkIds,
    extensions(("x-immich-permission" = json!("asset.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = TrashResponse)))]
async fn restore_assets(
    State(app): State<App>,
    auth: Auth,
    Json(body): Json<BulkIds>,
) -> ApiResult<axum::Json<TrashResponse>> {
    let caller = auth.allow(Permission::AssetDelete)?;
    let ids: Vec<AssetId> = body.ids.into_iter().map(AssetId::from).collect();
    Ok(counted(trash::restore_assets(&app, &caller, &ids).await?))
}
