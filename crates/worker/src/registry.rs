//! Every job this worker can run, one line each, by queue.

use crate::{
    context::Context,
    outcome::{Failure, Outcome, Run},
};
use domain::jobs;
use queue::Job;
use serde_json::Value;

macro_rules! registry {
    ($($job:ty),* $(,)?) => {
        /// The names, for the test that compares them with the catalogue.
        pub const NAMES: &[&str] = &[$(<$job as Job>::NAME,)*];

        /// Runs one job by its name.
        pub async fn run(context: &Context, name: &str, data: Value) -> Outcome {
            match name {
                $(<$job as Job>::NAME => parse::<$job>(data)?.run(context).await,)*
                unknown => Err(Failure::permanent(anyhow::anyhow!("this version knows no job {unknown:?}"))),
            }
        }
    };
}

registry! {
    // metadataExtraction
    jobs::AssetExtractMetadata,
    jobs::AssetExtractMetadataQueueAll,
    // sidecar
    jobs::SidecarCheck,
    jobs::SidecarQueueAll,
    jobs::SidecarWrite,
    // thumbnailGeneration
    jobs::AssetGenerateThumbnails,
    jobs::AssetGenerateThumbnailsQueueAll,
    jobs::PersonGenerateThumbnail,
    // videoConversion
    jobs::AssetEncodeVideo,
    jobs::AssetEncodeVideoQueueAll,
    // smartSearch
    jobs::SmartSearch,
    jobs::SmartSearchQueueAll,
    // backgroundTask
    jobs::AssetDelete,
    jobs::AssetDeleteCheck,
    jobs::AuditTableCleanup,
    jobs::PersonCleanup,
    jobs::SessionCleanup,
    jobs::UserDelete,
    jobs::UserDeleteCheck,
    jobs::UserSyncUsage,
}

fn parse<J: Job>(data: Value) -> Result<J, Failure> {
    serde_json::from_value(data)
        .map_err(|error| Failure::permanent(anyhow::anyhow!("the payload of {} cannot be read: {error}", J::NAME)))
}
