//! Writes what a person wrote into the sidecar, and has it read from there.

use crate::{
    context::Context,
    outcome::{Failure, Outcome, Run, done, skip},
};
use domain::{
    jobs::{AssetExtractMetadata, MetadataSource, SidecarWrite},
    sidecars,
};
use model::assets::SidecarEdits;

impl Run for SidecarWrite {
    async fn run(self, context: &Context) -> Outcome {
        let compose = |existing: Option<Vec<u8>>, edits| {
            metadata::edit_sidecar(existing.as_deref(), &spelled(edits)).map_err(Failure::from)
        };
        if !sidecars::write(&context.app, self.id, compose).await? {
            return skip("nothing is left to write");
        }
        // An edit that came while this one was written found its job running, and was not queued.
        while sidecars::write(&context.app, self.id, compose).await? {}
        let extract = AssetExtractMetadata { id: self.id, source: MetadataSource::SidecarWrite };
        context.app.queue.push(&extract).await.map_err(domain::Error::from)?;
        done()
    }
}

/// `metadata` knows no assets.
fn spelled(edits: SidecarEdits) -> metadata::SidecarEdits {
    let SidecarEdits { description, taken_at, position, rating, tags } = edits;
    metadata::SidecarEdits { description, taken_at, position, rating, tags }
}
