//! Changes to a user's preferences; complete preferences are `model::preferences::Preferences`.

use model::{albums::AssetOrder, users::AvatarColor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::{PartialSchema, ToSchema, openapi};

/// Some leaves of the preferences, checked against [`PreferencesChanges`] and kept as JSON to be merged.
#[derive(Debug)]
pub struct UpdatePreferences(pub Value);

impl<'de> Deserialize<'de> for UpdatePreferences {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}

impl PartialSchema for UpdatePreferences {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        PreferencesChanges::schema()
    }
}

impl ToSchema for UpdatePreferences {
    fn name() -> Cow<'static, str> {
        PreferencesChanges::name()
    }

    fn schemas(schemas: &mut Vec<(String, openapi::RefOr<openapi::Schema>)>) {
        PreferencesChanges::schemas(schemas);
    }
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumsUpdate {
    #[schema(nullable = false)]
    pub default_asset_order: Option<AssetOrder>,
}

#[derive(Debug, ToSchema)]
pub struct AvatarUpdate {
    #[schema(nullable = false)]
    pub color: Option<AvatarColor>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CastUpdate {
    #[schema(nullable = false)]
    pub g_cast_enabled: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadUpdate {
    #[schema(nullable = false, minimum = 1)]
    pub archive_size: Option<i64>,
    #[schema(nullable = false)]
    pub include_embedded_videos: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailNotificationsUpdate {
    #[schema(nullable = false)]
    pub album_invite: Option<bool>,
    #[schema(nullable = false)]
    pub album_update: Option<bool>,
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoldersUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoriesUpdate {
    #[schema(nullable = false, minimum = 1)]
    pub duration: Option<i64>,
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false, minimum = 1)]
    pub minimum_faces: Option<i64>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseUpdate {
    #[schema(nullable = false)]
    pub hide_buy_button_until: Option<String>,
    #[schema(nullable = false)]
    pub show_support_badge: Option<bool>,
}

#[derive(Debug, ToSchema)]
pub struct RatingsUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentlyAddedUpdate {
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinksUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagsUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserPreferencesUpdateDto)]
pub struct PreferencesChanges {
    #[schema(nullable = false)]
    pub albums: Option<AlbumsUpdate>,
    #[schema(nullable = false)]
    pub avatar: Option<AvatarUpdate>,
    #[schema(nullable = false)]
    pub cast: Option<CastUpdate>,
    #[schema(nullable = false)]
    pub download: Option<DownloadUpdate>,
    #[schema(nullable = false)]
    pub email_notifications: Option<EmailNotificationsUpdate>,
    #[schema(nullable = false)]
    pub folders: Option<FoldersUpdate>,
    #[schema(nullable = false)]
    pub memories: Option<MemoriesUpdate>,
    #[schema(nullable = false)]
    pub people: Option<PeopleUpdate>,
    #[schema(nullable = false)]
    pub purchase: Option<PurchaseUpdate>,
    #[schema(nullable = false)]
    pub ratings: Option<RatingsUpdate>,
    #[schema(nullable = false)]
    pub recently_added: Option<RecentlyAddedUpdate>,
    #[schema(nullable = false)]
    pub shared_links: Option<SharedLinksUpdate>,
    #[schema(nullable = false)]
    pub tags: Option<TagsUpdate>,
}
