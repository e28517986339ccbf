//! Queues the removal of accounts that were deleted long enough ago.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{jobs::UserDeleteCheck, user_deletion};

impl Run for UserDeleteCheck {
    async fn run(self, context: &Context) -> Outcome {
        user_deletion::check(&context.app).await?;
        done()
    }
}
