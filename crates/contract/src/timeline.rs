//! The timeline: months with their counts, and one month as columns of equal length.

use crate::{error::Issue, time::ZonelessTimestamp};
use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use chrono::NaiveDate;
use model::{
    albums::AssetOrder,
    assets::Visibility,
    ids::{AlbumId, AssetId, PersonId, UserId},
    timeline::{TimeBucket, TimelineAsset, TimelineOrderBy},
};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimeBucketsResponseDto)]
pub struct TimeBucketResponse {
    pub count: i64,
    /// The first day of the month.
    #[schema(value_type = String)]
    pub time_bucket: NaiveDate,
}

impl From<TimeBucket> for TimeBucketResponse {
    fn from(bucket: TimeBucket) -> Self {
        Self { count: bucket.count, time_bucket: bucket.month }
    }
}

/// One month, column by column: a third of the size of a list of objects, and clients read it that way.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimeBucketAssetResponseDto)]
pub struct TimeBucketAssetsResponse {
    pub city: Vec<Option<String>>,
    pub country: Vec<Option<String>>,
    /// UTC, written without a zone.
    pub created_at: Vec<ZonelessTimestamp>,
    /// Milliseconds.
    pub duration: Vec<Option<i64>>,
    /// UTC, written without a zone.
    pub file_created_at: Vec<ZonelessTimestamp>,
    pub id: Vec<AssetId>,
    pub is_favorite: Vec<bool>,
    pub is_image: Vec<bool>,
    pub is_trashed: Vec<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub latitude: Option<Vec<Option<f64>>>,
    pub live_photo_video_id: Vec<Option<AssetId>>,
    /// By how many hours the clock at the place of capture differed from UTC.
    pub local_offset_hours: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub longitude: Option<Vec<Option<f64>>>,
    pub owner_id: Vec<UserId>,
    pub projection_type: Vec<Option<String>>,
    /// Width by height; 1 where it is not known.
    pub ratio: Vec<f64>,
    /// Stack id and number of its assets. There are no stacks yet, so no asset is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<Vec<String>>>>, nullable = false)]
    pub stack: Option<Vec<()>>,
    #[schema(value_type = Vec<Option<String>>)]
    pub thumbhash: Vec<Option<Base64>>,
    pub visibility: Vec<Visibility>,
}

/// Which of the optional columns were asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Columns {
    pub coordinates: bool,
    pub stack: bool,
}

impl TimeBucketAssetsResponse {
    /// `reader` alone learns which assets are favourites, and only of their own.
    pub fn new(assets: Vec<TimelineAsset>, reader: Option<UserId>, columns: Columns) -> Self {
        let mut all = Self::with_room_for(assets.len(), columns);
        for asset in assets {
            all.push(asset, reader);
        }
        all
    }

    fn with_room_for(count: usize, columns: Columns) -> Self {
        Self {
            city: Vec::with_capacity(count),
            country: Vec::with_capacity(count),
            created_at: Vec::with_capacity(count),
            duration: Vec::with_capacity(count),
            file_created_at: Vec::with_capacity(count),
            id: Vec::with_capacity(count),
            is_favorite: Vec::with_capacity(count),
            is_image: Vec::with_capacity(count),
            is_trashed: Vec::with_capacity(count),
            latitude: columns.coordinates.then(|| Vec::with_capacity(count)),
            live_photo_video_id: Vec::with_capacity(count),
            local_offset_hours: Vec::with_capacity(count),
            longitude: columns.coordinates.then(|| Vec::with_capacity(count)),
            owner_id: Vec::with_capacity(count),
            projection_type: Vec::with_capacity(count),
            ratio: Vec::with_capacity(count),
            stack: columns.stack.then(Vec::new),
            thumbhash: Vec::with_capacity(count),
            visibility: Vec::with_capacity(count),
        }
    }

    fn push(&mut self, asset: TimelineAsset, reader: Option<UserId>) {
        self.ratio.push(ratio(&asset));
        self.local_offset_hours.push(offset_hours(&asset));
        self.city.push(asset.city);
        self.country.push(asset.country);
        self.created_at.push(asset.created_at.into());
        self.duration.push(asset.duration_ms);
        self.file_created_at.push(asset.file_created_at.into());
        self.id.push(asset.id);
        self.is_favorite.push(asset.is_favorite && reader == Some(asset.owner_id));
        self.is_image.push(asset.is_image);
        self.is_trashed.push(asset.is_trashed);
        self.live_photo_video_id.push(asset.live_photo_video_id);
        self.owner_id.push(asset.owner_id);
        self.projection_type.push(asset.projection_type);
        self.thumbhash.push(asset.thumbhash.map(Base64));
        self.visibility.push(asset.visibility);
        if let Some(latitudes) = &mut self.latitude {
            latitudes.push(asset.latitude);
        }
        if let Some(longitudes) = &mut self.longitude {
            longitudes.push(asset.longitude);
        }
        if let Some(stacks) = &mut self.stack {
            stacks.push(());
        }
    }
}

/// Three decimals are enough to lay out a tile.
fn ratio(asset: &TimelineAsset) -> f64 {
    match (asset.width, asset.height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => {
            (f64::from(width) / f64::from(height) * 1000.0).round() / 1000.0
        }
        _ => 1.0,
    }
}

fn offset_hours(asset: &TimelineAsset) -> f64 {
    let offset = asset.local_date_time - asset.file_created_at.naive_utc();
    // No place is further than a day from UTC, so milliseconds fit.
    offset.num_milliseconds() as f64 / 3_600_000.0
}

