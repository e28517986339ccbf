//! Accounts: as others see them, as their owner and administrators see them.

use crate::{licenses::UserLicense, request::present, time::Timestamp};
use model::{
    ids::UserId,
    users::{AvatarColor, User, UserChanges, UserStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserResponseDto)]
pub struct UserResponse {
    pub avatar_color: AvatarColor,
    pub email: String,
    pub id: UserId,
    pub name: String,
    pub profile_changed_at: Timestamp,
    pub profile_image_path: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserAdminResponseDto)]
pub struct UserAdminResponse {
    pub avatar_color: AvatarColor,
    pub cluster_group_id: String,
    pub created_at: Timestamp,
    #[schema(required)]
    pub deleted_at: Option<Timestamp>,
    pub email: String,
    pub id: UserId,
    pub is_admin: bool,
    #[schema(required)]
    pub license: Option<UserLicense>,
    pub name: String,
    pub oauth_id: String,
    pub profile_changed_at: Timestamp,
    pub profile_image_path: String,
    #[schema(required)]
    pub quota_size_in_bytes: Option<i64>,
    #[schema(required)]
    pub quota_usage_in_bytes: Option<i64>,
    pub should_change_password: bool,
    pub status: UserStatus,
    #[schema(required)]
    pub storage_label: Option<String>,
    pub updated_at: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserUpdateMeDto)]
pub struct UpdateMe {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AvatarColor>)]
    pub avatar_color: Option<Option<AvatarColor>>,
    #[schema(nullable = false, format = "email")]
    pub email: Option<String>,
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[schema(nullable = false)]
    pub password: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OnboardingDto)]
pub struct SetOnboarding {
    pub is_onboarded: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OnboardingResponseDto)]
pub struct OnboardingResponse {
    pub is_onboarded: bool,
}

impl From<&User> for UserResponse {
    fn from(user: &User) -> Self {
        Self {
            avatar_color: user.avatar_color(),
            email: user.email.clone(),
            id: user.id,
            name: user.name.clone(),
            profile_changed_at: user.profile_changed_at.into(),
            profile_image_path: user.profile_image_path.clone(),
        }
    }
}

impl From<&User> for UserAdminResponse {
    fn from(user: &User) -> Self {
        Self {
            avatar_color: user.avatar_color(),
            cluster_group_id: user.cluster_group_id.to_string(),
            created_at: user.created_at.into(),
            deleted_at: user.deleted_at.map(Into::into),
            email: user.email.clone(),
            id: user.id,
            is_admin: user.is_admin,
            // Those who want to know ask `/users/me/license`.
            license: None,
            name: user.name.clone(),
            oauth_id: user.oauth_id.clone(),
            profile_changed_at: user.profile_changed_at.into(),
            profile_image_path: user.profile_image_path.clone(),
            quota_size_in_bytes: user.quota_size_bytes,
            quota_usage_in_bytes: Some(user.quota_usage_bytes),
            should_change_password: user.should_change_password,
            status: user.status,
            storage_label: user.storage_label.clone(),
            updated_at: user.updated_at.into(),
        }
    }
}

impl From<User> for UserAdminResponse {
    fn from(user: User) -> Self {
        (&user).into()
    }
}

impl UpdateMe {
    /// The changes to the row, and the new password, which has to be hashed first.
    pub fn into_changes(self) -> (UserChanges, Option<String>) {
        let changes = UserChanges {
            email: self.email.map(|email| email.to_lowercase()),
            name: self.name,
            password_hash: None,
            avatar_color: self.avatar_color,
            should_change_password: None,
        };
        (changes, self.password)
    }
}
