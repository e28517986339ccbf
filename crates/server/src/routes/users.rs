//! `/users`: oneself, with preferences and first steps, and the others.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::{Json as Body, Path},
};
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use contract::{
    preferences::{PreferencesChanges, UpdatePreferences},
    users::{OnboardingResponse, SetOnboarding, UpdateMe, UserAdminResponse, UserResponse},
};
use domain::{App, users};
use model::{ids::UserId, permission::Permission, preferences::Preferences};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_users))
        .routes(routes!(get_my_user, update_my_user))
        .routes(routes!(get_my_preferences, update_my_preferences))
        .routes(routes!(get_user_onboarding, set_user_onboarding, delete_user_onboarding))
        .routes(routes!(get_user))
        // Newer clients say PATCH; the document keeps the older form, which everybody understands.
        .route("/users/me", patch(update_my_user))
        .route("/users/me/preferences", patch(update_my_preferences))
}

/// Everybody one may share with.
#[utoipa::path(get, path = "/users", operation_id = "searchUsers", tag = "Users",
    extensions(("x-immich-permission" = json!("user.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<UserResponse>)))]
async fn search_users(State(app): State<App>, auth: Auth) -> ApiResult<Json<Vec<UserResponse>>> {
    let caller = auth.allow(Permission::UserRead)?;
    Ok(Json(users::list(&app, &caller).await?.iter().map(Into::into).collect()))
}

/// Who is signed in.
#[utoipa::path(get, path = "/users/me", operation_id = "getMyUser", tag = "Users",
    extensions(("x-immich-permission" = json!("user.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserAdminResponse)))]
async fn get_my_user(State(app): State<App>, auth: Auth) -> ApiResult<Json<UserAdminResponse>> {
    let caller = auth.allow(Permission::UserRead)?;
    Ok(Json(users::me(&app, &caller).await?.into()))
}

/// Change one's own account.
#[utoipa::path(put, path = "/users/me", operation_id = "updateMyUser", tag = "Users",
    request_body = UpdateMe,
    extensions(("x-immich-permission" = json!("user.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserAdminResponse)))]
async fn update_my_user(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<UpdateMe>,
) -> ApiResult<Json<UserAdminResponse>> {
    let caller = auth.allow(Permission::UserUpdate)?;
    let (changes, password) = body.into_changes();
    Ok(Json(users::update_me(&app, &caller, changes, password).await?.into()))
}

/// What one prefers.
#[utoipa::path(get, path = "/users/me/preferences", operation_id = "getMyPreferences", tag = "Users",
    extensions(("x-immich-permission" = json!("userPreference.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Preferences)))]
async fn get_my_preferences(State(app): State<App>, auth: Auth) -> ApiResult<Json<Preferences>> {
    let caller = auth.allow(Permission::UserPreferenceRead)?;
    Ok(Json(users::preferences(&app, &caller).await?))
}

/// Change some preferences.
#[utoipa::path(put, path = "/users/me/preferences", operation_id = "updateMyPreferences", tag = "Users",
    request_body = PreferencesChanges,
    extensions(("x-immich-permission" = json!("userPreference.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Preferences)))]
async fn update_my_preferences(
    State(app): State<App>,
    auth: Auth,
    Body(UpdatePreferences(changes)): Body<UpdatePreferences>,
) -> ApiResult<Json<Preferences>> {
    let caller = auth.allow(Permission::UserPreferenceUpdate)?;
    Ok(Json(users::update_preferences(&app, &caller, changes).await?))
}

/// Whether one has been through the first steps.
#[utoipa::path(get, path = "/users/me/onboarding", operation_id = "getUserOnboarding", tag = "Users",
    extensions(("x-immich-permission" = json!("userOnboarding.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = OnboardingResponse)))]
async fn get_user_onboarding(State(app): State<App>, auth: Auth) -> ApiResult<Json<OnboardingResponse>> {
    let caller = auth.allow(Permission::UserOnboardingRead)?;
    Ok(Json(OnboardingResponse { is_onboarded: users::onboarding(&app, &caller).await? }))
}

/// Remember that one has been through the first steps.
#[utoipa::path(put, path = "/users/me/onboarding", operation_id = "setUserOnboarding", tag = "Users",
    request_body = SetOnboarding,
    extensions(("x-immich-permission" = json!("userOnboarding.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = OnboardingResponse)))]
async fn set_user_onboarding(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<SetOnboarding>,
) -> ApiResult<Json<OnboardingResponse>> {
    let caller = auth.allow(Permission::UserOnboardingUpdate)?;
    users::set_onboarding(&app, &caller, body.is_onboarded).await?;
    Ok(Json(OnboardingResponse { is_onboarded: body.is_onboarded }))
}

/// Begin the first steps anew.
#[utoipa::path(delete, path = "/users/me/onboarding", operation_id = "deleteUserOnboarding", tag = "Users",
    extensions(("x-immich-permission" = json!("userOnboarding.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_user_onboarding(State(app): State<App>, auth: Auth) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::UserOnboardingDelete)?;
    users::delete_onboarding(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody.
#[utoipa::path(get, path = "/users/{id}", operation_id = "getUser", tag = "Users",
    params(("id" = UserId, Path)),
    extensions(("x-immich-permission" = json!("user.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserResponse)))]
async fn get_user(State(app): State<App>, auth: Auth, Path(id): Path<UserId>) -> ApiResult<Json<UserResponse>> {
    let caller = auth.allow(Permission::UserRead)?;
    Ok(Json((&users::get(&app, &caller, id).await?).into()))
}
