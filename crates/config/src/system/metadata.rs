//! What is read from files beside the usual.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigMetadataDto)]
pub struct Metadata {
    #[schema(required)]
    pub faces: Faces,
}

impl Default for Metadata {
    fn default() -> Self {
        Self { faces: Faces::default() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigFacesDto)]
pub struct Faces {
    #[schema(required)]
    pub r#import: bool,
}

impl Default for Faces {
    fn default() -> Self {
        Self { r#import: false }
    }
}
