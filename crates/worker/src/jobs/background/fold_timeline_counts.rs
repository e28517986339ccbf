//! Folds the timeline's counters together.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{asset_jobs, jobs::AuditTableCleanup};

impl Run for AuditTableCleanup {
    async fn run(self, context: &Context) -> Outcome {
        asset_jobs::fold_timeline_counts(&context.app).await?;
        done()
    }
}
