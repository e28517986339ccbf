//! Assets as clients see them, and the changes that they ask for. Uploads are in [`crate::upload`].

use crate::{people::PersonResponse, request::present, time::Timestamp, users::UserResponse};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, FixedOffset, NaiveDateTime};
use model::{
    assets::{AssetChanges, AssetStatistics, AssetStatisticsFilter, AssetType, AssetView, Exif, Visibility},
    ids::{AssetId, LibraryId, StackId, UserId},
    mime,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetResponseDto)]
pub struct AssetResponse {
    pub checksum: String,
    pub created_at: Timestamp,
    pub duplicate_id: Option<Uuid>,
    #[schema(required)]
    pub duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exif_info: Option<ExifResponse>,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    pub has_metadata: bool,
    #[schema(required)]
    pub height: Option<i32>,
    pub id: AssetId,
    pub is_archived: bool,
    pub is_edited: bool,
    pub is_favorite: bool,
    pub is_offline: bool,
    pub is_trashed: bool,
    pub library_id: Option<LibraryId>,
    pub live_photo_video_id: Option<AssetId>,
    pub local_date_time: Timestamp,
    pub original_file_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub original_mime_type: Option<&'static str>,
    pub original_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner: Option<UserResponse>,
    pub owner_id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub people: Option<Vec<PersonResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resized: Option<bool>,
    pub stack: Option<AssetStackResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tags: Option<Vec<TagResponse>>,
    #[schema(required)]
    pub thumbhash: Option<String>,
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    pub updated_at: Timestamp,
    pub visibility: Visibility,
    #[schema(required)]
    pub width: Option<i32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ExifResponseDto)]
pub struct ExifResponse {
    pub city: Option<String>,
    pub country: Option<String>,
    pub date_time_original: Option<Timestamp>,
    pub description: Option<String>,
    pub exif_image_height: Option<i32>,
    pub exif_image_width: Option<i32>,
    pub exposure_time: Option<String>,
    pub f_number: Option<f64>,
    pub file_size_in_byte: Option<i64>,
    pub focal_length: Option<f64>,
    pub iso: Option<i32>,
    pub latitude: Option<f64>,
    pub lens_model: Option<String>,
    pub longitude: Option<f64>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub modify_date: Option<Timestamp>,
    pub orientation: Option<String>,
    pub projection_type: Option<String>,
    pub rating: Option<i32>,
    pub state: Option<String>,
    pub time_zone: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetStackResponseDto)]
pub struct AssetStackResponse {
    pub asset_count: i64,
    pub id: StackId,
    pub primary_asset_id: AssetId,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TagResponseDto)]
pub struct TagResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub color: Option<String>,
    pub created_at: Timestamp,
    pub id: Uuid,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<String>,
    pub updated_at: Timestamp,
    pub value: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssetStatsResponseDto)]
pub struct AssetStatisticsResponse {
    pub images: i64,
    pub total: i64,
    pub videos: i64,
}

/// An asset for one reader; `None` is a visitor without an account.
pub fn asset_response(view: &AssetView, reader: Option<UserId>) -> AssetResponse {
    let asset = &view.asset;
    AssetResponse {
        checksum: asset.checksum.to_base64(),
        created_at: asset.created_at.into(),
        duplicate_id: asset.duplicate_id,
        duration: asset.duration_ms,
        exif_info: view.exif.as_ref().map(Into::into),
        file_created_at: asset.file_created_at.into(),
        file_modified_at: asset.file_modified_at.into(),
        has_metadata: true,
        height: asset.height,
        id: asset.id,
        is_archived: asset.visibility == Visibility::Archive,
        // Nothing can be edited yet.
        is_edited: false,
        is_favorite: asset.is_favorite && reader == Some(asset.owner_id),
        is_offline: asset.is_offline,
        is_trashed: asset.deleted_at.is_some(),
        library_id: asset.library_id,
        live_photo_video_id: asset.live_photo_video_id,
        local_date_time: asset.local_date_time.into(),
        original_file_name: asset.original_file_name.clone(),
        original_mime_type: Some(mime::mime_type(&asset.original_file_name)),
        original_path: asset.original_path.clone(),
        owner: view.owner.as_ref().map(Into::into),
        owner_id: asset.owner_id,
        people: Some(view.people.iter().filter(|person| reader == Some(person.owner_id)).map(Into::into).collect()),
        resized: Some(true),
        stack: None,
        tags: Some(Vec::new()),
        thumbhash: asset.thumbhash.as_ref().map(|hash| STANDARD.encode(hash)),
        asset_type: asset.asset_type,
        updated_at: asset.updated_at.into(),
        visibility: asset.visibility,
        width: asset.width,
    }
}

