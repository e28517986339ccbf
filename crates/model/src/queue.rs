//! Queues as the administrator sees them.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! queue_names {
    ($($variant:ident = $text:literal),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum QueueName {
            $(#[serde(rename = $text)] $variant,)*
        }

        impl QueueName {
            pub const ALL: &'static [QueueName] = &[$(QueueName::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(QueueName::$variant => $text,)* }
            }
        }

        impl std::str::FromStr for QueueName {
            type Err = UnknownQueue;
            fn from_str(text: &str) -> Result<Self, UnknownQueue> {
                match text { $($text => Ok(QueueName::$variant),)* _ => Err(UnknownQueue(text.to_owned())) }
            }
        }
    };
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a queue")]
pub struct UnknownQueue(pub String);

impl std::fmt::Display for QueueName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// By hand: the derive does not see through the macro's literals.
impl PartialSchema for QueueName {
    fn schema() -> RefOr<Schema> {
        let texts = Self::ALL.iter().map(|name| name.as_str());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(texts)).into()
    }
}

impl ToSchema for QueueName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("QueueName")
    }
}

queue_names! {
    ThumbnailGeneration = "thumbnailGeneration",
    MetadataExtraction = "metadataExtraction",
    VideoConversion = "videoConversion",
    FaceDetection = "faceDetection",
    FacialRecognition = "facialRecognition",
    SmartSearch = "smartSearch",
    DuplicateDetection = "duplicateDetection",
    BackgroundTask = "backgroundTask",
    StorageTemplateMigration = "storageTemplateMigration",
    Migration = "migration",
    Search = "search",
    Sidecar = "sidecar",
    Library = "library",
    Notifications = "notifications",
    BackupDatabase = "backupDatabase",
    Ocr = "ocr",
    Workflow = "workflow",
    IntegrityCheck = "integrityCheck",
    Editor = "editor",
}

impl QueueName {
    /// Queues whose jobs must not run beside each other, whatever the settings say.
    pub fn fixed_concurrency(self) -> Option<usize> {
        match self {
            Self::FacialRecognition
            | Self::StorageTemplateMigration
            | Self::DuplicateDetection
            | Self::BackupDatabase => Some(1),
            _ => None,
        }
    }
}

/// Chores that an administrator may start by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ManualJobName)]
pub enum ManualJob {
    PersonCleanup,
    TagCleanup,
    UserCleanup,
    MemoryCleanup,
    MemoryCreate,
    BackupDatabase,
    IntegrityMissingFiles,
    IntegrityUntrackedFiles,
    IntegrityChecksumMismatch,
    IntegrityMissingFilesRefresh,
    IntegrityUntrackedFilesRefresh,
    IntegrityChecksumMismatchRefresh,
    IntegrityMissingFilesDeleteAll,
    IntegrityUntrackedFilesDeleteAll,
    IntegrityChecksumMismatchDeleteAll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum QueueJobStatus {
    Active,
    Failed,
    Completed,
    Delayed,
    Waiting,
    Paused,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    pub active: u64,
    pub completed: u64,
    pub failed: u64,
    pub delayed: u64,
    pub waiting: u64,
    pub paused: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueState {
    pub counts: JobCounts,
    pub is_active: bool,
    pub is_paused: bool,
}

/// One job as an administrator looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    pub id: String,
    pub name: String,
    /// When it was pushed, in milliseconds since 1970.
    pub timestamp_ms: i64,
    pub data: serde_json::Value,
    pub failed_reason: Option<String>,
    pub attempts: u32,
}
