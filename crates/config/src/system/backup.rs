//! Dumps of the database.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigBackupsDto)]
#[derive(Default)]
pub struct Backups {
    #[schema(required)]
    pub database: DatabaseBackup,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigDatabaseBackupDto)]
pub struct DatabaseBackup {
    #[schema(required)]
    pub cron_expression: String,
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub keep_last_amount: u32,
}

impl Default for DatabaseBackup {
    fn default() -> Self {
        Self { cron_expression: "0 02 * * *".to_owned(), enabled: true, keep_last_amount: 14 }
    }
}
