//! Cuts a person's face out of the picture by which the person is shown.

use crate::{
    context::Context,
    outcome::{Failure, Outcome, Run, done, skip},
};
use domain::{jobs::PersonGenerateThumbnail, people};
use media::{Request, Response};
use std::path::PathBuf;

/// Somebody may choose another face meanwhile; nobody chooses for ever.
const MAX_CHOICES: usize = 5;

impl Run for PersonGenerateThumbnail {
    async fn run(self, context: &Context) -> Outcome {
        let app = &context.app;
        for _ in 0..MAX_CHOICES {
            let Some(portrait) = people::find_portrait(app, self.id).await? else {
                return skip("the person or the face is gone");
            };
            app.files.make_parent(&portrait.target).await.map_err(domain::Error::from)?;
            let system = app.system.get();
            let request = Request::Face {
                source: PathBuf::from(&portrait.asset.original_path),
                kind: portrait.asset.asset_type.into(),
                face: portrait.face.area,
                settings: system.image.clone(),
                tone_mapping: system.ffmpeg.tonemap,
                target: portrait.target.clone(),
            };
            let answer = context.media.call(&request, context.media.limits().picture_time, |_| {}).await?;
            let Response::Face = answer else {
                return Err(Failure::permanent(anyhow::anyhow!("the child answered another question")));
            };
            if people::record_thumbnail(app, &portrait).await? {
                return done();
            }
        }
        Err(Failure::retry(anyhow::anyhow!("the face changes faster than its picture is made")))
    }
}
