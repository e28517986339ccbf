//! How many jobs of a queue run at once in each worker.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigJobDto)]
pub struct Job {
    #[schema(required)]
    pub background_task: JobSettings,
    #[schema(required)]
    pub editor: JobSettings,
    #[schema(required)]
    pub face_detection: JobSettings,
    #[schema(required)]
    pub integrity_check: JobSettings,
    #[schema(required)]
    pub library: JobSettings,
    #[schema(required)]
    pub metadata_extraction: JobSettings,
    #[schema(required)]
    pub migration: JobSettings,
    #[schema(required)]
    pub notifications: JobSettings,
    #[schema(required)]
    pub ocr: JobSettings,
    #[schema(required)]
    pub search: JobSettings,
    #[schema(required)]
    pub sidecar: JobSettings,
    #[schema(required)]
    pub smart_search: JobSettings,
    #[schema(required)]
    pub thumbnail_generation: JobSettings,
    #[schema(required)]
    pub video_conversion: JobSettings,
    #[schema(required)]
    pub workflow: JobSettings,
}

impl Default for Job {
    fn default() -> Self {
        Self {
            background_task: JobSettings { concurrency: 5 },
            editor: JobSettings { concurrency: 2 },
            face_detection: JobSettings { concurrency: 2 },
            integrity_check: JobSettings { concurrency: 1 },
            library: JobSettings { concurrency: 5 },
            metadata_extraction: JobSettings { concurrency: 5 },
            migration: JobSettings { concurrency: 5 },
            notifications: JobSettings { concurrency: 5 },
            ocr: JobSettings { concurrency: 1 },
            search: JobSettings { concurrency: 5 },
            sidecar: JobSettings { concurrency: 5 },
            smart_search: JobSettings { concurrency: 2 },
            thumbnail_generation: JobSettings { concurrency: 3 },
            video_conversion: JobSettings { concurrency: 1 },
            workflow: JobSettings { concurrency: 5 },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigJobSettingsDto)]
pub struct JobSettings {
    #[schema(required)]
    pub concurrency: u32,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self { concurrency: 5 }
    }
}
