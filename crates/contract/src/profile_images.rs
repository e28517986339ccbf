//! The pictures by which users are shown.

use crate::time::Timestamp;
use model::{ids::UserId, users::User};
use serde::Serialize;
use utoipa::ToSchema;

/// The form as it is published; the server streams the file.
#[derive(Debug, ToSchema)]
#[schema(as = CreateProfileImageDto)]
pub struct ProfileImageForm {
    #[schema(format = Binary)]
    pub file: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateProfileImageResponseDto)]
pub struct ProfileImageResponse {
    pub profile_changed_at: Timestamp,
    pub profile_image_path: String,
    pub user_id: UserId,
}

impl From<User> for ProfileImageResponse {
    fn from(user: User) -> Self {
        Self {
            profile_changed_at: user.profile_changed_at.into(),
            profile_image_path: user.profile_image_path,
            user_id: user.id,
        }
    }
}
