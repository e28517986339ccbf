//! Where a user is signed in.

use crate::time::Timestamp;
use model::{ids::SessionId, sessions::Session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionResponseDto)]
pub struct SessionResponse {
    #[schema(required)]
    pub app_version: Option<String>,
    pub created_at: Timestamp,
    pub current: bool,
    #[serde(rename = "deviceOS")]
    pub device_os: String,
    pub device_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<Timestamp>,
    pub id: SessionId,
    pub is_pending_sync_reset: bool,
    pub updated_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionCreateResponseDto)]
pub struct CreatedSessionResponse {
    #[serde(flatten)]
    pub session: SessionResponse,
    /// Shown once; only its hash is kept.
    pub token: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionCreateDto)]
pub struct CreateSession {
    #[serde(rename = "deviceOS")]
    #[schema(nullable = false)]
    pub device_os: Option<String>,
    #[schema(nullable = false)]
    pub device_type: Option<String>,
    #[schema(nullable = false, minimum = 1)]
    /// Seconds until the session ends; it does not end by itself when left out.
    pub duration: Option<i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionUpdateDto)]
pub struct UpdateSession {
    #[schema(nullable = false)]
    pub is_pending_sync_reset: Option<bool>,
}

impl SessionResponse {
    /// `current` is the session that asks.
    pub fn new(session: &Session, current: Option<SessionId>) -> Self {
        Self {
            app_version: session.app_version.clone(),
            created_at: session.created_at.into(),
            current: current == Some(session.id),
            device_os: session.device_os.clone(),
            device_type: session.device_type.clone(),
            expires_at: session.expires_at.map(Into::into),
            id: session.id,
            is_pending_sync_reset: session.is_pending_sync_reset,
            updated_at: session.updated_at.into(),
        }
    }
}

impl CreatedSessionResponse {
    pub fn new(session: &Session, token: String) -> Self {
        Self { session: SessionResponse::new(session, None), token }
    }
}
