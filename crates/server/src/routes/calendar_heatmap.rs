//! `/users/me/calendar-heatmap`: how much happened on each day.

use crate::{auth::Auth, error::ApiResult, extract::Query};
use axum::{Json, extract::State};
use contract::calendar_heatmap::{CalendarHeatmapQuery, CalendarHeatmapResponse};
use domain::{App, calendar_heatmap};
use model::permission::Permission;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_my_calendar_heatmap))
}

/// How much was uploaded or taken on each day.
#[utoipa::path(get, path = "/users/me/calendar-heatmap", operation_id = "getMyCalendarHeatmap", tag = "Users",
    params(CalendarHeatmapQuery),
    extensions(("x-immich-permission" = json!("user.read"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = CalendarHeatmapResponse)))]
async fn get_my_calendar_heatmap(
    State(app): State<App>,
    auth: Auth,
    Query(query): Query<CalendarHeatmapQuery>,
) -> ApiResult<Json<CalendarHeatmapResponse>> {
    let caller = auth.allow(Permission::UserRead)?;
    let activity = query.r#type.unwrap_or_default();
    Ok(Json(calendar_heatmap::get(&app, &caller, activity, query.from, query.to).await?.into()))
}
