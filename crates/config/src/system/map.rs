//! Styles of the map.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigMapDto)]
pub struct Map {
    #[schema(required)]
    pub dark_style: String,
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub light_style: String,
}

impl Default for Map {
    fn default() -> Self {
        Self {
            dark_style: "https://tiles.immich.cloud/v1/style/dark.json".to_owned(),
            enabled: true,
            light_style: "https://tiles.immich.cloud/v1/style/light.json".to_owned(),
        }
    }
}
