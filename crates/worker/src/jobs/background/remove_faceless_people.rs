//! Forgets people of whom there is no face any more.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done},
};
use domain::{jobs::PersonCleanup, people};

impl Run for PersonCleanup {
    async fn run(self, context: &Context) -> Outcome {
        people::clean_up(&context.app).await?;
        done()
    }
}
