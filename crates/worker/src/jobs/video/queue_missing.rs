//! Queues the step for every asset that lacks it, or for all.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{
    asset_jobs::{self, Step},
    jobs::AssetEncodeVideoQueueAll,
};

impl Run for AssetEncodeVideoQueueAll {
    async fn run(self, context: &Context) -> Outcome {
        let queued = asset_jobs::queue_missing(&context.app, Step::Video, self.force).await?;
        tracing::info!(queued, force = self.force, "queued assets");
        done()
    }
}
