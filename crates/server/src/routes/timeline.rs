//! `/timeline`: months with counts, and one month as columns.

use crate::{auth::Auth, error::ApiResult, extract::Query};
use axum::extract::State;
use contract::{
    error::Issue,
    timeline::{TimeBucketAssetsResponse, TimeBucketQuery, TimeBucketResponse, TimeBucketsQuery},
};
use domain::{
    App,
    timeline::{self, TimelineRequest},
};
use model::{permission::Permission, timeline::TimelineFilter};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_time_buckets)).routes(routes!(get_time_bucket))
}

/// The months that have assets.
#[utoipa::path(get, path = "/timeline/buckets", operation_id = "getTimeBuckets", tag = "Timeline",
    params(TimeBucketsQuery),
    extensions(("x-immich-permission" = json!("asset.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<TimeBucketResponse>)))]
async fn get_time_buckets(
    State(app): State<App>,
    auth: Auth,
    Query(query): Query<TimeBucketsQuery>,
) -> ApiResult<axum::Json<Vec<TimeBucketResponse>>> {
    let caller = auth.allow(Permission::AssetRead)?;
    let buckets = timeline::buckets(&app, &caller, request(&query)?).await?;
    Ok(axum::Json(buckets.into_iter().map(Into::into).collect()))
}

/// The assets of one month.
#[utoipa::path(get, path = "/timeline/bucket", operation_id = "getTimeBucket", tag = "Timeline",
    params(TimeBucketQuery, TimeBucketsQuery),
    extensions(("x-immich-permission" = json!("asset.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = TimeBucketAssetsResponse)))]
async fn get_time_bucket(
    State(app): State<App>,
    auth: Auth,
    Query(bucket): Query<TimeBucketQuery>,
    Query(query): Query<TimeBucketsQuery>,
) -> ApiResult<axum::Json<TimeBucketAssetsResponse>> {
    let caller = auth.allow(Permission::AssetRead)?;
    let no_date = || vec![Issue::custom("timeBucket", "timeBucket must be a date")];
    let month = bucket.month().ok_or_else(no_date)?;
    let assets = timeline::bucket(&app, &caller, request(&query)?, month).await?;
    Ok(axum::Json(TimeBucketAssetsResponse::new(assets, caller.user_id().ok(), query.columns())))
}

fn request(query: &TimeBucketsQuery) -> ApiResult<TimelineRequest> {
    let bbox = query.bounding_box().map_err(|issue| vec![issue])?;
    Ok(TimelineRequest {
        user: query.user_id,
        with_partners: query.with_partners.unwrap_or_default(),
        person: query.person_id,
        tag: query.tag_id,
        filter: TimelineFilter {
            owners: Vec::new(),
            album_id: query.album_id,
            person_id: None,
            is_favorite: query.is_favorite,
            is_trashed: query.is_trashed,
            visibility: query.visibility,
            bbox,
            order: query.order.unwrap_or_default(),
            order_by: query.order_by.unwrap_or_default(),
        },
    })
}
