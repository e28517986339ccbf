//! Queues the step for every asset that lacks it, or for all.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{embeddings, jobs::SmartSearchQueueAll};

impl Run for SmartSearchQueueAll {
    async fn run(self, context: &Context) -> Outcome {
        let queued = embeddings::queue_missing(&context.app, self.force).await?;
        tracing::info!(queued, force = self.force, "queued assets");
        done()
    }
}
