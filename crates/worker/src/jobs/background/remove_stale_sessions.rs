//! Removes sessions that ran out or are not used.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{asset_jobs, jobs::SessionCleanup};

impl Run for SessionCleanup {
    async fn run(self, context: &Context) -> Outcome {
        asset_jobs::remove_stale_sessions(&context.app).await?;
        done()
    }
}
