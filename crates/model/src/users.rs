//! People with an account.

use crate::ids::UserId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum UserStatus {
    Active,
    /// Being purged.
    Removing,
    /// In the bin until the delete delay has passed.
    Deleted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[schema(as = UserAvatarColor)]
pub enum AvatarColor {
    Primary,
    Pink,
    Red,
    Yellow,
    Blue,
    Green,
    Purple,
    Orange,
    Gray,
    Amber,
}

impl AvatarColor {
    /// The colour of a user who chose none: clients compute the same from the e-mail address.
    pub fn default_for(email: &str) -> Self {
        use AvatarColor::*;
        const ORDER: [AvatarColor; 10] = [Primary, Pink, Red, Yellow, Blue, Green, Purple, Orange, Gray, Amber];
        let sum: usize = email.chars().map(|c| c as usize).sum();
        ORDER[sum % ORDER.len()]
    }
}

/// A user's row. The password hash is kept apart: see [`UserPassword`].
#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub is_admin: bool,
    pub avatar_color: Option<AvatarColor>,
    /// Empty when there is none.
    pub profile_image_path: String,
    pub profile_changed_at: DateTime<Utc>,
    pub should_change_password: bool,
    pub storage_label: Option<String>,
    /// Empty when the account is not linked.
    pub oauth_id: String,
    pub quota_size_bytes: Option<i64>,
    pub quota_usage_bytes: i64,
    pub status: UserStatus,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    /// Users who share face recognition; alone in a group of one's own by default.
    pub cluster_group_id: uuid::Uuid,
}

impl User {
    pub fn avatar_color(&self) -> AvatarColor {
        self.avatar_color.unwrap_or_else(|| AvatarColor::default_for(&self.email))
    }
}

/// A user with what login compares; never leaves the rules.
#[derive(Debug, Clone)]
pub struct UserPassword {
    pub id: UserId,
    /// bcrypt; `None` for accounts that sign in elsewhere.
    pub password_hash: Option<String>,
    /// bcrypt of six digits.
    pub pin_hash: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewUser {
    pub id: UserId,
    /// Lower case.
    pub email: String,
    pub name: String,
    pub password_hash: Option<String>,
    pub is_admin: bool,
    pub should_change_password: bool,
    pub storage_label: Option<String>,
    pub quota_size_bytes: Option<i64>,
}

/// What a user may change of their own account; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    pub email: Option<String>,
    pub name: Option<String>,
    pub password_hash: Option<String>,
    pub avatar_color: Option<Option<AvatarColor>>,
    pub should_change_password: Option<bool>,
}

/// One user's share of the library, for the administrator.
#[derive(Debug, Clone)]
pub struct UserUsage {
    pub user_id: UserId,
    pub user_name: String,
    pub photos: i64,
    pub videos: i64,
    pub usage_bytes: i64,
    pub usage_photos_bytes: i64,
    pub usage_videos_bytes: i64,
    pub quota_size_bytes: Option<i64>,
}
