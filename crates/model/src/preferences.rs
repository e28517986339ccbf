//! What a user prefers. Only what differs from the defaults is stored, so that new defaults reach everyone.

use crate::albums::AssetOrder;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Complete preferences, defaults filled in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = UserPreferencesResponseDto)]
pub struct Preferences {
    #[schema(required)]
    pub albums: Albums,
    #[schema(required)]
    pub cast: Cast,
    #[schema(required)]
    pub download: Download,
    #[serde(rename = "emailNotifications")]
    #[schema(required)]
    pub email_notifications: EmailNotifications,
    #[schema(required)]
    pub folders: Folders,
    #[schema(required)]
    pub memories: Memories,
    #[schema(required)]
    pub people: People,
    #[schema(required)]
    pub purchase: Purchase,
    #[schema(required)]
    pub ratings: Ratings,
    #[serde(rename = "recentlyAdded")]
    #[schema(required)]
    pub recently_added: RecentlyAdded,
    #[serde(rename = "sharedLinks")]
    #[schema(required)]
    pub shared_links: SharedLinks,
    #[schema(required)]
    pub tags: Tags,
}

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident as $schema:ident { $($field:ident: $type:ty = $default:expr),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(default, rename_all = "camelCase")]
        #[schema(as = $schema)]
        pub struct $name { $(#[schema(required)] pub $field: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    )*};
}

sections! {
    Albums as AlbumsResponse { default_asset_order: AssetOrder = AssetOrder::Desc }
    Cast as CastResponse { g_cast_enabled: bool = false }
    /// `archive_size` in bytes.
    Download as DownloadResponse { archive_size: i64 = 4 * 1024 * 1024 * 1024, include_embedded_videos: bool = false }
    EmailNotifications as EmailNotificationsResponse { enabled: bool = true, album_invite: bool = true, album_update: bool = true }
    Folders as FoldersResponse { enabled: bool = false, sidebar_web: bool = false }
    Memories as MemoriesResponse { enabled: bool = true, duration: i32 = 5, sidebar_web: bool = false }
    People as PeopleResponse { enabled: bool = true, sidebar_web: bool = false, minimum_faces: i32 = 3 }
    Purchase as PurchaseResponse { show_support_badge: bool = true, hide_buy_button_until: String = hidden_until() }
    Ratings as RatingsResponse { enabled: bool = false }
    RecentlyAdded as RecentlyAddedResponse { sidebar_web: bool = false }
    SharedLinks as SharedLinksResponse { enabled: bool = true, sidebar_web: bool = false }
    Tags as TagsResponse { enabled: bool = false, sidebar_web: bool = false }
}

/// A date in the past: the purchase button of existing clients is never hidden by default.
fn hidden_until() -> String {
    let date: DateTime<Utc> = DateTime::from_timestamp(1_644_624_000, 0).unwrap_or_default();
    date.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

impl Preferences {
    /// Fills a stored partial up with the defaults; what no longer fits is ignored.
    pub fn from_partial(partial: &Value) -> Self {
        let mut complete = serde_json::to_value(Self::default()).unwrap_or_default();
        merge(&mut complete, partial);
        serde_json::from_value(complete).unwrap_or_default()
    }

    /// Merges a client's changes in; `Err` names what is wrong with them.
    pub fn changed_by(&self, changes: &Value) -> Result<Self, serde_json::Error> {
        let mut complete = serde_json::to_value(self)?;
        merge(&mut complete, changes);
        serde_json::from_value(complete)
    }

    /// What differs from the defaults: the form that is stored and synchronised.
    pub fn to_partial(&self) -> Value {
        let complete = serde_json::to_value(self).unwrap_or_default();
        let defaults = serde_json::to_value(Self::default()).unwrap_or_default();
        difference(&complete, &defaults).unwrap_or_else(|| Value::Object(Map::new()))
    }
}

/// Puts every leaf of `changes` over `into`; nulls change nothing.
pub fn merge(into: &mut Value, changes: &Value) {
    match (into, changes) {
        (_, Value::Null) => {}
        (Value::Object(into), Value::Object(changes)) => {
            for (key, change) in changes {
                merge(into.entry(key.clone()).or_insert(Value::Null), change);
            }
        }
        (into, changes) => *into = changes.clone(),
    }
}

/// The leaves of `value` that differ from `base`; `None` when there are none.
pub fn difference(value: &Value, base: &Value) -> Option<Value> {
    match (value, base) {
        (Value::Object(value), Value::Object(base)) => {
            let changed: Map<String, Value> = value
                .iter()
                .filter_map(|(key, value)| {
                    let base = base.get(key).unwrap_or(&Value::Null);
                    difference(value, base).map(|changed| (key.clone(), changed))
                })
                .collect();
            (!changed.is_empty()).then_some(Value::Object(changed))
        }
        (value, base) => (value != base).then(|| value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_differences_are_stored() {
        let changed =
            Preferences::default().changed_by(&json!({"memories": {"duration": 9}, "tags": {"enabled": false}}));
        assert_eq!(changed.as_ref().unwrap().to_partial(), json!({"memories": {"duration": 9}}));
        assert_eq!(Preferences::from_partial(&json!({"memories": {"duration": 9}})), changed.unwrap());
        assert!(Preferences::default().changed_by(&json!({"memories": {"duration": "long"}})).is_err());
    }
}
