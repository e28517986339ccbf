//! `/system-metadata`: state of the installation that administrators look at.

use crate::{auth::Auth, error::ApiResult, extract::Json as Body};
use axum::{Json, extract::State, http::StatusCode};
use contract::{
    server_info::VersionCheckResponse,
    system_metadata::{AdminOnboarding, UpdateAdminOnboarding},
};
use domain::{App, server_info};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_admin_onboarding, update_admin_onboarding))
        .routes(routes!(get_version_check_state))
}

/// Whether the administrator has been through the first steps.
#[utoipa::path(get, path = "/system-metadata/admin-onboarding", operation_id = "getAdminOnboarding", tag = "System metadata",
    extensions(("x-immich-permission" = json!("systemMetadata.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AdminOnboarding)))]
async fn get_admin_onboarding(State(app): State<App>, auth: Auth) -> ApiResult<Json<AdminOnboarding>> {
    auth.allow_admin(Permission::SystemMetadataRead)?;
    Ok(Json(AdminOnboarding { is_onboarded: server_info::set_up(&app).await?.is_onboarded }))
}

/// Remember that the administrator has been through the first steps.
#[utoipa::path(post, path = "/system-metadata/admin-onboarding", operation_id = "updateAdminOnboarding", tag = "System metadata",
    request_body = UpdateAdminOnboarding,
    extensions(("x-immich-permission" = json!("systemMetadata.update")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn update_admin_onboarding(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<UpdateAdminOnboarding>,
) -> ApiResult<StatusCode> {
    let caller = auth.allow_admin(Permission::SystemMetadataUpdate)?;
    server_info::set_admin_onboarding(&app, &caller, body.is_onboarded).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a newer release is known.
#[utoipa::path(get, path = "/system-metadata/version-check-state", operation_id = "getVersionCheckState", tag = "System metadata",
    extensions(("x-immich-permission" = json!("systemMetadata.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = VersionCheckResponse)))]
async fn get_version_check_state(State(app): State<App>, auth: Auth) -> ApiResult<Json<VersionCheckResponse>> {
    let caller = auth.allow_admin(Permission::SystemMetadataRead)?;
    let check = server_info::version_check(&app, &caller).await?;
    Ok(Json(VersionCheckResponse::new(check.checked_at, check.release_version)))
}
