//! Albums: named, shared lists of assets.

use crate::{
    ids::{AlbumId, AssetId, UserId},
    users::User,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[schema(as = AlbumUserRole)]
pub enum AlbumRole {
    Editor,
    Owner,
    Viewer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum AssetOrder {
    Asc,
    #[default]
    Desc,
}

#[derive(Debug, Clone)]
pub struct Album {
    pub id: AlbumId,
    pub name: String,
    pub description: Option<String>,
    pub thumbnail_asset_id: Option<AssetId>,
    pub is_activity_enabled: bool,
    pub order: AssetOrder,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct AlbumMember {
    pub user: User,
    pub role: AlbumRole,
}

/// Counted over the album's visible, untrashed assets.
#[derive(Debug, Clone, Default)]
pub struct AlbumContents {
    pub asset_count: i64,
    /// Local date of the oldest and of the newest asset.
    pub start_date: Option<DateTime<Utc>>,
    pub end_date: Option<DateTime<Utc>>,
    pub last_modified: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub struct AlbumView {
    pub album: Album,
    /// The owner first.
    pub members: Vec<AlbumMember>,
    pub contents: AlbumContents,
    /// Who added how many; only for a single shared album.
    pub contributors: Option<Vec<(UserId, i64)>>,
}

#[derive(Debug, Clone)]
pub struct NewAlbum {
    pub name: String,
    pub description: Option<String>,
    pub asset_ids: Vec<AssetId>,
    pub members: Vec<(UserId, AlbumRole)>,
}

#[derive(Debug, Clone, Default)]
pub struct AlbumChanges {
    pub name: Option<String>,
    pub description: Option<String>,
    pub thumbnail_asset_id: Option<AssetId>,
    pub is_activity_enabled: Option<bool>,
    pub order: Option<AssetOrder>,
}

#[derive(Debug, Clone, Default)]
pub struct AlbumFilter {
    pub asset_id: Option<AssetId>,
    pub id: Option<AlbumId>,
    pub name: Option<String>,
    pub is_owned: Option<bool>,
    pub is_shared: Option<bool>,
}

/// How many albums a user has a part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AlbumStatistics {
    pub owned: i64,
    /// With more than one member, whoever owns it.
    pub shared: i64,
    /// The user's own that nobody else sees.
    pub not_shared: i64,
}

/// Where an asset was taken, as a map shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct MapMarker {
    pub id: AssetId,
    pub latitude: f64,
    pub longitude: f64,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
}

/// What became of one id of a bulk request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkResult {
    pub id: uuid::Uuid,
    pub error: Option<BulkError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BulkIdErrorReason)]
pub enum BulkError {
    Duplicate,
    NoPermission,
    NotFound,
    Unknown,
    Validation,
}
