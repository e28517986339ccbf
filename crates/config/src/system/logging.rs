//! What the programs log.

use super::choices::LogLevel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigLoggingDto)]
pub struct Logging {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub level: LogLevel,
}

impl Default for Logging {
    fn default() -> Self {
        Self { enabled: true, level: LogLevel::Log }
    }
}
