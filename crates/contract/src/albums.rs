//! Albums and who may see them.

use crate::{request::present, time::Timestamp, users::UserResponse};
use model::{
    albums::{
        AlbumChanges, AlbumFilter, AlbumMember, AlbumRole, AlbumStatistics, AlbumView, AssetOrder, BulkError,
        MapMarker, NewAlbum,
    },
    ids::{AlbumId, AssetId, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlbumResponseDto)]
pub struct AlbumResponse {
    pub album_name: String,
    #[schema(required)]
    pub album_thumbnail_asset_id: Option<AssetId>,
    pub album_users: Vec<AlbumUserResponse>,
    pub asset_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contributor_counts: Option<Vec<ContributorCount>>,
    pub created_at: Timestamp,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub end_date: Option<Timestamp>,
    pub has_shared_link: bool,
    pub id: AlbumId,
    pub is_activity_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_modified_asset_timestamp: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub order: Option<AssetOrder>,
    pub shared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub start_date: Option<Timestamp>,
    pub updated_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlbumUserResponseDto)]
pub struct AlbumUserResponse {
    pub role: AlbumRole,
    pub user: UserResponse,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ContributorCountResponseDto)]
pub struct ContributorCount {
    pub asset_count: i64,
    pub user_id: UserId,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlbumStatisticsResponseDto)]
pub struct AlbumStatisticsResponse {
    pub not_shared: i64,
    pub owned: i64,
    pub shared: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MapMarkerResponseDto)]
pub struct MapMarkerResponse {
    #[schema(required)]
    pub city: Option<String>,
    #[schema(required)]
    pub country: Option<String>,
    pub id: AssetId,
    pub lat: f64,
    pub lon: f64,
    #[schema(required)]
    pub state: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateAlbumDto)]
pub struct CreateAlbum {
    pub album_name: String,
    #[schema(nullable = false)]
    pub album_users: Option<Vec<CreateAlbumUser>>,
    #[schema(nullable = false)]
    pub asset_ids: Option<Vec<AssetId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub description: Option<Option<String>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlbumUserCreateDto)]
pub struct CreateAlbumUser {
    pub role: AlbumRole,
    pub user_id: UserId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateAlbumDto)]
pub struct UpdateAlbum {
    #[schema(nullable = false)]
    pub album_name: Option<String>,
    #[schema(nullable = false)]
    pub album_thumbnail_asset_id: Option<AssetId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub description: Option<Option<String>>,
    #[schema(nullable = false)]
    pub is_activity_enabled: Option<bool>,
    #[schema(nullable = false)]
    pub order: Option<AssetOrder>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlbumsAddAssetsDto)]
pub struct AddAssetsToAlbums {
    pub album_ids: Vec<AlbumId>,
    pub asset_ids: Vec<AssetId>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlbumsAddAssetsResponseDto)]
pub struct AddAssetsToAlbumsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<BulkError>,
    pub success: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AddUsersDto)]
pub struct AddUsers {
    #[schema(min_items = 1)]
    pub album_users: Vec<AddUser>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlbumUserAddDto)]
pub struct AddUser {
    #[schema(nullable = false)]
    pub role: Option<AlbumRole>,
    pub user_id: UserId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = UpdateAlbumUserDto)]
pub struct UpdateAlbumUser {
    pub role: AlbumRole,
}

/// Which albums are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct AlbumsQuery {
    /// Albums that hold this asset.
    #[param(inline, nullable = false)]
    pub asset_id: Option<AssetId>,
    #[param(inline, nullable = false)]
    pub id: Option<AlbumId>,
    #[param(nullable = false)]
    pub is_owned: Option<bool>,
    #[param(nullable = false)]
    pub is_shared: Option<bool>,
    #[param(nullable = false)]
    pub name: Option<String>,
}

impl From<AlbumsQuery> for AlbumFilter {
    fn from(query: AlbumsQuery) -> Self {
        Self {
            asset_id: query.asset_id,
            id: query.id,
            name: query.name,
            is_owned: query.is_owned,
            is_shared: query.is_shared,
        }
    }
}

impl From<&AlbumMember> for AlbumUserResponse {
    fn from(member: &AlbumMember) -> Self {
        Self { role: member.role, user: (&member.user).into() }
    }
}

impl From<&AlbumView> for AlbumResponse {
    fn from(view: &AlbumView) -> Self {
        let AlbumView { album, members, contents, contributors } = view;
        let contributor_counts = contributors.as_ref().map(|counts| {
            counts.iter().map(|&(user_id, asset_count)| ContributorCount { asset_count, user_id }).collect()
        });
        Self {
            album_name: album.name.clone(),
            album_thumbnail_asset_id: album.thumbnail_asset_id,
            album_users: members.iter().map(Into::into).collect(),
            asset_count: contents.asset_count,
            contributor_counts,
            created_at: album.created_at.into(),
            description: album.description.clone().unwrap_or_default(),
            end_date: contents.end_date.map(Into::into),
            // There are no shared links yet.
            has_shared_link: false,
            id: album.id,
            is_activity_enabled: album.is_activity_enabled,
            last_modified_asset_timestamp: contents.last_modified.map(Into::into),
            order: Some(album.order),
            shared: members.len() > 1,
            start_date: contents.start_date.map(Into::into),
            updated_at: album.updated_at.into(),
        }
    }
}

impl From<AlbumView> for AlbumResponse {
    fn from(view: AlbumView) -> Self {
        (&view).into()
    }
}

impl From<AlbumStatistics> for AlbumStatisticsResponse {
    fn from(counts: AlbumStatistics) -> Self {
        Self { not_shared: counts.not_shared, owned: counts.owned, shared: counts.shared }
    }
}

impl From<MapMarker> for MapMarkerResponse {
    fn from(marker: MapMarker) -> Self {
        let MapMarker { id, latitude, longitude, city, state, country } = marker;
        Self { city, country, id, lat: latitude, lon: longitude, state }
    }
}

impl From<Option<BulkError>> for AddAssetsToAlbumsResponse {
    fn from(error: Option<BulkError>) -> Self {
        Self { error, success: error.is_none() }
    }
}

impl From<CreateAlbum> for NewAlbum {
    fn from(request: CreateAlbum) -> Self {
        let members = request.album_users.unwrap_or_default();
        Self {
            name: request.album_name,
            description: request.description.flatten(),
            asset_ids: request.asset_ids.unwrap_or_default(),
            members: members.into_iter().map(|member| (member.user_id, member.role)).collect(),
        }
    }
}

impl From<UpdateAlbum> for AlbumChanges {
    fn from(request: UpdateAlbum) -> Self {
        Self {
            name: request.album_name,
            description: request.description.map(Option::unwrap_or_default),
            thumbnail_asset_id: request.album_thumbnail_asset_id,
            is_activity_enabled: request.is_activity_enabled,
            order: request.order,
        }
    }
}

impl AddUsers {
    /// Who joins in which role; editor when none is named.
    pub fn members(self) -> Vec<(UserId, AlbumRole)> {
        self.album_users.into_iter().map(|member| (member.user_id, member.role.unwrap_or(AlbumRole::Editor))).collect()
    }
}