impl AssetResponse {
    /// As its owner sees it.
    pub fn for_owner(view: &AssetView) -> Self {
        asset_response(view, Some(view.asset.owner_id))
    }
}

impl From<&Exif> for ExifResponse {
    fn from(exif: &Exif) -> Self {
        let exif = exif.clone();
        Self {
            city: exif.city,
            country: exif.country,
            date_time_original: exif.date_time_original.map(Into::into),
            description: exif.description,
            exif_image_height: exif.image_height,
            exif_image_width: exif.image_width,
            exposure_time: exif.exposure_time,
            f_number: exif.f_number,
            file_size_in_byte: exif.file_size_bytes,
            focal_length: exif.focal_length,
            iso: exif.iso,
            latitude: exif.latitude,
            lens_model: exif.lens_model,
            longitude: exif.longitude,
            make: exif.make,
            model: exif.model,
            modify_date: exif.modify_date.map(Into::into),
            orientation: exif.orientation,
            projection_type: exif.projection_type,
            rating: exif.rating,
            state: exif.state,
            time_zone: exif.time_zone,
        }
    }
}

impl From<AssetStatistics> for AssetStatisticsResponse {
    fn from(statistics: AssetStatistics) -> Self {
        let AssetStatistics { images, videos } = statistics;
        Self { images, total: images + videos, videos }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AssetBulkDeleteDto)]
pub struct DeleteAssets {
    #[schema(nullable = false)]
    pub force: Option<bool>,
    pub ids: Vec<AssetId>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateAssetDto)]
pub struct UpdateAsset {
    #[serde(default, deserialize_with = "taken_at")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub date_time_original: Option<DateTime<FixedOffset>>,
    #[schema(nullable = false)]
    pub description: Option<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false, minimum = -90, maximum = 90)]
    pub latitude: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AssetId>)]
    pub live_photo_video_id: Option<Option<AssetId>>,
    #[schema(nullable = false, minimum = -180, maximum = 180)]
    pub longitude: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i32>, minimum = -1, maximum = 5)]
    pub rating: Option<Option<i32>>,
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetBulkUpdateDto)]
pub struct UpdateAssets {
    #[serde(default, deserialize_with = "taken_at")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub date_time_original: Option<DateTime<FixedOffset>>,
    /// Minutes by which every asset's own date is moved.
    #[schema(nullable = false)]
    pub date_time_relative: Option<i64>,
    #[schema(nullable = false)]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    pub duplicate_id: Option<Option<Uuid>>,
    pub ids: Vec<AssetId>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false, minimum = -90, maximum = 90)]
    pub latitude: Option<f64>,
    #[schema(nullable = false, minimum = -180, maximum = 180)]
    pub longitude: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i32>, minimum = -1, maximum = 5)]
    pub rating: Option<Option<i32>>,
    #[schema(nullable = false)]
    pub time_zone: Option<String>,
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetJobsDto)]
pub struct RunAssetJobs {
    pub asset_ids: Vec<AssetId>,
    pub name: AssetJobName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssetJobName {
    RefreshFaces,
    RefreshMetadata,
    RegenerateThumbnail,
    TranscodeVideo,
}

/// Which assets are counted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct AssetStatisticsQuery {
    #[param(nullable = false)]
    pub is_favorite: Option<bool>,
    #[param(nullable = false)]
    pub is_trashed: Option<bool>,
    #[param(inline, nullable = false)]
    pub visibility: Option<Visibility>,
}

impl From<AssetStatisticsQuery> for AssetStatisticsFilter {
    fn from(query: AssetStatisticsQuery) -> Self {
        Self { is_favorite: query.is_favorite, is_trashed: query.is_trashed, visibility: query.visibility }
    }
}

