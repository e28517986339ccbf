//! Reads what a file and its sidecar say, and writes it down. First link of the upload cascade.

use crate::{
    context::Context,
    outcome::{Failure, Outcome, Run, done, skip},
};
use chrono::{DateTime, Utc};
use domain::{
    asset_jobs::{self, JobAsset},
    jobs::AssetExtractMetadata,
    motion_photos,
};
use media::{Request, Response};
use metadata::{ByteRange, Metadata};
use model::{
    assets::{Exif, ExtractedMetadata},
    faces::{FaceBox, NamedFace},
};
use std::path::PathBuf;

/// Somebody may write the sidecar while it is read; nobody writes for ever.
const MAX_READINGS: usize = 5;

impl Run for AssetExtractMetadata {
    async fn run(self, context: &Context) -> Outcome {
        for _ in 0..MAX_READINGS {
            let Some(asset) = asset_jobs::find(&context.app, self.id).await? else { return skip("the asset is gone") };
            let (found, motion_video) = read(context, &asset).await?;
            // First, so that clients hear of a photo that moves; if it cannot be taken out, the photo is shown nevertheless.
            let taken_out = match motion_video {
                Some(video) => motion_photos::take_out(&context.app, &asset, video.offset..video.end()).await,
                None => Ok(()),
            };
            if asset_jobs::record_metadata(&context.app, &asset, &found, self.source).await? {
                taken_out?;
                return done();
            }
        }
        Err(Failure::retry(anyhow::anyhow!("the sidecar changes faster than it is read")))
    }
}

async fn read(context: &Context, asset: &JobAsset) -> Result<(ExtractedMetadata, Option<ByteRange>), Failure> {
    let file = tokio::fs::metadata(&asset.original_path).await.map_err(|error| unreadable(asset, error))?;
    let request = Request::Metadata {
        path: PathBuf::from(&asset.original_path),
        sidecar: asset.sidecar_path.as_ref().map(PathBuf::from),
        kind: asset.asset_type.into(),
    };
    let answer = context.media.call(&request, context.media.limits().metadata_time, |_| {}).await?;
    let Response::Metadata(read) = answer else {
        return Err(Failure::permanent(anyhow::anyhow!("the child answered another question")));
    };
    let modified = file.modified().map_or(asset.file_modified_at, DateTime::from);
    let motion_video = read.motion_video;
    Ok((extracted(asset, *read, modified, file.len()), motion_video))
}

/// A disk that is away comes back; a file that is not there does not.
fn unreadable(asset: &JobAsset, error: std::io::Error) -> Failure {
    let is_missing = error.kind() == std::io::ErrorKind::NotFound;
    let error = anyhow::Error::from(error).context(format!("read {}", asset.original_path));
    if is_missing { Failure::permanent(error) } else { Failure::retry(error) }
}

/// Fills in what the file does not say: without a date of its own, the oldest that the file system knows counts.
fn extracted(asset: &JobAsset, read: Metadata, modified: DateTime<Utc>, size_bytes: u64) -> ExtractedMetadata {
    let file_created_at = read.date_time_original.unwrap_or(asset.file_created_at.min(modified));
    let local_date_time = read.local_date_time.unwrap_or(file_created_at.naive_utc());
    ExtractedMetadata {
        exif: Exif {
            file_size_bytes: i64::try_from(size_bytes).ok(),
            description: read.description,
            make: read.make,
            model: read.model,
            lens_model: read.lens_model,
            f_number: read.f_number,
            focal_length: read.focal_length,
            iso: read.iso,
            exposure_time: read.exposure_time,
            date_time_original: Some(file_created_at),
            modify_date: Some(modified),
            time_zone: read.time_zone,
            latitude: read.latitude,
            longitude: read.longitude,
            orientation: read.orientation.map(|orientation| orientation.to_string()),
            image_width: read.image_width,
            image_height: read.image_height,
            projection_type: read.projection_type,
            profile_description: read.profile_description,
            live_photo_cid: read.live_photo_cid,
            rating: read.rating.filter(|stars| (1..=5).contains(stars)),
            fps: read.fps,
            ..Exif::default()
        },
        tags: read.tags,
        burst_id: read.burst_id,
        faces: read.faces.into_iter().map(named_face).collect(),
        file_created_at,
        file_modified_at: modified,
        local_date_time,
        duration_ms: read.duration_ms,
        width: read.width,
        height: read.height,
    }
}

fn named_face(read: metadata::faces::NamedFace) -> NamedFace {
    let metadata::faces::NamedFace { name, image_width, image_height, x1, y1, x2, y2 } = read;
    NamedFace { name, area: FaceBox { image_width, image_height, x1, y1, x2, y2 } }
}
