//! Queues a look for every asset's sidecar, and the writing of what no sidecar holds yet.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{jobs::SidecarQueueAll, sidecars};

impl Run for SidecarQueueAll {
    async fn run(self, context: &Context) -> Outcome {
        let unwritten = sidecars::queue_unwritten(&context.app).await?;
        let queued = sidecars::queue_checks(&context.app, self.force).await?;
        tracing::info!(queued, unwritten, force = self.force, "queued sidecars");
        done()
    }
}
