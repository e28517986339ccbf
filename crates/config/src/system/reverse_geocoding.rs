//! Whether positions get place names.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigReverseGeocodingDto)]
pub struct ReverseGeocoding {
    #[schema(required)]
    pub enabled: bool,
}

impl Default for ReverseGeocoding {
    fn default() -> Self {
        Self { enabled: true }
    }
}
