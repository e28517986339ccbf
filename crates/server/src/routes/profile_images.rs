//! `/users/profile-image`: the pictures by which users are shown.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::Path,
    send_file::{Caching, Served, send_file},
    upload,
};
use axum::{
    Json,
    body::BodyDataStream,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use contract::profile_images::{ProfileImageForm, ProfileImageResponse};
use domain::{App, Caller, Error, profile_images};
use files::Incoming;
use model::{ids::UserId, mime, permission::Permission};
use std::sync::atomic::{AtomicUsize, Ordering};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// A picture of a telephone's camera fits; whatever is larger was not meant to be shown this small.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_profile_image, delete_profile_image)).routes(routes!(get_profile_image))
}

/// Be shown by a picture.
#[utoipa::path(post, path = "/users/profile-image", operation_id = "createProfileImage", tag = "Users",
    request_body(content = ProfileImageForm, content_type = "multipart/form-data"),
    extensions(("x-immich-permission" = json!("userProfileImage.update"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 201, body = ProfileImageResponse)))]
async fn create_profile_image(
    State(app): State<App>,
    auth: Auth,
    request: Request,
) -> ApiResult<(StatusCode, Json<ProfileImageResponse>)> {
    let caller = auth.allow(Permission::UserProfileImageUpdate)?;
    let image = receive(&app, &caller, request).await?;
    let user = profile_images::replace(&app, &caller, image).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// Be shown by one's initials again.
#[utoipa::path(delete, path = "/users/profile-image", operation_id = "deleteProfileImage", tag = "Users",
    extensions(("x-immich-permission" = json!("userProfileImage.delete"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn delete_profile_image(State(app): State<App>, auth: Auth) -> ApiResult<StatusCode> {
    let caller = auth.allow(Permission::UserProfileImageDelete)?;
    profile_images::delete(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The picture of a user.
#[utoipa::path(get, path = "/users/{id}/profile-image", operation_id = "getProfileImage", tag = "Users",
    params(("id" = UserId, Path)),
    extensions(("x-immich-permission" = json!("userProfileImage.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn get_profile_image(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<UserId>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let caller = auth.allow(Permission::UserProfileImageRead)?;
    let image = profile_images::get(&app, &caller, id).await?;
    let served = Served {
        path: image.path,
        content_type: image.content_type,
        file_name: &image.file_name,
        caching: Caching::Revalidate,
    };
    send_file(&method, &headers, served).await
}

/// The picture in the form, on the disk and not yet anybody's.
async fn receive(app: &App, caller: &Caller, request: Request) -> ApiResult<Incoming> {
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    let received = read_form(app, caller, &parts.headers, &mut body).await;
    if received.is_err() {
        upload::linger(body).await;
    }
    received
}

async fn read_form(app: &App, caller: &Caller, headers: &HeaderMap, body: &mut BodyDataStream) -> ApiResult<Incoming> {
    let unread = AtomicUsize::new(0);
    let mut form = upload::multipart(headers, body, &unread)?;
    while let Some(field) = form.next_field().await.map_err(upload::broken)? {
        unread.store(0, Ordering::Relaxed);
        if field.name() == Some("file") {
            let name = upload::tidy_name(field.file_name().unwrap_or_default());
            profile_images::require_supported(&name)?;
            let target = app.files.profile_image(caller.user_id()?, Uuid::new_v4(), &mime::extension(&name));
            return upload::store(app, field, target, Some(MAX_BYTES), &unread).await;
        }
    }
    Err(Error::bad_request("Field(s) file should not be empty").into())
}
