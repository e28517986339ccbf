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
