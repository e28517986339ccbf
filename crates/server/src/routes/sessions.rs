//! `/sessions`: where the user is signed in.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::{Json as Body, Path},
};
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use chrono::TimeDelta;
use contract::sessions::{CreateSession, CreatedSessionResponse, SessionResponse, UpdateSession};
use domain::{App, sessions};
use model::{ids::SessionId, permission::Permission, sessions::Device};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_sessions, create_session, delete_all_sessions))
        .routes(routes!(update_session, delete_session))
        .routes(routes!(lock_session))
        // Newer clients say PATCH; the document keeps the older form, which everybody understands.
        .route("/sessions/{id}", patch(update_session))
}

/// The user's sessions, this one marked.
#[utoipa::path(get, path = "/sessions", operation_id = "getSessions", tag = "Sessions",
    extensions(("x-immich-permission" = json!("session.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<SessionResponse>)))]
async fn get_sessions(State(app): State<App>, auth: Auth) -> ApiResult<Json<Vec<SessionResponse>>> {
    let caller = auth.allow(Permission::SessionRead)?;
    let sessions = sessions::list(&app, &caller).await?;
    Ok(Json(sessions.iter().map(|session| SessionResponse::new(session, caller.session_id())).collect()))
}

/// A session for another device, a television for instance.
#[utoipa::path(post, path = "/sessions", operation_id = "createSession", tag = "Sessions",
    request_body = CreateSession,
    extensions(("x-immich-permission" = json!("session.create"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 201, body = CreatedSessionResponse)))]
async fn create_session(
    State(app): State<App>,
    auth: Auth,
    Body(body): Body<CreateSession>,
) -> ApiResult<(StatusCode, Json<CreatedSessionResponse>)> {
    let caller = auth.allow(Permission::SessionCreate)?;
    let lasts = body.duration.and_then(TimeDelta::try_seconds);
    let (device_type, device_os) = (body.device_type.unwrap_or_default(), body.device_os.unwrap_or_default());
    let device = Device { device_type, device_os, app_version: None };
    let (session, token) = sessions::create(&app, &caller, device, lasts).await?;
    Ok((StatusCode::CREATED, Json(CreatedSessionResponse::new(&session, token))))
}

/// Sign out everywhere else.
#[utoipa::path(delete, path = "/sessions", operation_id = "deleteAllSessions", tag = "Sessions",
    extensions(("x-immich-permission" = json!("session.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_all_sessions(State(app): State<App>, auth: Auth) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::SessionDelete)?;
    sessions::delete_others(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask a device to synchronise anew.
#[utoipa::path(put, path = "/sessions/{id}", operation_id = "updateSession", tag = "Sessions",
    params(("id" = SessionId, Path)),
    request_body = UpdateSession,
    extensions(("x-immich-permission" = json!("session.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SessionResponse)))]
async fn update_session(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<SessionId>,
    Body(body): Body<UpdateSession>,
) -> ApiResult<Json<SessionResponse>> {
    let caller = auth.allow(Permission::SessionUpdate)?;
    let session = sessions::update(&app, &caller, id, body.is_pending_sync_reset).await?;
    Ok(Json(SessionResponse::new(&session, caller.session_id())))
}

/// Sign out one device, and those it signed in.
#[utoipa::path(delete, path = "/sessions/{id}", operation_id = "deleteSession", tag = "Sessions",
    params(("id" = SessionId, Path)),
    extensions(("x-immich-permission" = json!("session.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_session(State(app): State<App>, auth: Auth, Path(id): Path<SessionId>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::SessionDelete)?;
    sessions::delete(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Close the locked folder to a device.
#[utoipa::path(post, path = "/sessions/{id}/lock", operation_id = "lockSession", tag = "Sessions",
    params(("id" = SessionId, Path)),
    extensions(("x-immich-permission" = json!("session.lock"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn lock_session(State(app): State<App>, auth: Auth, Path(id): Path<SessionId>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::SessionLock)?;
    sessions::lock(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
