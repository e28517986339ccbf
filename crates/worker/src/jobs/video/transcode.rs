//! Makes a video that every browser plays, when the policy asks for one.

use crate::{
    context::{Context, limits},
    outcome::{Failure, Outcome, Run, done, skip},
};
use domain::{asset_jobs, jobs::AssetEncodeVideo};
use media::{Request, Response};
use model::assets::{AssetFileType, AssetType};
use std::path::PathBuf;

impl Run for AssetEncodeVideo {
    async fn run(self, context: &Context) -> Outcome {
        let app = &context.app;
        let Some(asset) = asset_jobs::find(app, self.id).await? else { return skip("the asset is gone") };
        if asset.asset_type != AssetType::Video {
            return skip("not a video");
        }
        let target = app.files.made(asset.owner_id, asset.id, AssetFileType::EncodedVideo, "mp4");
        app.files.make_parent(&target).await.map_err(domain::Error::from)?;
        let request = Request::Transcode {
            source: PathBuf::from(&asset.original_path),
            target: target.clone(),
            settings: app.system.get().ffmpeg.clone(),
        };
        let progress = |share| context.set_progress(share);
        let answer = context.media.call(&request, limits::TRANSCODE, progress).await?;
        let Response::Transcode(made) = answer else {
            return Err(Failure::permanent(anyhow::anyhow!("the child answered another question")));
        };
        asset_jobs::record_video(app, &asset, made.is_some().then_some(target.as_path())).await?;
        done()
    }
}
