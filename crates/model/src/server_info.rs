//! What the server says of itself.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A version that this database has been served by.
#[derive(Debug, Clone)]
pub struct VersionHistoryEntry {
    pub id: Uuid,
    pub version: String,
    pub created_at: DateTime<Utc>,
}

/// The disk that holds the library, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct DiskSpace {
    pub size_bytes: u64,
    pub used_bytes: u64,
    pub available_bytes: u64,
}

/// What this installation can do: clients hide the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// The settings come from a file and cannot be edited.
    pub config_file: bool,
    pub duplicate_detection: bool,
    pub email: bool,
    pub facial_recognition: bool,
    pub import_faces: bool,
    pub map: bool,
    pub oauth: bool,
    pub oauth_auto_launch: bool,
    pub ocr: bool,
    pub password_login: bool,
    pub realtime_transcoding: bool,
    pub reverse_geocoding: bool,
    pub search: bool,
    pub sidecar: bool,
    pub smart_search: bool,
    pub trash: bool,
}
