//! `/public/config` and `/config`: the settings that everybody, and every user, may know.

use crate::{auth::Auth, error::ApiResult};
use axum::{Json, extract::State};
use contract::system_config::{PublicConfig, UserConfig};
use domain::{App, system_config};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_public_config))
        .routes(routes!(get_public_config_defaults))
        .routes(routes!(get_user_config))
        .routes(routes!(get_user_config_defaults))
}

/// What the login page needs.
#[utoipa::path(get, path = "/public/config", operation_id = "getPublicConfig", tag = "Settings",
    responses((status = 200, body = PublicConfig)))]
async fn get_public_config(State(app): State<App>) -> ApiResult<Json<PublicConfig>> {
    Ok(Json((&*system_config::current(&app)).into()))
}

/// The same of a fresh installation.
#[utoipa::path(get, path = "/public/config/defaults", operation_id = "getPublicConfigDefaults", tag = "Settings",
    responses((status = 200, body = PublicConfig)))]
async fn get_public_config_defaults(State(app): State<App>) -> ApiResult<Json<PublicConfig>> {
    Ok(Json((&system_config::defaults(&app)).into()))
}

/// What every user's pages need.
#[utoipa::path(get, path = "/config", operation_id = "getUserConfig", tag = "Settings",
    extensions(("x-immich-permission" = json!("userConfig.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserConfig)))]
async fn get_user_config(State(app): State<App>, auth: Auth) -> ApiResult<Json<UserConfig>> {
    auth.allow(Permission::UserConfigRead)?;
    Ok(Json((&*system_config::current(&app)).into()))
}

/// The same of a fresh installation.
#[utoipa::path(get, path = "/config/defaults", operation_id = "getUserConfigDefaults", tag = "Settings",
    extensions(("x-immich-permission" = json!("userConfig.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserConfig)))]
async fn get_user_config_defaults(State(app): State<App>, auth: Auth) -> ApiResult<Json<UserConfig>> {
    auth.allow(Permission::UserConfigRead)?;
    Ok(Json((&system_config::defaults(&app)).into()))
}
