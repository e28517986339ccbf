//! Queues and their jobs, in the form administrators use now and in the older one (`/jobs`).

use model::queue::{JobCounts, JobView, ManualJob, QueueJobStatus, QueueName, QueueState};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueStatisticsDto)]
pub struct QueueStatistics {
    pub active: u64,
    pub completed: u64,
    pub delayed: u64,
    pub failed: u64,
    pub paused: u64,
    pub waiting: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QueueResponseDto)]
pub struct QueueResponse {
    pub is_paused: bool,
    pub name: QueueName,
    pub statistics: QueueStatistics,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QueueUpdateDto)]
pub struct QueueUpdate {
    #[schema(nullable = false)]
    pub is_paused: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = QueueDeleteDto)]
pub struct QueueDelete {
    #[schema(nullable = false)]
    pub failed: Option<bool>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueJobResponseDto)]
pub struct QueueJobResponse {
    pub data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// Published as the names that clients know.
    #[schema(value_type = JobName)]
    pub name: String,
    /// When it was pushed, in milliseconds since 1970.
    pub timestamp: i64,
    /// Why it failed, in words; beyond what the contract asks for.
    #[serde(rename = "failedReason", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failed_reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QueueStatusLegacyDto)]
pub struct QueueStatusLegacy {
    pub is_active: bool,
    pub is_paused: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QueueResponseLegacyDto)]
pub struct QueueResponseLegacy {
    pub job_counts: QueueStatistics,
    pub queue_status: QueueStatusLegacy,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QueuesResponseLegacyDto)]
pub struct QueuesResponseLegacy {
    pub background_task: QueueResponseLegacy,
    pub backup_database: QueueResponseLegacy,
    pub duplicate_detection: QueueResponseLegacy,
    pub editor: QueueResponseLegacy,
    pub face_detection: QueueResponseLegacy,
    pub facial_recognition: QueueResponseLegacy,
    pub integrity_check: QueueResponseLegacy,
    pub library: QueueResponseLegacy,
    pub metadata_extraction: QueueResponseLegacy,
    pub migration: QueueResponseLegacy,
    pub notifications: QueueResponseLegacy,
    pub ocr: QueueResponseLegacy,
    pub search: QueueResponseLegacy,
    pub sidecar: QueueResponseLegacy,
    pub smart_search: QueueResponseLegacy,
    pub storage_template_migration: QueueResponseLegacy,
    pub thumbnail_generation: QueueResponseLegacy,
    pub video_conversion: QueueResponseLegacy,
    pub workflow: QueueResponseLegacy,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = QueueCommandDto)]
pub struct QueueCommandRequest {
    pub command: QueueCommand,
    #[schema(nullable = false)]
    pub force: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = JobCreateDto)]
pub struct JobCreate {
    pub name: ManualJob,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QueueCommand {
    Start,
    Pause,
    Resume,
    Empty,
    ClearFailed,
}

/// Which jobs of a queue are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueJobQuery {
    /// All states when left out.
    #[param(inline, nullable = false)]
    pub status: Option<Vec<QueueJobStatus>>,
}