/// Bytes that are written as base64 without a string in between.
#[derive(Debug)]
pub struct Base64(Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(&self.0, &STANDARD))
    }
}

/// Which assets a timeline shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct TimeBucketsQuery {
    #[param(inline, nullable = false)]
    pub album_id: Option<AlbumId>,
    /// West, south, east, north in degrees.
    #[param(nullable = false)]
    pub bbox: Option<String>,
    #[param(nullable = false)]
    pub is_favorite: Option<bool>,
    #[param(nullable = false)]
    pub is_trashed: Option<bool>,
    #[param(nullable = false)]
    pub key: Option<String>,
    #[param(inline, nullable = false)]
    pub order: Option<AssetOrder>,
    #[param(inline, nullable = false)]
    pub order_by: Option<TimelineOrderBy>,
    #[param(inline, nullable = false)]
    pub person_id: Option<PersonId>,
    #[param(nullable = false)]
    pub slug: Option<String>,
    #[param(nullable = false)]
    pub tag_id: Option<Uuid>,
    #[param(inline, nullable = false)]
    pub user_id: Option<UserId>,
    #[param(inline, nullable = false)]
    pub visibility: Option<Visibility>,
    #[param(nullable = false)]
    pub with_coordinates: Option<bool>,
    #[param(nullable = false)]
    pub with_partners: Option<bool>,
    #[param(nullable = false)]
    pub with_stacked: Option<bool>,
}

/// Which month of a timeline; the rest of the question is that of the months.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct TimeBucketQuery {
    /// The first day of the month, `2024-05-01`; what follows the day is left out.
    pub time_bucket: String,
}

impl TimeBucketQuery {
    /// The month that is asked for; `None` when it is not a date.
    pub fn month(&self) -> Option<NaiveDate> {
        let day = self.time_bucket.get(..10)?;
        day.parse().ok()
    }
}

impl TimeBucketsQuery {
    /// West, south, east, north in degrees.
    pub fn bounding_box(&self) -> Result<Option<[f64; 4]>, Issue> {
        let Some(text) = &self.bbox else { return Ok(None) };
        let degrees: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        match degrees.as_deref() {
            Some(&[west, south, east, north])
                if [west, east].iter().all(|degrees| degrees.abs() <= 180.0)
                    && [south, north].iter().all(|degrees| degrees.abs() <= 90.0)
                    && south <= north =>
            {
                Ok(Some([west, south, east, north]))
            }
            _ => Err(Issue::custom("bbox", "bbox must be west,south,east,north in degrees")),
        }
    }

    pub fn columns(&self) -> Columns {
        Columns { coordinates: self.with_coordinates.unwrap_or_default(), stack: self.with_stacked.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::from_query;

    fn asset(owner: UserId) -> TimelineAsset {
        TimelineAsset {
            id: AssetId::random(),
            owner_id: owner,
            width: Some(4000),
            height: Some(3000),
            is_favorite: true,
            visibility: Visibility::Timeline,
            is_trashed: false,
            is_image: true,
            thumbhash: Some(vec![1, 2, 3]),
            created_at: "2024-05-02T00:00:00Z".parse().unwrap(),
            file_created_at: "2024-05-01T10:00:00.5Z".parse().unwrap(),
            local_date_time: "2024-05-01T15:30:00.5".parse().unwrap(),
            duration_ms: None,
            projection_type: None,
            live_photo_video_id: None,
            city: None,
            country: Some("Nepal".to_owned()),
            latitude: Some(27.7),
            longitude: None,
        }
    }

    #[test]
    fn columns_have_one_length_and_the_clients_spelling() {
        let (ann, bob) = (UserId::random(), UserId::random());
        let columns = Columns { coordinates: true, stack: true };
        let bucket = TimeBucketAssetsResponse::new(vec![asset(ann), asset(bob)], Some(ann), columns);
        let json = serde_json::to_value(&bucket).unwrap();
        for (name, column) in json.as_object().unwrap() {
            assert_eq!(column.as_array().unwrap().len(), 2, "{name}");
        }
        assert_eq!(json["ratio"][0], 1.333);
        assert_eq!(json["localOffsetHours"][0], 5.5);
        assert_eq!(json["fileCreatedAt"][0], "2024-05-01T10:00:00.500");
        assert_eq!(json["thumbhash"][0], "AQID");
        assert_eq!(json["stack"], serde_json::json!([null, null]));
        assert_eq!(json["isFavorite"], serde_json::json!([true, false]));
    }

    #[test]
    fn columns_nobody_asked_for_are_absent() {
        let bucket = TimeBucketAssetsResponse::new(vec![asset(UserId::random())], None, Columns::default());
        let json = serde_json::to_value(&bucket).unwrap();
        assert!(json.get("stack").is_none() && json.get("latitude").is_none());
    }

    #[test]
    fn boxes_and_months_are_read_or_refused() {
        let query = "timeBucket=2024-05-01T00%3A00%3A00.000Z&bbox=-10,40,5,50";
        let bucket: TimeBucketQuery = from_query(query).unwrap();
        assert_eq!(bucket.month(), NaiveDate::from_ymd_opt(2024, 5, 1));
        let filter: TimeBucketsQuery = from_query(query).unwrap();
        assert_eq!(filter.bounding_box().unwrap(), Some([-10.0, 40.0, 5.0, 50.0]));
        for bad in ["1,2,3", "a,b,c,d", "0,50,0,40", "0,-91,0,0"] {
            let query: TimeBucketsQuery = from_query(&format!("bbox={bad}")).unwrap();
            assert!(query.bounding_box().is_err(), "{bad}");
        }
        assert!(from_query::<TimeBucketQuery>("").is_err());
    }
}
