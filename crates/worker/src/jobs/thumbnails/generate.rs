//! Makes preview, thumbnail and thumbhash of one asset.

use crate::{
    context::{Context, limits},
    outcome::{Failure, Outcome, Run, done, skip},
};
use config::system::choices::ImageFormat;
use domain::{asset_jobs, jobs::AssetGenerateThumbnails};
use media::{PictureKind, Request, Response};
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
        let settings = app.system.get().image.clone();
        let path_of = |kind, format| app.files.made(asset.owner_id, asset.id, kind, extension(format));
        let preview = path_of(AssetFileType::Preview, settings.preview.format);
        let thumbnail = path_of(AssetFileType::Thumbnail, settings.thumbnail.format);
        app.files.make_parent(&preview).await.map_err(domain::Error::from)?;
        // An animated picture goes the way of videos: its first frame is what shows.
        let is_video = asset.asset_type == AssetType::Video || mime::extension(&asset.original_file_name) == "gif";
        let request = Request::Pictures {
            source: PathBuf::from(&asset.original_path),
            kind: if is_video { PictureKind::Video } else { PictureKind::Image },
            settings,
            preview: preview.clone(),
            thumbnail: thumbnail.clone(),
        };
        let answer = context.media.call(&request, limits::PICTURES, limits::MEMORY_BYTES, |_| {}).await?;
        let Response::Pictures(made) = answer else {
            return Err(Failure::permanent(anyhow::anyhow!("the child answered another question")));
        };
        let made = MadePictures {
            files: vec![
                (AssetFileType::Preview, preview.to_string_lossy().into_owned()),
                (AssetFileType::Thumbnail, thumbnail.to_string_lossy().into_owned()),
            ],
            thumbhash: made.thumbhash,
            width: i32::try_from(made.width).unwrap_or(i32::MAX),
            height: i32::try_from(made.height).unwrap_or(i32::MAX),
        };
        asset_jobs::record_pictures(app, &asset, &made, self.notify).await?;
        done()
    }
}

fn extension(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::Webp => "webp",
    }
}
