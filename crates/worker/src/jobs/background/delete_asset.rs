//! Removes a deleted asset's files, then its row.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{asset_jobs, jobs::AssetDelete};

impl Run for AssetDelete {
    async fn run(self, context: &Context) -> Outcome {
        asset_jobs::delete(&context.app, self.id, self.delete_on_disk).await?;
        done()
    }
}
