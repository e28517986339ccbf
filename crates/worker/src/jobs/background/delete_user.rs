//! Removes a deleted account with all that is its own.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done, skip},
};
use domain::{jobs::UserDelete, user_deletion};

impl Run for UserDelete {
    async fn run(self, context: &Context) -> Outcome {
        if user_deletion::delete(&context.app, self.id).await? {
            done()
        } else {
            skip("the account is not to be removed")
        }
    }
}
