//! `/admin/config` and its older form `/system-config`: the administrator's settings.

use crate::{auth::Auth, error::ApiResult, extract::Json as Body};
use axum::{Json, extract::State};
use config::SystemConfig;
use contract::system_config::StorageTemplateOptions;
use domain::{App, system_config};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_admin_config, update_admin_config))
        .routes(routes!(get_admin_config_defaults))
        .routes(routes!(get_config, update_config))
        .routes(routes!(get_config_defaults))
        .routes(routes!(get_storage_template_options))
}

/// All settings.
#[utoipa::path(get, path = "/admin/config", operation_id = "getAdminConfig", tag = "Settings",
    extensions(("x-immich-permission" = json!("adminConfig.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SystemConfig)))]
async fn get_admin_config(State(app): State<App>, auth: Auth) -> ApiResult<Json<SystemConfig>> {
    auth.allow_admin(Permission::AdminConfigRead)?;
    Ok(Json(SystemConfig::clone(&system_config::current(&app))))
}

/// Change the settings; every process takes them over.
#[utoipa::path(put, path = "/admin/config", operation_id = "updateAdminConfig", tag = "Settings",
    request_body = SystemConfig,
    extensions(("x-immich-permission" = json!("adminConfig.update")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SystemConfig)))]
async fn update_admin_config(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<SystemConfig>,
) -> ApiResult<Json<SystemConfig>> {
    let caller = auth.allow_admin(Permission::AdminConfigUpdate)?;
    Ok(Json(SystemConfig::clone(&*system_config::update(&app, &caller, &body).await?)))
}

/// The settings of a fresh installation.
#[utoipa::path(get, path = "/admin/config/defaults", operation_id = "getAdminConfigDefaults", tag = "Settings",
    extensions(("x-immich-permission" = json!("adminConfig.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SystemConfig)))]
async fn get_admin_config_defaults(State(app): State<App>, auth: Auth) -> ApiResult<Json<SystemConfig>> {
    auth.allow_admin(Permission::AdminConfigRead)?;
    Ok(Json(system_config::defaults(&app)))
}

/// All settings.
#[utoipa::path(get, path = "/system-config", operation_id = "getConfig", tag = "Settings",
    extensions(("x-immich-permission" = json!("systemConfig.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SystemConfig)))]
async fn get_config(State(app): State<App>, auth: Auth) -> ApiResult<Json<SystemConfig>> {
    auth.allow_admin(Permission::SystemConfigRead)?;
    Ok(Json(SystemConfig::clone(&system_config::current(&app))))
}

/// Change the settings; every process takes them over.
#[utoipa::path(put, path = "/system-config", operation_id = "updateConfig", tag = "Settings",
    request_body = SystemConfig,
    extensions(("x-immich-permission" = json!("systemConfig.update")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SystemConfig)))]
async fn update_config(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<SystemConfig>,
) -> ApiResult<Json<SystemConfig>> {
    let caller = auth.allow_admin(Permission::SystemConfigUpdate)?;
    Ok(Json(SystemConfig::clone(&*system_config::update(&app, &caller, &body).await?)))
}

/// The settings of a fresh installation.
#[utoipa::path(get, path = "/system-config/defaults", operation_id = "getConfigDefaults", tag = "Settings",
    extensions(("x-immich-permission" = json!("systemConfig.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SystemConfig)))]
async fn get_config_defaults(State(app): State<App>, auth: Auth) -> ApiResult<Json<SystemConfig>> {
    auth.allow_admin(Permission::SystemConfigRead)?;
    Ok(Json(system_config::defaults(&app)))
}

/// What a storage template may be put together from.
#[utoipa::path(get, path = "/system-config/storage-template-options", operation_id = "getStorageTemplateOptions", tag = "Settings",
    extensions(("x-immich-permission" = json!("systemConfig.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = StorageTemplateOptions)))]
async fn get_storage_template_options(auth: Auth) -> ApiResult<Json<StorageTemplateOptions>> {
    auth.allow_admin(Permission::SystemConfigRead)?;
    Ok(Json(StorageTemplateOptions::all()))
}