/// A shared link's credentials; the authentication layer reads them, an operation only publishes them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SharedLinkQuery {
    #[param(nullable = false)]
    pub key: Option<String>,
    #[param(nullable = false)]
    pub slug: Option<String>,
}

/// How an original is fetched.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OriginalQuery {
    /// The edited version, if there is one.
    #[serde(default)]
    #[param(default = false)]
    pub edited: bool,
    #[param(nullable = false)]
    pub key: Option<String>,
    #[param(nullable = false)]
    pub slug: Option<String>,
}

/// Which picture of an asset is fetched.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ThumbnailQuery {
    /// The edited version, if there is one.
    #[serde(default)]
    #[param(default = false)]
    pub edited: bool,
    #[param(nullable = false)]
    pub key: Option<String>,
    #[param(inline, nullable = false)]
    pub size: Option<AssetMediaSize>,
    #[param(nullable = false)]
    pub slug: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetMediaSize {
    Original,
    Fullsize,
    Preview,
    #[default]
    Thumbnail,
}

impl From<UpdateAsset> for AssetChanges {
    fn from(request: UpdateAsset) -> Self {
        Self {
            is_favorite: request.is_favorite,
            visibility: request.visibility,
            description: request.description,
            date_time_original: request.date_time_original,
            latitude: request.latitude,
            longitude: request.longitude,
            rating: request.rating.map(stars),
            live_photo_video_id: request.live_photo_video_id,
            ..Self::default()
        }
    }
}

impl UpdateAssets {
    /// Which assets change, and how.
    pub fn into_changes(self) -> (Vec<AssetId>, AssetChanges) {
        let changes = AssetChanges {
            is_favorite: self.is_favorite,
            visibility: self.visibility,
            description: self.description,
            date_time_original: self.date_time_original,
            date_time_relative_minutes: self.date_time_relative,
            time_zone: self.time_zone,
            latitude: self.latitude,
            longitude: self.longitude,
            rating: self.rating.map(stars),
            live_photo_video_id: None,
            duplicate_id: self.duplicate_id,
        };
        (self.ids, changes)
    }
}

/// No stars and the "rejected" of photo editors are both "no rating".
fn stars(rating: Option<i32>) -> Option<i32> {
    rating.filter(|stars| *stars > 0)
}

/// A date of capture, with its offset where the client knows it; without one it is taken as UTC.
fn taken_at<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<FixedOffset>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let zoned = DateTime::parse_from_rfc3339(&text).ok();
    let parsed = zoned.or_else(|| {
        let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
        formats
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
            .map(|at| at.and_utc().into())
    });
    parsed.map(Some).ok_or_else(|| D::Error::custom("Invalid ISO datetime"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Invalid, from_json};

    #[test]
    fn dates_of_capture_are_read_with_and_without_offset() {
        let read = |text: &str| {
            let body = serde_json::json!({ "dateTimeOriginal": text }).to_string();
            from_json::<UpdateAsset>(body.as_bytes()).map(|update| update.date_time_original.unwrap().to_rfc3339())
        };
        assert_eq!(read("2024-05-01T10:00:00.000+02:00").unwrap(), "2024-05-01T10:00:00+02:00");
        assert_eq!(read("2024-05-01T10:00").unwrap(), "2024-05-01T10:00:00+00:00");
        let Err(Invalid::Issues(issues)) = read("yesterday") else { panic!("a date was made of nothing") };
        assert_eq!(serde_json::to_value(&issues[0].path).unwrap(), serde_json::json!(["dateTimeOriginal"]));
        assert!(issues[0].message.starts_with("Invalid ISO datetime"));
    }

    #[test]
    fn clearing_differs_from_leaving_alone() {
        let update: UpdateAsset = from_json(br#"{"rating": null, "livePhotoVideoId": null}"#).unwrap();
        let changes = AssetChanges::from(update);
        assert_eq!((changes.rating, changes.live_photo_video_id, changes.is_favorite), (Some(None), Some(None), None));
        let update: UpdateAsset = from_json(br#"{"rating": 0}"#).unwrap();
        assert_eq!(AssetChanges::from(update).rating, Some(None));
        assert!(from_json::<UpdateAsset>(br#"{"rating": 6}"#).is_err());
    }
}
