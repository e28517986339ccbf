//! How long deleted assets can be restored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigTrashDto)]
pub struct Trash {
    #[schema(required)]
    pub days: u32,
    #[schema(required)]
    pub enabled: bool,
}

impl Default for Trash {
    fn default() -> Self {
        Self { days: 30, enabled: true }
    }
}
