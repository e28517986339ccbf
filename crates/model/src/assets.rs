//! Assets: photos and videos, with what was read from them and the files made of them.

use crate::{
    checksum::Checksum,
    ids::{AssetId, LibraryId, StackId, UserId},
};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[sqlx(type_name = "text", rename_all = "UPPERCASE")]
#[schema(as = AssetTypeEnum)]
pub enum AssetType {
    Image,
    Video,
    Audio,
    Other,
}

impl AssetType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "IMAGE",
            Self::Video => "VIDEO",
            Self::Audio => "AUDIO",
            Self::Other => "OTHER",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[schema(as = AssetVisibility)]
pub enum Visibility {
    Archive,
    #[default]
    Timeline,
    /// The video part of a live photo.
    Hidden,
    /// Behind the PIN.
    Locked,
}

impl Visibility {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Timeline => "timeline",
            Self::Hidden => "hidden",
            Self::Locked => "locked",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum AssetStatus {
    Active,
    Trashed,
    /// Its files are about to go; never shown again.
    Deleted,
}

/// Files that are made of an original or stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AssetFileType {
    Fullsize,
    Preview,
    Thumbnail,
    Sidecar,
    EncodedVideo,
}

/// An asset's row.
#[derive(Debug, Clone)]
pub struct Asset {
    pub id: AssetId,
    pub owner_id: UserId,
    pub library_id: Option<LibraryId>,
    pub asset_type: AssetType,
    /// Absolute path of the original. It is never written to.
    pub original_path: String,
    pub original_file_name: String,
    pub checksum: Checksum,
    /// Instant of capture.
    pub file_created_at: DateTime<Utc>,
    pub file_modified_at: DateTime<Utc>,
    /// Wall clock at the place of capture.
    pub local_date_time: NaiveDateTime,
    pub duration_ms: Option<i64>,
    /// Pixels after orientation.
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub thumbhash: Option<Vec<u8>>,
    pub visibility: Visibility,
    pub status: AssetStatus,
    pub is_favorite: bool,
    pub is_offline: bool,
    pub is_external: bool,
    pub live_photo_video_id: Option<AssetId>,
    pub stack_id: Option<StackId>,
    pub duplicate_id: Option<uuid::Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What was read from an asset's file and sidecar, and what its owner wrote over it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exif {
    pub file_size_bytes: Option<i64>,
    pub description: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub lens_model: Option<String>,
    pub f_number: Option<f64>,
    pub focal_length: Option<f64>,
    pub iso: Option<i32>,
    /// As photographers write it: `1/250`.
    pub exposure_time: Option<String>,
    pub date_time_original: Option<DateTime<Utc>>,
    pub modify_date: Option<DateTime<Utc>>,
    pub time_zone: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    /// EXIF orientation 1–8 as text.
    pub orientation: Option<String>,
    /// Pixels as stored, before orientation.
    pub image_width: Option<i32>,
    pub image_height: Option<i32>,
    pub projection_type: Option<String>,
    pub profile_description: Option<String>,
    pub live_photo_cid: Option<String>,
    pub rating: Option<i32>,
    pub fps: Option<f64>,
}

#[derive(Debug, Clone)]
pub struct AssetFile {
    pub asset_id: AssetId,
    pub file_type: AssetFileType,
    pub path: String,
}

/// An asset with all that its detail screen shows.
#[derive(Debug, Clone)]
pub struct AssetView {
    pub asset: Asset,
    pub exif: Option<Exif>,
    /// Only to whom it is shown: `None` for visitors of shared links.
    pub owner: Option<crate::users::User>,
    /// Who is in it. Their owner alone is told.
    pub people: Vec<crate::people::Person>,
}

/// An upload that is on disk and waits for its row.
#[derive(Debug, Clone)]
pub struct NewAsset {
    pub id: AssetId,
    pub owner_id: UserId,
    pub asset_type: AssetType,
    pub original_path: String,
    pub original_file_name: String,
    pub checksum: Checksum,
    pub file_size_bytes: i64,
    pub file_created_at: DateTime<Utc>,
    pub file_modified_at: DateTime<Utc>,
    pub duration_ms: Option<i64>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub live_photo_video_id: Option<AssetId>,
    pub sidecar_path: Option<String>,
    /// Key and JSON value pairs that clients keep beside an asset.
    pub metadata: Vec<(String, serde_json::Value)>,
}

/// Changes to one or many assets; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct AssetChanges {
    pub is_favorite: Option<bool>,
    pub visibility: Option<Visibility>,
    pub description: Option<String>,
    pub date_time_original: Option<DateTime<chrono::FixedOffset>>,
    /// Minutes by which every asset's own date is moved.
    pub date_time_relative_minutes: Option<i64>,
    pub time_zone: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// `Some(None)` clears the rating.
    pub rating: Option<Option<i32>>,
    /// `Some(None)` parts a live photo from its video.
    pub live_photo_video_id: Option<Option<AssetId>>,
    pub duplicate_id: Option<Option<uuid::Uuid>>,
}

/// What metadata extraction found; written in one statement.
#[derive(Debug, Clone)]
pub struct ExtractedMetadata {
    pub exif: Exif,
    /// Trees are written with slashes: `places/Paris`.
    pub tags: Vec<String>,
    /// What the pictures of a burst have in common.
    pub burst_id: Option<String>,
    /// Whom the file names, and where in the picture.
    pub faces: Vec<crate::faces::NamedFace>,
    pub file_created_at: DateTime<Utc>,
    pub file_modified_at: DateTime<Utc>,
    pub local_date_time: NaiveDateTime,
    pub duration_ms: Option<i64>,
    pub width: Option<i32>,
    pub height: Option<i32>,
}

/// What its owner wrote of an asset and no sidecar says yet; `None` is left as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SidecarEdits {
    /// Empty: there shall be none.
    pub description: Option<String>,
    pub taken_at: Option<DateTime<chrono::FixedOffset>>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    /// 0: no stars.
    pub rating: Option<i32>,
    pub tags: Option<Vec<String>>,
}

/// Pictures made of an asset, durable on disk before they are recorded.
#[derive(Debug, Clone)]
pub struct MadePictures {
    pub files: Vec<(AssetFileType, String)>,
    pub thumbhash: Vec<u8>,
    /// Of the upright original.
    pub width: i32,
    pub height: i32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AssetStatistics {
    pub images: i64,
    pub videos: i64,
}

#[derive(Debug, Clone, Default)]
pub struct AssetStatisticsFilter {
    pub is_favorite: Option<bool>,
    pub is_trashed: Option<bool>,
    pub visibility: Option<Visibility>,
}
