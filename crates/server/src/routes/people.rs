//! `/people`: whom a user knows in their pictures.

use crate::{
    auth::Auth,
    error::{ApiError, ApiResult},
    extract::{Json as Body, Path, Query},
    send_file::{Caching, Served, not_found, send_file},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use contract::people::{PeopleQuery, PeopleResponse, PersonResponse, PersonStatisticsResponse, UpdatePerson};
use domain::{
    App, Error,
    people::{self, PeopleRequest},
};
use model::{ids::PersonId, permission::Permission};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_all_people))
        .routes(routes!(get_person, update_person, delete_person))
        .routes(routes!(get_person_statistics))
        .routes(routes!(get_person_thumbnail))
}

/// The people of the user's timeline.
#[utoipa::path(get, path = "/people", operation_id = "getAllPeople", tag = "People", params(PeopleQuery),
    extensions(("x-immich-permission" = json!("person.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = PeopleResponse)))]
async fn get_all_people(
    State(app): State<App>,
    auth: Auth,
    Query(query): Query<PeopleQuery>,
) -> ApiResult<Json<PeopleResponse>> {
    let caller = auth.allow(Permission::PersonRead)?;
    let request = PeopleRequest {
        with_hidden: query.with_hidden.unwrap_or_default(),
        page: query.page,
        size: query.size,
        closest_to: query.closest_person_id,
    };
    Ok(Json(people::list(&app, &caller, request).await?.into()))
}

/// One person.
#[utoipa::path(get, path = "/people/{id}", operation_id = "getPerson", tag = "People", params(("id" = PersonId, Path)),
    extensions(("x-immich-permission" = json!("person.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = PersonResponse)))]
async fn get_person(State(app): State<App>, auth: Auth, Path(id): Path<PersonId>) -> ApiResult<Json<PersonResponse>> {
    let caller = auth.allow(Permission::PersonRead)?;
    Ok(Json((&people::get(&app, &caller, id).await?).into()))
}

/// Name a person, hide them, choose the face by which they are shown.
#[utoipa::path(put, path = "/people/{id}", operation_id = "updatePerson", tag = "People",
    params(("id" = PersonId, Path)), request_body = UpdatePerson,
    extensions(("x-immich-permission" = json!("person.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = PersonResponse)))]
async fn update_person(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<PersonId>,
    Body(body): Body<UpdatePerson>,
) -> ApiResult<Json<PersonResponse>> {
    let caller = auth.allow(Permission::PersonUpdate)?;
    Ok(Json((&people::update(&app, &caller, id, &body.into()).await?).into()))
}

/// Forget a person; their pictures stay.
#[utoipa::path(delete, path = "/people/{id}", operation_id = "deletePerson", tag = "People",
    params(("id" = PersonId, Path)),
    extensions(("x-immich-permission" = json!("person.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_person(State(app): State<App>, auth: Auth, Path(id): Path<PersonId>) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::PersonDelete)?;
    people::delete(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// In how many assets a person is seen.
#[utoipa::path(get, path = "/people/{id}/statistics", operation_id = "getPersonStatistics", tag = "People",
    params(("id" = PersonId, Path)),
    extensions(("x-immich-permission" = json!("person.statistics"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = PersonStatisticsResponse)))]
async fn get_person_statistics(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<PersonId>,
) -> ApiResult<Json<PersonStatisticsResponse>> {
    let caller = auth.allow(Permission::PersonStatistics)?;
    Ok(Json(PersonStatisticsResponse { assets: people::count_assets(&app, &caller, id).await? }))
}

/// The picture of a person's face.
#[utoipa::path(get, path = "/people/{id}/thumbnail", operation_id = "getPersonThumbnail", tag = "People",
    params(("id" = PersonId, Path)),
    extensions(("x-immich-permission" = json!("person.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn get_person_thumbnail(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<PersonId>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::PersonRead)?;
    let path = people::thumbnail(&app, &caller, id).await.map_err(hidden)?;
    let file_name = format!("{id}.jpeg");
    let served = Served { path, content_type: "image/jpeg", file_name: &file_name, caching: Caching::Revalidate };
    send_file(&method, &headers, served).await
}

/// Whoever may not see a person does not learn that there is one.
fn hidden(error: Error) -> ApiError {
    match error {
        Error::BadRequest(_) => not_found(),
        other => other.into(),
    }
}
