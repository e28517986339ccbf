//! Nightly comparisons of database and disk.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigIntegrityChecksDto)]
pub struct IntegrityChecks {
    #[schema(required)]
    pub checksum_files: IntegrityChecksumJob,
    #[schema(required)]
    pub missing_files: IntegrityJob,
    #[schema(required)]
    pub untracked_files: IntegrityJob,
}

impl Default for IntegrityChecks {
    fn default() -> Self {
        Self {
            checksum_files: IntegrityChecksumJob::default(),
            missing_files: IntegrityJob { cron_expression: "0 03 * * *".to_owned(), enabled: true },
            untracked_files: IntegrityJob { cron_expression: "0 03 * * *".to_owned(), enabled: true },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigIntegrityChecksumJobDto)]
pub struct IntegrityChecksumJob {
    #[schema(required)]
    pub cron_expression: String,
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub percentage_limit: f64,
    #[schema(required)]
    pub time_limit: u32,
}

impl Default for IntegrityChecksumJob {
    fn default() -> Self {
        Self { cron_expression: "0 03 * * *".to_owned(), enabled: true, percentage_limit: 1.0, time_limit: 3600000 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigIntegrityJobDto)]
pub struct IntegrityJob {
    #[schema(required)]
    pub cron_expression: String,
    #[schema(required)]
    pub enabled: bool,
}

impl Default for IntegrityJob {
    fn default() -> Self {
        Self { cron_expression: "0 03 * * *".to_owned(), enabled: true }
    }
}