/// Every kind of job that clients know by name. Published only: jobs of newer kinds are shown under their own name.
#[derive(Debug, ToSchema)]
pub enum JobName {
    AssetDelete,
    AssetDeleteCheck,
    AssetDetectFacesQueueAll,
    AssetDetectFaces,
    AssetDetectDuplicatesQueueAll,
    AssetDetectDuplicates,
    AssetEditThumbnailGeneration,
    AssetEncodeVideoQueueAll,
    AssetEncodeVideo,
    AssetEmptyTrash,
    AssetExtractMetadataQueueAll,
    AssetExtractMetadata,
    AssetFileMigration,
    AssetGenerateThumbnailsQueueAll,
    AssetGenerateThumbnails,
    AuditTableCleanup,
    DatabaseBackup,
    FacialRecognitionQueueAll,
    FacialRecognition,
    FileDelete,
    FileMigrationQueueAll,
    LibraryDeleteCheck,
    LibraryDelete,
    LibraryRemoveAsset,
    LibraryScanAssetsQueueAll,
    LibrarySyncAssets,
    LibrarySyncFilesQueueAll,
    LibrarySyncFiles,
    LibraryScanQueueAll,
    HlsSessionCleanup,
    MemoryCleanup,
    MemoryGenerate,
    NotificationsCleanup,
    NotifyUserSignup,
    NotifyAlbumInvite,
    NotifyAlbumUpdate,
    UserDelete,
    UserDeleteCheck,
    UserSyncUsage,
    PersonCleanup,
    PersonFileMigration,
    PersonGenerateThumbnail,
    SessionCleanup,
    SendMail,
    SidecarQueueAll,
    SidecarCheck,
    SidecarWrite,
    SmartSearchQueueAll,
    SmartSearch,
    StorageTemplateMigration,
    StorageTemplateMigrationSingle,
    TagCleanup,
    VersionCheck,
    OcrQueueAll,
    Ocr,
    WorkflowAssetTrigger,
    IntegrityUntrackedFilesQueueAll,
    IntegrityUntrackedFiles,
    IntegrityUntrackedRefresh,
    IntegrityMissingFilesQueueAll,
    IntegrityMissingFiles,
    IntegrityMissingFilesRefresh,
    IntegrityChecksumFiles,
    IntegrityChecksumFilesRefresh,
    IntegrityDeleteReportType,
    IntegrityDeleteReports,
}

impl From<JobCounts> for QueueStatistics {
    fn from(counts: JobCounts) -> Self {
        Self {
            active: counts.active,
            completed: counts.completed,
            delayed: counts.delayed,
            failed: counts.failed,
            paused: counts.paused,
            waiting: counts.waiting,
        }
    }
}

impl QueueResponse {
    pub fn new(name: QueueName, state: &QueueState) -> Self {
        Self { is_paused: state.is_paused, name, statistics: state.counts.into() }
    }
}

impl From<JobView> for QueueJobResponse {
    fn from(job: JobView) -> Self {
        let data = match job.data {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self { data, id: Some(job.id), name: job.name, timestamp: job.timestamp_ms, failed_reason: job.failed_reason }
    }
}

impl From<&QueueState> for QueueResponseLegacy {
    fn from(state: &QueueState) -> Self {
        Self {
            job_counts: state.counts.into(),
            queue_status: QueueStatusLegacy { is_active: state.is_active, is_paused: state.is_paused },
        }
    }
}

impl FromIterator<(QueueName, QueueState)> for QueuesResponseLegacy {
    /// Every queue in its own field; one that nobody reported is idle.
    fn from_iter<States: IntoIterator<Item = (QueueName, QueueState)>>(states: States) -> Self {
        let states: HashMap<QueueName, QueueState> = states.into_iter().collect();
        let state_of = |name| QueueResponseLegacy::from(&states.get(&name).copied().unwrap_or_default());
        Self {
            background_task: state_of(QueueName::BackgroundTask),
            backup_database: state_of(QueueName::BackupDatabase),
            duplicate_detection: state_of(QueueName::DuplicateDetection),
            editor: state_of(QueueName::Editor),
            face_detection: state_of(QueueName::FaceDetection),
            facial_recognition: state_of(QueueName::FacialRecognition),
            integrity_check: state_of(QueueName::IntegrityCheck),
            library: state_of(QueueName::Library),
            metadata_extraction: state_of(QueueName::MetadataExtraction),
            migration: state_of(QueueName::Migration),
            notifications: state_of(QueueName::Notifications),
            ocr: state_of(QueueName::Ocr),
            search: state_of(QueueName::Search),
            sidecar: state_of(QueueName::Sidecar),
            smart_search: state_of(QueueName::SmartSearch),
            storage_template_migration: state_of(QueueName::StorageTemplateMigration),
            thumbnail_generation: state_of(QueueName::ThumbnailGeneration),
            video_conversion: state_of(QueueName::VideoConversion),
            workflow: state_of(QueueName::Workflow),
        }
    }
}
