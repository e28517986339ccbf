//! `/users/me/license` and `/server/license`.

use crate::{auth::Auth, error::ApiResult, extract::Json as Body};
use axum::{Json, extract::State, http::StatusCode};
use contract::licenses::{LicenseKey, UserLicense};
use domain::{App, licenses};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_user_license, set_user_license, delete_user_license)).routes(routes!(
        get_server_license,
        set_server_license,
        delete_server_license
    ))
}

/// One's own licence.
#[utoipa::path(get, path = "/users/me/license", operation_id = "getUserLicense", tag = "Users",
    extensions(("x-immich-permission" = json!("userLicense.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserLicense)))]
async fn get_user_license(State(app): State<App>, auth: Auth) -> ApiResult<Json<UserLicense>> {
    let caller = auth.allow(Permission::UserLicenseRead)?;
    Ok(Json(licenses::of_user(&app, &caller).await?.into()))
}

/// Enter a licence of one's own.
#[utoipa::path(put, path = "/users/me/license", operation_id = "setUserLicense", tag = "Users",
    request_body = LicenseKey,
    extensions(("x-immich-permission" = json!("userLicense.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserLicense)))]
async fn set_user_license(auth: Auth, Body(body): Body<LicenseKey>) -> ApiResult<Json<UserLicense>> {
    let caller = auth.allow(Permission::UserLicenseUpdate)?;
    Ok(Json(licenses::activate(&caller, &body.license_key, &body.activation_key)?.into()))
}

/// Forget one's own licence.
#[utoipa::path(delete, path = "/users/me/license", operation_id = "deleteUserLicense", tag = "Users",
    extensions(("x-immich-permission" = json!("userLicense.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_user_license(State(app): State<App>, auth: Auth) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::UserLicenseDelete)?;
    licenses::delete_of_user(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

// The published API gives the 404 this body, which it does not have; generated clients are compared with it word by word.
/// The licence of the installation.
#[utoipa::path(get, path = "/server/license", operation_id = "getServerLicense", tag = "Server",
    extensions(("x-immich-permission" = json!("serverLicense.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserLicense), (status = 404, body = UserLicense)))]
async fn get_server_license(State(app): State<App>, auth: Auth) -> ApiResult<Json<UserLicense>> {
    let caller = auth.allow_admin(Permission::ServerLicenseRead)?;
    Ok(Json(licenses::of_server(&app, &caller).await?.into()))
}

/// Enter a licence for the installation.
#[utoipa::path(put, path = "/server/license", operation_id = "setServerLicense", tag = "Server",
    request_body = LicenseKey,
    extensions(("x-immich-permission" = json!("serverLicense.update")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserLicense)))]
async fn set_server_license(auth: Auth, Body(body): Body<LicenseKey>) -> ApiResult<Json<UserLicense>> {
    let caller = auth.allow_admin(Permission::ServerLicenseUpdate)?;
    Ok(Json(licenses::activate(&caller, &body.license_key, &body.activation_key)?.into()))
}

/// Forget the licence of the installation.
#[utoipa::path(delete, path = "/server/license", operation_id = "deleteServerLicense", tag = "Server",
    extensions(("x-immich-permission" = json!("serverLicense.delete")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_server_license(State(app): State<App>, auth: Auth) -> ApiResult<StatusCode> {
    let caller = auth.allow_admin(Permission::ServerLicenseDelete)?;
    licenses::delete_of_server(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
