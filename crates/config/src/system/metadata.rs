//! What is read from files beside the usual.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigMetadataDto)]
#[derive(Default)]
pub struct Metadata {
    #[schema(required)]
    pub faces: Faces,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigFacesDto)]
#[derive(Default)]
pub struct Faces {
    #[schema(required)]
    pub r#import: bool,
}
