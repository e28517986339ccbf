//! Looks whether an asset has a sidecar, or another one than before.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done, skip},
};
use domain::{jobs::SidecarCheck, sidecars};

impl Run for SidecarCheck {
    async fn run(self, context: &Context) -> Outcome {
        if sidecars::check(&context.app, self.id).await? { done() } else { skip("the sidecar is as it was") }
    }
}
