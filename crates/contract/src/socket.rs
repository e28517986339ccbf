//! What a socket is told, in the shapes of the sync stream.

use crate::time::Timestamp;
use base64::{Engine, engine::general_purpose::STANDARD};
use model::{
    assets::{AssetType, AssetView, Exif, Visibility},
    ids::{AssetId, LibraryId, StackId, UserId},
};
use serde::Serialize;
use utoipa::ToSchema;

/// An upload is complete: its metadata was read and its thumbnails are there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssetUploadReadyV2)]
pub struct AssetUploadReady {
    pub asset: SyncAssetV2,
    pub exif: SyncAssetExifV1,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
/// An asset as the sync stream sends it.
pub struct SyncAssetV2 {
    pub checksum: String,
    #[schema(required)]
    pub created_at: Option<Timestamp>,
    #[schema(required)]
    pub deleted_at: Option<Timestamp>,
    #[schema(required)]
    pub duration: Option<i64>,
    #[schema(required)]
    pub file_created_at: Option<Timestamp>,
    #[schema(required)]
    pub file_modified_at: Option<Timestamp>,
    #[schema(required)]
    pub height: Option<i32>,
    pub id: AssetId,
    pub is_edited: bool,
    pub is_favorite: bool,
    #[schema(required)]
    pub library_id: Option<LibraryId>,
    #[schema(required)]
    pub live_photo_video_id: Option<AssetId>,
    #[schema(required)]
    pub local_date_time: Option<Timestamp>,
    pub original_file_name: String,
    pub owner_id: UserId,
    #[schema(required)]
    pub stack_id: Option<StackId>,
    #[schema(required)]
    pub thumbhash: Option<String>,
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    pub visibility: Visibility,
    #[schema(required)]
    pub width: Option<i32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncAssetExifV1 {
    pub asset_id: AssetId,
    #[schema(required)]
    pub city: Option<String>,
    #[schema(required)]
    pub country: Option<String>,
    #[schema(required)]
    pub date_time_original: Option<Timestamp>,
    #[schema(required)]
    pub description: Option<String>,
    #[schema(required)]
    pub exif_image_height: Option<i32>,
    #[schema(required)]
    pub exif_image_width: Option<i32>,
    #[schema(required)]
    pub exposure_time: Option<String>,
    #[schema(required)]
    pub f_number: Option<f64>,
    #[schema(required)]
    pub file_size_in_byte: Option<i64>,
    #[schema(required)]
    pub focal_length: Option<f64>,
    #[schema(required)]
    pub fps: Option<f64>,
    #[schema(required)]
    pub iso: Option<i32>,
    #[schema(required)]
    pub latitude: Option<f64>,
    #[schema(required)]
    pub lens_model: Option<String>,
    #[schema(required)]
    pub longitude: Option<f64>,
    #[schema(required)]
    pub make: Option<String>,
    #[schema(required)]
    pub model: Option<String>,
    #[schema(required)]
    pub modify_date: Option<Timestamp>,
    #[schema(required)]
    pub orientation: Option<String>,
    #[schema(required)]
    pub profile_description: Option<String>,
    #[schema(required)]
    pub projection_type: Option<String>,
    #[schema(required)]
    pub rating: Option<i32>,
    #[schema(required)]
    pub state: Option<String>,
    #[schema(required)]
    pub time_zone: Option<String>,
}

/// For the owner, who alone is told.
impl From<&AssetView> for AssetUploadReady {
    fn from(view: &AssetView) -> Self {
        Self { asset: SyncAssetV2::new(view), exif: SyncAssetExifV1::new(view.asset.id, view.exif.as_ref()) }
    }
}

impl SyncAssetV2 {
    fn new(view: &AssetView) -> Self {
        let asset = &view.asset;
        Self {
            checksum: asset.checksum.to_base64(),
            created_at: Some(asset.created_at.into()),
            deleted_at: asset.deleted_at.map(Into::into),
            duration: asset.duration_ms,
            file_created_at: Some(asset.file_created_at.into()),
            file_modified_at: Some(asset.file_modified_at.into()),
            height: asset.height,
            id: asset.id,
            // Nothing can be edited yet.
            is_edited: false,
            is_favorite: asset.is_favorite,
            library_id: asset.library_id,
            live_photo_video_id: asset.live_photo_video_id,
            local_date_time: Some(asset.local_date_time.into()),
            original_file_name: asset.original_file_name.clone(),
            owner_id: asset.owner_id,
            stack_id: asset.stack_id,
            thumbhash: asset.thumbhash.as_ref().map(|hash| STANDARD.encode(hash)),
            asset_type: asset.asset_type,
            visibility: asset.visibility,
            width: asset.width,
        }
    }
}

impl SyncAssetExifV1 {
    /// Every key is present: a client that misses one gives up its whole synchronisation.
    fn new(asset_id: AssetId, exif: Option<&Exif>) -> Self {
        let exif = exif.cloned().unwrap_or_default();
        Self {
            asset_id,
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
            fps: exif.fps,
            iso: exif.iso,
            latitude: exif.latitude,
            lens_model: exif.lens_model,
            longitude: exif.longitude,
            make: exif.make,
            model: exif.model,
            modify_date: exif.modify_date.map(Into::into),
            orientation: exif.orientation,
            profile_description: exif.profile_description,
            projection_type: exif.projection_type,
            rating: exif.rating,
            state: exif.state,
            time_zone: exif.time_zone,
        }
    }
}
