//! `/api-keys`: keys that programs sign in with.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::{Json as Body, Path},
};
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use contract::api_keys::{ApiKeyResponse, CreateApiKey, CreatedApiKeyResponse, UpdateApiKey};
use domain::{App, api_keys};
use model::{ids::ApiKeyId, permission::Permission};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_api_keys, create_api_key))
        .routes(routes!(get_my_api_key))
        .routes(routes!(get_api_key, update_api_key, delete_api_key))
        .routes(routes!(rotate_api_key))
        // Newer clients say PATCH; the document keeps the older form, which everybody understands.
        .route("/api-keys/{id}", patch(update_api_key))
}

/// The user's keys, without their secrets.
#[utoipa::path(get, path = "/api-keys", operation_id = "getApiKeys", tag = "API keys",
    extensions(("x-immich-permission" = json!("apiKey.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<ApiKeyResponse>)))]
async fn get_api_keys(State(app): State<App>, auth: Auth) -> ApiResult<Json<Vec<ApiKeyResponse>>> {
    let caller = auth.allow(Permission::ApiKeyRead)?;
    Ok(Json(api_keys::list(&app, &caller).await?.iter().map(Into::into).collect()))
}

/// Make a key; its secret is shown this once.
#[utoipa::path(post, path = "/api-keys", operation_id = "createApiKey", tag = "API keys",
    request_body = CreateApiKey,
    extensions(("x-immich-permission" = json!("apiKey.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 201, body = CreatedApiKeyResponse)))]
async fn create_api_key(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<CreateApiKey>,
) -> ApiResult<(StatusCode, Json<CreatedApiKeyResponse>)> {
    let caller = auth.allow(Permission::ApiKeyCreate)?;
    let (key, secret) = api_keys::create(&app, &caller, &body.into()).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKeyResponse::new(&key, secret))))
}

/// The key that asks.
#[utoipa::path(get, path = "/api-keys/me", operation_id = "getMyApiKey", tag = "API keys",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = ApiKeyResponse)))]
async fn get_my_api_key(State(app): State<App>, auth: Auth) -> ApiResult<Json<ApiKeyResponse>> {
    Ok(Json((&api_keys::me(&app, &auth.allow_any()).await?).into()))
}

/// One key.
#[utoipa::path(get, path = "/api-keys/{id}", operation_id = "getApiKey", tag = "API keys",
    params(("id" = ApiKeyId, Path)),
    extensions(("x-immich-permission" = json!("apiKey.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = ApiKeyResponse)))]
async fn get_api_key(State(app): State<App>, auth: Auth, Path(id): Path<ApiKeyId>) -> ApiResult<Json<ApiKeyResponse>> {
    let caller = auth.allow(Permission::ApiKeyRead)?;
    Ok(Json((&api_keys::get(&app, &caller, id).await?).into()))
}

/// Rename a key or change its rights.
#[utoipa::path(put, path = "/api-keys/{id}", operation_id = "updateApiKey", tag = "API keys",
    params(("id" = ApiKeyId, Path)),
    request_body = UpdateApiKey,
    extensions(("x-immich-permission" = json!("apiKey.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = ApiKeyResponse)))]
async fn update_api_key(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ApiKeyId>,
    Body(body): Body<UpdateApiKey>,
) -> ApiResult<Json<ApiKeyResponse>> {
    let caller = auth.allow(Permission::ApiKeyUpdate)?;
    Ok(Json((&api_keys::update(&app, &caller, id, &body.into()).await?).into()))
}

/// Delete a key.
#[utoipa::path(delete, path = "/api-keys/{id}", operation_id = "deleteApiKey", tag = "API keys",
    params(("id" = ApiKeyId, Path)),
    extensions(("x-immich-permission" = json!("apiKey.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_api_key(State(app): State<App>, auth: Auth, Path(id): Path<ApiKeyId>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::ApiKeyDelete)?;
    api_keys::delete(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a key a new secret; the old one stops working.
#[utoipa::path(post, path = "/api-keys/{id}/rotate", operation_id = "rotateApiKey", tag = "API keys",
    params(("id" = ApiKeyId, Path)),
    extensions(("x-immich-permission" = json!("apiKey.rotate"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 201, body = CreatedApiKeyResponse)))]
async fn rotate_api_key(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ApiKeyId>,
) -> ApiResult<(StatusCode, Json<CreatedApiKeyResponse>)> {
    let caller = auth.allow(Permission::ApiKeyRotate)?;
    let (key, secret) = api_keys::rotate(&app, &caller, id).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKeyResponse::new(&key, secret))))
}
