//! Licences, as an installation or a user holds one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Kept as JSON in the metadata of a user or of the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct License {
    pub license_key: String,
    pub activation_key: String,
    pub activated_at: DateTime<Utc>,
}
