//! CSS added to every page.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigThemeDto)]
pub struct Theme {
    #[schema(required)]
    pub custom_css: String,
}

impl Default for Theme {
    fn default() -> Self {
        Self { custom_css: String::new() }
    }
}
