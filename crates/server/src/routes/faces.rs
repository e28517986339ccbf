//! `/faces`: where people are in assets.

use crate::{auth::Auth, error::ApiResult, extract::Query};
use axum::{Json, extract::State};
use contract::faces::{FaceResponse, FacesQuery};
use domain::{App, faces};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_faces))
}

/// The faces in an asset.
#[utoipa::path(get, path = "/faces", operation_id = "getFaces", tag = "Faces", params(FacesQuery),
    extensions(("x-immich-permission" = json!("face.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<FaceResponse>)))]
async fn get_faces(
    State(app): State<App>,
    auth: Auth,
    Query(query): Query<FacesQuery>,
) -> ApiResult<Json<Vec<FaceResponse>>> {
    let caller = auth.allow(Permission::FaceRead)?;
    let faces = faces::list(&app, &caller, query.id).await?;
    Ok(Json(faces.into_iter().map(Into::into).collect()))
}
