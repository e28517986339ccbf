//! `/sessions`: where the user is signed in.

use crate::{auth::Auth, error::ApiResult};
use axum::{Json, extract::State};
use contract::sessions::SessionResponse;
use domain::{App, sessions};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_sessions))
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
