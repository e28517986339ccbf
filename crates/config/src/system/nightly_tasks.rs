//! What is tidied up every night.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigNightlyTasksDto)]
pub struct NightlyTasks {
    #[schema(required)]
    pub cluster_new_faces: bool,
    #[schema(required)]
    pub database_cleanup: bool,
    #[schema(required)]
    pub generate_memories: bool,
    #[schema(required)]
    pub missing_thumbnails: bool,
    #[schema(required)]
    pub start_time: String,
    #[schema(required)]
    pub sync_quota_usage: bool,
}

impl Default for NightlyTasks {
    fn default() -> Self {
        Self {
            cluster_new_faces: true,
            database_cleanup: true,
            generate_memories: true,
            missing_thumbnails: true,
            start_time: "00:00".to_owned(),
            sync_quota_usage: true,
        }
    }
}
