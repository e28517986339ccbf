//! How much happened on each day, for a calendar that is coloured by it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is counted on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = CalendarHeatmapType)]
pub enum Activity {
    /// Assets that came into the library.
    #[default]
    Upload,
    /// Assets that were taken, by the calendar of the place where they were.
    Taken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    pub day: NaiveDate,
    pub count: i64,
}

/// Every day from the first to the last, those without anything included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarHeatmap {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub days: Vec<DayCount>,
}
