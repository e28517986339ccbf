//! How much happened on each day.

use chrono::NaiveDate;
use model::calendar_heatmap::{Activity, CalendarHeatmap};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which days are shown, and what of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CalendarHeatmapQuery {
    /// The first day; a year before the last when left out.
    #[param(value_type = Option<String>, format = Date, nullable = false)]
    pub from: Option<NaiveDate>,
    /// The last day; today when left out.
    #[param(value_type = Option<String>, format = Date, nullable = false)]
    pub to: Option<NaiveDate>,
    #[param(inline, nullable = false)]
    pub r#type: Option<Activity>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CalendarHeatmapResponseDto)]
pub struct CalendarHeatmapResponse {
    #[schema(value_type = String)]
    pub from: NaiveDate,
    /// Every day of the range, also those without anything.
    #[schema(inline)]
    pub series: Vec<CalendarDay>,
    #[schema(value_type = String)]
    pub to: NaiveDate,
    #[schema(minimum = 0)]
    pub total_count: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDay {
    #[schema(minimum = 0)]
    pub count: i64,
    #[schema(value_type = String)]
    pub date: NaiveDate,
}

impl From<CalendarHeatmap> for CalendarHeatmapResponse {
    fn from(heatmap: CalendarHeatmap) -> Self {
        Self {
            from: heatmap.from,
            to: heatmap.to,
            total_count: heatmap.days.iter().map(|day| day.count).sum(),
            series: heatmap.days.into_iter().map(|day| CalendarDay { count: day.count, date: day.day }).collect(),
        }
    }
}
