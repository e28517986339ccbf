//! Makes preview, thumbnail and thumbhash of one asset, and a picture in full size of what browsers cannot show.

use crate::{
    context::Context,
    outcome::{Failure, Outcome, Run, done, skip},
};
use config::system::{choices::ImageFormat, image::Image};
use domain::{
    asset_jobs::{self, JobAsset},
    jobs::AssetGenerateThumbnails,
};
use media::{Kind, Request, Response};
use model::{
    assets::{AssetFileType, AssetType, MadePictures, Visibility},
    mime,
};
use std::path::PathBuf;

impl Run for AssetGenerateThumbnails {
    async fn run(self, context: &Context) -> Outcome {
        let app = &context.app;
        let Some(asset) = asset_jobs::find(app, self.id).await? else { return skip("the asset is gone") };
        if asset.visibility == Visibility::Hidden {
            return skip("hidden videos are not shown");
        }
        let system = app.system.get();
        let (settings, tone_mapping) = (system.image.clone(), system.ffmpeg.tonemap);
        let path_of = |kind, format| app.files.made(asset.owner_id, asset.id, kind, extension(format));
        let preview = path_of(AssetFileType::Preview, settings.preview.format);
        let thumbnail = path_of(AssetFileType::Thumbnail, settings.thumbnail.format);
        // An animated picture goes the way of videos: its first frame is what shows.
        let is_video = asset.asset_type == AssetType::Video || mime::extension(&asset.original_file_name) == "gif";
        let fullsize = (!is_video && wants_fullsize(&asset, &settings))
            .then(|| path_of(AssetFileType::Fullsize, settings.fullsize.format));
        app.files.make_parent(&preview).await.map_err(domain::Error::from)?;
        let request = Request::Pictures {
            source: PathBuf::from(&asset.original_path),
            kind: if is_video { Kind::Video } else { Kind::Image },
            settings,
            tone_mapping,
            preview: preview.clone(),
            thumbnail: thumbnail.clone(),
            fullsize: fullsize.clone(),
        };
        let answer = context.media.call(&request, context.media.limits().picture_time, |_| {}).await?;
        let Response::Pictures(made) = answer else {
            return Err(Failure::permanent(anyhow::anyhow!("the child answered another question")));
        };
        let mut files = vec![(AssetFileType::Preview, preview), (AssetFileType::Thumbnail, thumbnail)];
        files.extend(fullsize.map(|path| (AssetFileType::Fullsize, path)));
        let made = MadePictures {
            files: files.into_iter().map(|(kind, path)| (kind, path.to_string_lossy().into_owned())).collect(),
            thumbhash: made.thumbhash,
            width: i32::try_from(made.width).unwrap_or(i32::MAX),
            height: i32::try_from(made.height).unwrap_or(i32::MAX),
        };
        asset_jobs::record_pictures(app, &asset, &made, self.notify).await?;
        done()
    }
}

/// Of what browsers cannot show, if the settings ask for it. Those who look around in a panorama look closely, and their
/// viewer wants pixels of a format that it knows.
fn wants_fullsize(asset: &JobAsset, settings: &Image) -> bool {
    let is_all_around = asset.projection_type.as_deref() == Some("EQUIRECTANGULAR");
    is_all_around || (settings.fullsize.enabled && !mime::is_web_safe(&asset.original_file_name))
}

fn extension(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::Webp => "webp",
    }
}
