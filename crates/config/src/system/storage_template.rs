//! Where originals are moved after their metadata is known.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigStorageTemplateDto)]
pub struct StorageTemplate {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub hash_verification_enabled: bool,
    #[schema(required)]
    pub template: String,
}

impl Default for StorageTemplate {
    fn default() -> Self {
        Self {
            enabled: false,
            hash_verification_enabled: true,
            template: "{{y}}/{{y}}-{{MM}}-{{dd}}/{{filename}}".to_owned(),
        }
    }
}
