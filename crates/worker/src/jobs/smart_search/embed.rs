//! Lets a model look at the picture of an asset.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done, skip},
};
use domain::{embeddings, jobs::SmartSearch, models};

impl Run for SmartSearch {
    async fn run(self, context: &Context) -> Outcome {
        let app = &context.app;
        let system = app.system.get();
        let Some(model) = embeddings::model(&system) else { return skip("smart search is not enabled") };
        let Some(picture) = embeddings::find_picture(app, self.id).await? else {
            return skip("there is no picture to look at");
        };
        let embedding = match models::embed_image(app, model, &picture).await {
            Err(refusal @ domain::Error::BadRequest(_)) => {
                embeddings::give_up(app, self.id, model).await?;
                return Err(refusal.into());
            }
            answer => answer?,
        };
        embeddings::record(app, self.id, model, embedding).await?;
        done()
    }
}
