//! Uploads: the form, its answer, and the question which files are known already.

use crate::{
    asset_metadata::MetadataItem,
    request::{self, Invalid},
};
use chrono::{DateTime, Utc};
use model::{assets::Visibility, ids::AssetId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssetMediaResponseDto)]
pub struct UploadResponse {
    pub id: AssetId,
    pub status: AssetMediaStatus,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AssetBulkUploadCheckDto)]
pub struct BulkUploadCheck {
    pub assets: Vec<BulkUploadCheckItem>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AssetBulkUploadCheckItem)]
pub struct BulkUploadCheckItem {
    pub checksum: String,
    pub id: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssetBulkUploadCheckResponseDto)]
pub struct BulkUploadCheckResponse {
    pub results: Vec<BulkUploadCheckResult>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetBulkUploadCheckResult)]
pub struct BulkUploadCheckResult {
    pub action: AssetUploadAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub asset_id: Option<AssetId>,
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub is_trashed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<AssetRejectReason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetMediaStatus {
    Created,
    Duplicate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetUploadAction {
    Accept,
    Reject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssetRejectReason {
    Duplicate,
    UnsupportedFormat,
}

impl BulkUploadCheckResult {
    pub fn accept(id: String) -> Self {
        Self { action: AssetUploadAction::Accept, asset_id: None, id, is_trashed: None, reason: None }
    }

    /// The library has these bytes already.
    pub fn duplicate(id: String, asset: AssetId, is_trashed: bool) -> Self {
        Self {
            action: AssetUploadAction::Reject,
            asset_id: Some(asset),
            id,
            is_trashed: Some(is_trashed),
            reason: Some(AssetRejectReason::Duplicate),
        }
    }
}

/// The whole form as it is published; the server streams the files and reads the rest as [`UploadFields`].
#[derive(Debug, ToSchema)]
#[schema(as = AssetMediaCreateDto, rename_all = "camelCase")]
pub struct UploadForm {
    /// The original.
    #[schema(format = Binary)]
    pub asset_data: String,
    /// Milliseconds.
    #[schema(nullable = false, minimum = 0)]
    pub duration: Option<i64>,
    pub file_created_at: DateTime<Utc>,
    pub file_modified_at: DateTime<Utc>,
    /// Overrides the name of the file part; its extension decides the type.
    #[schema(nullable = false)]
    pub filename: Option<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub live_photo_video_id: Option<AssetId>,
    #[schema(nullable = false)]
    pub metadata: Option<Vec<MetadataItem>>,
    /// An XMP sidecar.
    #[schema(format = Binary, nullable = false)]
    pub sidecar_data: Option<String>,
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
}

/// The text fields of an upload.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadFields {
    #[schema(nullable = false, minimum = 0)]
    pub duration: Option<i64>,
    pub file_created_at: DateTime<Utc>,
    pub file_modified_at: DateTime<Utc>,
    #[schema(nullable = false)]
    pub filename: Option<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub live_photo_video_id: Option<AssetId>,
    #[schema(nullable = false)]
    pub metadata: Option<Vec<MetadataItem>>,
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
}

impl UploadFields {
    /// Reads the text parts of a form; `metadata` is JSON, unknown fields are left out.
    pub fn parse(fields: &[(String, String)]) -> Result<Self, Invalid> {
        request::from_form(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_phones_form_is_read() {
        let form = fields(&[
            ("deviceAssetId", "x"),
            ("fileCreatedAt", "2024-05-01T10:00:00.000Z"),
            ("fileModifiedAt", "2024-05-01T10:00:00.000Z"),
            ("isFavorite", "false"),
            ("duration", "0"),
            ("metadata", r#"[{"key":"mobile-app","value":{"iCloudId":"7"}}]"#),
        ]);
        let upload = UploadFields::parse(&form).unwrap();
        assert_eq!((upload.is_favorite, upload.duration, upload.visibility), (Some(false), Some(0), None));
        assert_eq!(upload.metadata.unwrap()[0].key, "mobile-app");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let Err(Invalid::Issues(issues)) = UploadFields::parse(&fields(&[("isFavorite", "yes"), ("metadata", "{")]))
        else {
            panic!("the form lacks its dates")
        };
        let found: Vec<_> = issues.iter().map(|issue| serde_json::to_value(&issue.path).unwrap()[0].clone()).collect();
        assert_eq!(found, ["fileCreatedAt", "fileModifiedAt", "isFavorite", "metadata"]);
    }
}
