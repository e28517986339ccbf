//! Signing up, in and out, passwords and PINs.

use crate::time::Timestamp;
use chrono::{DateTime, Utc};
use model::{ids::UserId, users::User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SignUpDto)]
pub struct SignUp {
    #[schema(format = "email")]
    pub email: String,
    pub name: String,
    pub password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LoginCredentialDto)]
pub struct Login {
    #[schema(format = "email")]
    pub email: String,
    pub password: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LoginResponseDto)]
pub struct LoginResponse {
    pub access_token: String,
    pub is_admin: bool,
    pub is_onboarded: bool,
    pub name: String,
    pub profile_image_path: String,
    pub should_change_password: bool,
    pub user_email: String,
    pub user_id: UserId,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LogoutResponseDto)]
pub struct LogoutResponse {
    pub redirect_uri: String,
    pub successful: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ValidateAccessTokenResponseDto)]
pub struct ValidateTokenResponse {
    pub auth_status: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangePasswordDto)]
pub struct ChangePassword {
    #[schema(nullable = false)]
    pub invalidate_sessions: Option<bool>,
    #[schema(min_length = 8)]
    pub new_password: String,
    pub password: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuthStatusResponseDto)]
pub struct AuthStatusResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<Timestamp>,
    pub is_elevated: bool,
    pub password: bool,
    pub pin_code: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pin_expires_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PinCodeSetupDto)]
pub struct SetupPinCode {
    #[schema(pattern = r"^\d{6}$")]
    pub pin_code: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PinCodeChangeDto)]
pub struct ChangePinCode {
    #[schema(pattern = r"^\d{6}$")]
    pub new_pin_code: String,
    #[schema(nullable = false)]
    pub password: Option<String>,
    #[schema(nullable = false, pattern = r"^\d{6}$")]
    pub pin_code: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PinCodeResetDto)]
pub struct ResetPinCode {
    #[schema(nullable = false)]
    pub password: Option<String>,
    #[schema(nullable = false, pattern = r"^\d{6}$")]
    pub pin_code: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionUnlockDto)]
pub struct UnlockSession {
    #[schema(nullable = false)]
    pub password: Option<String>,
    #[schema(nullable = false, pattern = r"^\d{6}$")]
    pub pin_code: Option<String>,
}

impl LoginResponse {
    pub fn new(user: &User, access_token: String, is_onboarded: bool) -> Self {
        Self {
            access_token,
            is_admin: user.is_admin,
            is_onboarded,
            name: user.name.clone(),
            profile_image_path: user.profile_image_path.clone(),
            should_change_password: user.should_change_password,
            user_email: user.email.clone(),
            user_id: user.id,
        }
    }
}

impl AuthStatusResponse {
    pub fn new(has_password: bool, has_pin_code: bool) -> Self {
        Self {
            expires_at: None,
            is_elevated: false,
            password: has_password,
            pin_code: has_pin_code,
            pin_expires_at: None,
        }
    }

    /// What a session adds: when it ends, and until when the locked folder is open.
    pub fn with_session(
        self,
        is_elevated: bool,
        expires: Option<DateTime<Utc>>,
        pin_expires: Option<DateTime<Utc>>,
    ) -> Self {
        Self { is_elevated, expires_at: expires.map(Into::into), pin_expires_at: pin_expires.map(Into::into), ..self }
    }
}
