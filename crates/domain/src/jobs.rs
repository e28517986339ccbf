//! The job catalogue: every payload on one page. Bodies are in the worker, one file each.
//!
//! A payload holds ids and flags only. Every job must bear being run twice and being lost once: Postgres is the truth,
//! and the nightly sweeps queue what is missing. Names are those that clients of `/queues` know; a name once released
//! is never reused.

use model::{
    ids::{AssetId, PersonId, UserId},
    queue::QueueName,
};
use queue::Job;
use serde::{Deserialize, Serialize};

/// Why metadata is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetadataSource {
    Upload,
    SidecarWrite,
    /// Asked for by a person or a sweep.
    #[default]
    Refresh,
}

macro_rules! jobs {
    ($($(#[$doc:meta])* $queue:ident, attempts $attempts:literal: $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? } $(once per $id:ident)?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

            impl Job for $name {
                const NAME: &'static str = stringify!($name);
                const QUEUE: QueueName = QueueName::$queue;
                const ATTEMPTS: u32 = $attempts;

                $(fn job_id(&self) -> Option<String> {
                    // BullMQ refuses colons in ids of ours.
                    Some(format!("{}-{}", Self::NAME, self.$id))
                })?
            }
        )*

        /// Every kind there is, for the test that compares it with the worker's registry.
        pub const CATALOGUE: &[(&str, QueueName)] = &[$((stringify!($name), QueueName::$queue),)*];
    };
}

jobs! {
    /// Reads EXIF, containers and sidecars; first link of the upload cascade.
    MetadataExtraction, attempts 3: AssetExtractMetadata { id: AssetId, #[serde(default)] source: MetadataSource } once per id;
    /// Queues extraction for all assets (force) or those that never had it.
    MetadataExtraction, attempts 1: AssetExtractMetadataQueueAll { #[serde(default)] force: bool };

    /// Writes what a person wrote of an asset into its sidecar.
    Sidecar, attempts 3: SidecarWrite { id: AssetId } once per id;
    /// Looks whether an asset has a sidecar, or another one than before.
    Sidecar, attempts 3: SidecarCheck { id: AssetId } once per id;
    /// Queues the look for all assets (force) or those without a sidecar.
    Sidecar, attempts 1: SidecarQueueAll { #[serde(default)] force: bool };

    /// Makes preview, thumbnail and thumbhash.
    ThumbnailGeneration, attempts 3: AssetGenerateThumbnails { id: AssetId, #[serde(default)] notify: bool } once per id;
    ThumbnailGeneration, attempts 1: AssetGenerateThumbnailsQueueAll { #[serde(default)] force: bool };
    /// Cuts a person's face out of the picture by which the person is shown.
    ThumbnailGeneration, attempts 3: PersonGenerateThumbnail { id: PersonId } once per id;

    /// Makes a video that every browser plays, when the policy asks for one.
    VideoConversion, attempts 3: AssetEncodeVideo { id: AssetId } once per id;
    VideoConversion, attempts 1: AssetEncodeVideoQueueAll { #[serde(default)] force: bool };

    /// Lets a model look at what a picture shows.
    SmartSearch, attempts 3: SmartSearch { id: AssetId } once per id;
    SmartSearch, attempts 1: SmartSearchQueueAll { #[serde(default)] force: bool };

    /// Removes a deleted asset's files, then its row.
    BackgroundTask, attempts 5: AssetDelete { id: AssetId, delete_on_disk: bool } once per id;
    /// Deletes what has been in the trash for too long, and what was deleted but whose job was lost.
    BackgroundTask, attempts 1: AssetDeleteCheck {};
    /// Forgets people of whom there is no face any more.
    BackgroundTask, attempts 1: PersonCleanup {};
    /// Queues the removal of accounts that were deleted longer ago than the settings keep them.
    BackgroundTask, attempts 1: UserDeleteCheck {};
    /// Removes a deleted account with its assets, albums and files.
    BackgroundTask, attempts 5: UserDelete { id: UserId } once per id;
    /// Removes sessions that expired or were not seen for 90 days.
    BackgroundTask, attempts 1: SessionCleanup {};
    /// Adds up every user's originals.
    BackgroundTask, attempts 1: UserSyncUsage {};
    /// Folds the timeline's counters together.
    BackgroundTask, attempts 1: AuditTableCleanup {};
}
