//! Adds up every user's originals.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{asset_jobs, jobs::UserSyncUsage};

impl Run for UserSyncUsage {
    async fn run(self, context: &Context) -> Outcome {
        asset_jobs::recount_usage(&context.app).await?;
        done()
    }
}
