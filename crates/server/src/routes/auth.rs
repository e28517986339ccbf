//! `/auth`: signing up, in and out, passwords and PINs.

use crate::{
    auth::{Auth, client, cookies, device},
    error::ApiResult,
    extract::Json as Body,
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
};
use axum_extra::extract::CookieJar;
use contract::{
    auth::{
        AuthStatusResponse, ChangePassword, ChangePinCode, Login, LoginResponse, LogoutResponse, ResetPinCode,
        SetupPinCode, SignUp, UnlockSession, ValidateTokenResponse,
    },
    users::UserAdminResponse,
};
use domain::{
    App,
    auth::{self, PinProof},
};
use model::permission::Permission;
use std::net::SocketAddr;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_up_admin))
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(validate_access_token))
        .routes(routes!(change_password))
        .routes(routes!(get_auth_status))
        .routes(routes!(setup_pin_code, change_pin_code, reset_pin_code))
        .routes(routes!(unlock_auth_session))
        .routes(routes!(lock_auth_session))
}

/// Make the first account, an administrator's.
#[utoipa::path(post, path = "/auth/admin-sign-up", operation_id = "signUpAdmin", tag = "Authentication",
    request_body = SignUp,
    responses((status = 201, body = UserAdminResponse)))]
async fn sign_up_admin(
    State(app): State<App>,
    Body(body): Body<SignUp>,
) -> ApiResult<(StatusCode, Json<UserAdminResponse>)> {
    let user = auth::sign_up_admin(&app, body.name, &body.email, body.password).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// Sign in by password. The three cookies carry the session; the mobile app uses nothing else.
#[utoipa::path(post, path = "/auth/login", operation_id = "login", tag = "Authentication",
    request_body = Login,
    responses((status = 201, body = LoginResponse)))]
async fn login(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<Login>,
) -> ApiResult<(StatusCode, CookieJar, Json<LoginResponse>)> {
    let (address, is_secure) = client(&app, &headers, peer);
    let signed_in = auth::login(&app, &body.email, body.password, device(&headers), address).await?;
    let jar = cookies::signed_in(&signed_in.token, "password", is_secure).into_iter().fold(jar, CookieJar::add);
    let answer = LoginResponse::new(&signed_in.user, signed_in.token, signed_in.is_onboarded);
    Ok((StatusCode::CREATED, jar, Json(answer)))
}

/// Sign out: the session ends and the cookies go.
#[utoipa::path(post, path = "/auth/logout", operation_id = "logout", tag = "Authentication",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = LogoutResponse)))]
async fn logout(State(app): State<App>, auth: Auth, jar: CookieJar) -> ApiResult<(CookieJar, Json<LogoutResponse>)> {
    let redirect_uri = auth::logout(&app, &auth.allow(Permission::All)?).await?.to_owned();
    let jar = cookies::signed_out().into_iter().fold(jar, CookieJar::add);
    Ok((jar, Json(LogoutResponse { redirect_uri, successful: true })))
}

/// Whether the credential is still good.
#[utoipa::path(post, path = "/auth/validateToken", operation_id = "validateAccessToken", tag = "Authentication",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = ValidateTokenResponse)))]
async fn validate_access_token(auth: Auth) -> ApiResult<Json<ValidateTokenResponse>> {
    auth.allow_any();
    Ok(Json(ValidateTokenResponse { auth_status: true }))
}

/// Change the password; every other session ends.
#[utoipa::path(post, path = "/auth/change-password", operation_id = "changePassword", tag = "Authentication",
    request_body = ChangePassword,
    extensions(("x-immich-permission" = json!("auth.changePassword"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = UserAdminResponse)))]
async fn change_password(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<ChangePassword>,
) -> ApiResult<Json<UserAdminResponse>> {
    let caller = auth.allow(Permission::AuthChangePassword)?;
    let user = auth::change_password(&app, &caller, body.password, body.new_password).await?;
    Ok(Json(user.into()))
}

/// How the account is secured, and whether the locked folder is open.
#[utoipa::path(get, path = "/auth/status", operation_id = "getAuthStatus", tag = "Authentication",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = AuthStatusResponse)))]
async fn get_auth_status(State(app): State<App>, auth: Auth) -> ApiResult<Json<AuthStatusResponse>> {
    let status = auth::status(&app, &auth.allow(Permission::All)?).await?;
    let answer = AuthStatusResponse::new(status.has_password, status.has_pin);
    Ok(Json(answer.with_session(status.is_elevated, status.expires_at, status.pin_expires_at)))
}

/// Choose the first PIN.
#[utoipa::path(post, path = "/auth/pin-code", operation_id = "setupPinCode", tag = "Authentication",
    request_body = SetupPinCode,
    extensions(("x-immich-permission" = json!("pinCode.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn setup_pin_code(State(app): State<App>, auth: Auth, Body(body): Body<SetupPinCode>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::PinCodeCreate)?;
    auth::setup_pin(&app, &caller, body.pin_code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change the PIN, proving the old one or the password.
#[utoipa::path(put, path = "/auth/pin-code", operation_id = "changePinCode", tag = "Authentication",
    request_body = ChangePinCode,
    extensions(("x-immich-permission" = json!("pinCode.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn change_pin_code(State(app): State<App>, auth: Auth, Body(body): Body<ChangePinCode>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::PinCodeUpdate)?;
    let proof = PinProof { password: body.password, pin: body.pin_code };
    auth::change_pin(&app, &caller, proof, body.new_pin_code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove the PIN; the locked folder closes everywhere.
#[utoipa::path(delete, path = "/auth/pin-code", operation_id = "resetPinCode", tag = "Authentication",
    request_body = ResetPinCode,
    extensions(("x-immich-permission" = json!("pinCode.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn reset_pin_code(State(app): State<App>, auth: Auth, Body(body): Body<ResetPinCode>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::PinCodeDelete)?;
    auth::reset_pin(&app, &caller, PinProof { password: body.password, pin: body.pin_code }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open the locked folder to this session.
#[utoipa::path(post, path = "/auth/session/unlock", operation_id = "unlockAuthSession", tag = "Authentication",
    request_body = UnlockSession,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn unlock_auth_session(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<UnlockSession>,
) -> ApiResult<StatusCode> {
    let proof = PinProof { password: body.password, pin: body.pin_code };
    auth::unlock_session(&app, &auth.allow(Permission::All)?, proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Close the locked folder to this session.
#[utoipa::path(post, path = "/auth/session/lock", operation_id = "lockAuthSession", tag = "Authentication",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn lock_auth_session(State(app): State<App>, auth: Auth) -> ApiResult<StatusCode> {
    auth::lock_session(&app, &auth.allow(Permission::All)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
