//! How long deleted accounts can be restored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigUserDto)]
pub struct User {
    #[schema(required)]
    pub delete_delay: u32,
}

impl Default for User {
    fn default() -> Self {
        Self { delete_delay: 7 }
    }
}
