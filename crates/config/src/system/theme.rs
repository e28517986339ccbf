//! CSS added to every page.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigThemeDto)]
#[derive(Default)]
pub struct Theme {
    #[schema(required)]
    pub custom_css: String,
}
