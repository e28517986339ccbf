//! `/search`: assets by what they show and what is known of them.

use crate::{auth::Auth, error::ApiResult, extract::Json};
use axum::extract::State;
use contract::search::{SearchResponse, SmartSearchRequest};
use domain::{App, Error, search};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search_smart))
}

/// Finds photos by what they show: told in words, or like another asset.
#[utoipa::path(post, path = "/search/smart", operation_id = "searchSmart", tag = "Search",
    request_body = SmartSearchRequest,
    extensions(("x-immich-permission" = json!("asset.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = SearchResponse)))]
async fn search_smart(
    State(app): State<App>,
    auth: Auth,
    Json(body): Json<SmartSearchRequest>,
) -> ApiResult<axum::Json<SearchResponse>> {
    let caller = auth.allow(Permission::AssetRead)?;
    let like_nothing = || Error::bad_request("Either `query` or `queryAssetId` must be set");
    let search = body.into_search().map_err(|issue| vec![issue])?.ok_or_else(like_nothing)?;
    let found = search::smart(&app, &caller, &search).await?;
    Ok(axum::Json(SearchResponse::new(&found.assets, found.next_page, caller.user_id().ok())))
}
