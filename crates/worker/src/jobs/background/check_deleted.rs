//! Deletes what has been in the trash for long enough.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{asset_jobs, jobs::AssetDeleteCheck};

impl Run for AssetDeleteCheck {
    async fn run(self, context: &Context) -> Outcome {
        asset_jobs::check_deleted(&context.app).await?;
        done()
    }
}
