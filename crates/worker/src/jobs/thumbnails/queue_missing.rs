//! Queues the step for every asset that lacks it, or for all, and the same for pictures of people.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{
    asset_jobs::{self, Step},
    jobs::AssetGenerateThumbnailsQueueAll,
    people,
};

impl Run for AssetGenerateThumbnailsQueueAll {
    async fn run(self, context: &Context) -> Outcome {
        let queued = asset_jobs::queue_missing(&context.app, Step::Thumbnails, self.force).await?;
        let people = people::queue_thumbnails(&context.app, self.force).await?;
        tracing::info!(queued, people, force = self.force, "queued assets and people");
        done()
    }
}
