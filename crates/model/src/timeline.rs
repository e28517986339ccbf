//! The timeline: months with counts, and one month as columns.

use crate::{
    albums::AssetOrder,
    assets::Visibility,
    ids::{AlbumId, AssetId, PersonId, UserId},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetOrderBy)]
pub enum TimelineOrderBy {
    #[default]
    TakenAt,
    CreatedAt,
}

/// Which assets a timeline shows. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct TimelineFilter {
    /// Whose assets; several with partners. Empty only together with `album_id`.
    pub owners: Vec<UserId>,
    pub album_id: Option<AlbumId>,
    pub person_id: Option<PersonId>,
    pub is_favorite: Option<bool>,
    pub is_trashed: Option<bool>,
    pub visibility: Option<Visibility>,
    /// West, south, east, north in degrees; west > east crosses the antimeridian.
    pub bbox: Option<[f64; 4]>,
    pub order: AssetOrder,
    pub order_by: TimelineOrderBy,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeBucket {
    /// The first day of the month.
    pub month: NaiveDate,
    pub count: i64,
}

/// What one tile of the timeline needs.
#[derive(Debug, Clone)]
pub struct TimelineAsset {
    pub id: AssetId,
    pub owner_id: UserId,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub is_trashed: bool,
    pub is_image: bool,
    pub thumbhash: Option<Vec<u8>>,
    pub created_at: DateTime<Utc>,
    pub file_created_at: DateTime<Utc>,
    /// Wall clock at the place of capture.
    pub local_date_time: NaiveDateTime,
    pub duration_ms: Option<i64>,
    pub projection_type: Option<String>,
    pub live_photo_video_id: Option<AssetId>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}
