//! Where a user is signed in. The token itself is never stored, only its SHA-256.

use crate::ids::{SessionId, UserId};
use chrono::{DateTime, Utc};

#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    /// The session that made this one (a cast device); it dies with its parent.
    pub parent_id: Option<SessionId>,
    pub device_type: String,
    pub device_os: String,
    pub app_version: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Until when the locked folder is open to this session.
    pub pin_expires_at: Option<DateTime<Utc>>,
    pub is_pending_sync_reset: bool,
}

#[derive(Debug, Clone)]
pub struct NewSession {
    pub id: SessionId,
    pub user_id: UserId,
    pub parent_id: Option<SessionId>,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    pub device: Device,
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a request says of the device it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    pub device_type: String,
    pub device_os: String,
    pub app_version: Option<String>,
}
