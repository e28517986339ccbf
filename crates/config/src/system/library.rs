//! External libraries: when they are scanned and watched.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigLibraryDto)]
#[derive(Default)]
pub struct Library {
    #[schema(required)]
    pub scan: LibraryScan,
    #[schema(required)]
    pub watch: LibraryWatch,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigLibraryScanDto)]
pub struct LibraryScan {
    #[schema(required)]
    pub cron_expression: String,
    #[schema(required)]
    pub enabled: bool,
}

impl Default for LibraryScan {
    fn default() -> Self {
        Self { cron_expression: "0 0 * * *".to_owned(), enabled: true }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigLibraryWatchDto)]
#[derive(Default)]
pub struct LibraryWatch {
    #[schema(required)]
    pub enabled: bool,
}
