//! Removes sessions that ran out or are not used.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{jobs::SessionCleanup, sessions};

impl Run for SessionCleanup {
    async fn run(self, context: &Context) -> Outcome {
        sessions::clean_up(&context.app).await?;
        done()
    }
}
