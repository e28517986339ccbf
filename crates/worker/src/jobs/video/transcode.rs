//! Makes a video that every browser plays, when the policy asks for one.

use crate::{
    context::Context,
    outcome::{Outcome, Run, done, skip},
};
use config::system::ffmpeg::Ffmpeg;
use domain::{
    asset_jobs::{self, JobAsset},
    jobs::AssetEncodeVideo,
};
use media::{
    Error, Request, Response,
    video::{hwaccel, time_limit::time_limit, transcode::Transcoded},
};
use model::assets::{AssetFileType, AssetType};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

impl Run for AssetEncodeVideo {
    async fn run(self, context: &Context) -> Outcome {
        let app = &context.app;
        let Some(asset) = asset_jobs::find(app, self.id).await? else { return skip("the asset is gone") };
        if asset.asset_type != AssetType::Video {
            return skip("not a video");
        }
        let target = app.files.made(asset.owner_id, asset.id, AssetFileType::EncodedVideo, "mp4");
        app.files.make_parent(&target).await.map_err(domain::Error::from)?;
        let made = transcode(context, &asset, &target, app.system.get().ffmpeg.clone()).await?;
        for why in made.iter().flat_map(|made| &made.fell_back) {
            tracing::warn!(asset.id = %asset.id, "transcode with less of the graphics card than was asked: {why}");
        }
        asset_jobs::record_video(app, &asset, made.is_some().then_some(target.as_path())).await?;
        done()
    }
}

/// Drivers of graphics cards crash in many ways, and take the child along. Then another one does with less of the card.
async fn transcode(
    context: &Context,
    asset: &JobAsset,
    target: &Path,
    mut settings: Ffmpeg,
) -> media::Result<Option<Transcoded>> {
    loop {
        let failed = match ask(context, asset, target, &settings).await {
            Err(error @ (Error::Crashed(_) | Error::OutOfMemory | Error::TimedOut(_))) => error,
            answer => return answer,
        };
        let Some(weaker) = hwaccel::weaker(&settings) else { return Err(failed) };
        tracing::warn!(asset.id = %asset.id, accel = ?settings.accel, "transcode on a graphics card: {failed}");
        settings = weaker;
    }
}

async fn ask(
    context: &Context,
    asset: &JobAsset,
    target: &Path,
    settings: &Ffmpeg,
) -> media::Result<Option<Transcoded>> {
    let request = Request::Transcode {
        source: PathBuf::from(&asset.original_path),
        target: target.to_owned(),
        settings: settings.clone(),
    };
    let length = asset.duration_ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
    let time = time_limit(length, settings);
    let progress = |share| context.set_progress(share);
    match context.media.call(&request, time, progress).await? {
        Response::Transcode(made) => Ok(made),
        _ => Err(Error::Crashed("it answered another question".to_owned())),
    }
}
