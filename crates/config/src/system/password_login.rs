//! Whether passwords are accepted at all.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigPasswordLoginDto)]
pub struct PasswordLogin {
    #[schema(required)]
    pub enabled: bool,
}

impl Default for PasswordLogin {
    fn default() -> Self {
        Self { enabled: true }
    }
}
