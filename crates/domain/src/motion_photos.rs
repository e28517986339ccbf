//! Motion photos: the video inside a photo becomes an asset of its own, hidden behind the photo.
//!
//! Done again, it finds what it made; a photo whose content has changed gets its new video. A video that a client or its
//! owner joined with the photo stays.

use crate::{
    app::App,
    asset_jobs::{self, JobAsset},
    error::{Error, Result},
    events::Event,
    jobs::{AssetDelete, AssetExtractMetadata, MetadataSource},
};
use files::Incoming;
use model::{
    assets::{AssetType, NewAsset, Visibility},
    checksum::Checksum,
    ids::AssetId,
};
use std::{ops::Range, path::Path};

/// Takes the video out that lies there in the photo's file.
pub async fn take_out(app: &App, photo: &JobAsset, range: Range<u64>) -> Result<()> {
    let old = match photo.live_photo_video_id {
        Some(old) if !is_motion_video(app, old).await? => return Ok(()),
        old => old,
    };
    let checksum = files::checksum_of_part(Path::new(&photo.original_path), range.clone()).await?;
    if link_existing(app, photo, old, checksum).await? {
        return Ok(());
    }
    match create(app, photo, old, (range, checksum)).await {
        // Somebody uploaded or took out the same bytes at the same moment and was first.
        Err(error) if error.is_duplicate_asset() => {
            link_existing(app, photo, old, checksum).await?;
            Ok(())
        }
        outcome => outcome,
    }
}

async fn is_motion_video(app: &App, id: AssetId) -> Result<bool> {
    let video = db::assets::find(&mut *app.db.acquire().await?, id).await?;
    Ok(video.is_some_and(|video| app.files.is_motion_video(Path::new(&video.original_path))))
}

/// Joins the photo with the owner's asset of these bytes. Answers whether there is one.
async fn link_existing(app: &App, photo: &JobAsset, old: Option<AssetId>, checksum: Checksum) -> Result<bool> {
    let mut tx = app.db.begin().await?;
    let Some((video, is_trashed)) = db::assets::find_by_checksum(&mut tx, photo.owner_id, checksum).await? else {
        return Ok(false);
    };
    if old == Some(video) {
        return Ok(true);
    }
    if db::assets::find(&mut tx, video).await?.is_none_or(|found| found.asset_type != AssetType::Video) {
        tracing::warn!(asset.id = %photo.id, "the video inside is known as something else: {video}");
        return Ok(true);
    }
    if is_trashed {
        // By itself it was thrown away; behind the photo it must not be emptied with the trash.
        db::trash::restore(&mut tx, photo.owner_id, Some(&[video])).await?;
    }
    link(app, tx, photo, (old, video)).await?;
    Ok(true)
}

/// Makes an asset of the video.
async fn create(
    app: &App,
    photo: &JobAsset,
    old: Option<AssetId>,
    (range, checksum): (Range<u64>, Checksum),
) -> Result<()> {
    let id = AssetId::random();
    let mut file = app.files.receive(app.files.motion_video(photo.owner_id, id)).await?;
    file.copy_part(Path::new(&photo.original_path), range).await?;
    let finished = file.finish(Some(photo.file_modified_at.into())).await?;
    if finished.checksum != checksum {
        return Err(Error::Unavailable(anyhow::anyhow!("{} changes while it is read", photo.original_path)));
    }
    let new = NewAsset {
        id,
        owner_id: photo.owner_id,
        asset_type: AssetType::Video,
        original_path: file.target().to_string_lossy().into_owned(),
        original_file_name: file_name(&photo.original_file_name),
        checksum,
        file_size_bytes: i64::try_from(finished.size_bytes).unwrap_or(i64::MAX),
        file_created_at: photo.file_created_at,
        file_modified_at: photo.file_modified_at,
        duration_ms: None,
        is_favorite: false,
        visibility: Visibility::Hidden,
        live_photo_video_id: None,
        sidecar_path: None,
        metadata: Vec::new(),
    };
    file.place().await?;
    let tx = match write_rows(app, &new).await {
        Ok(tx) => tx,
        Err(error) => {
            discard(app, file).await;
            return Err(error);
        }
    };
    // If the commit fails, nobody knows whether it happened: the sweep asks the database and decides about the file.
    if !link(app, tx, photo, (old, id)).await? {
        discard(app, file).await;
        return Ok(());
    }
    if let Err(error) = file.forget().await {
        // The sweep finds the row and removes the marker alone.
        tracing::warn!("forget the marker of a motion photo's video: {error}");
    }
    asset_jobs::push_or_sweep(app, &[AssetExtractMetadata { id, source: MetadataSource::Upload }]).await;
    Ok(())
}

async fn write_rows(app: &App, new: &NewAsset) -> Result<db::Tx> {
    let mut tx = app.db.begin().await?;
    db::undecided::hold(&mut tx).await?;
    db::assets::release_checksum(&mut tx, new.owner_id, new.checksum).await?;
    db::assets::insert(&mut tx, new).await?;
    db::assets::count_usage(&mut tx, new.owner_id, new.file_size_bytes).await?;
    Ok(tx)
}

/// Joins photo and video, commits, and lets go of the video before. Answers false, and changes nothing, when the photo
/// is gone.
async fn link(app: &App, mut tx: db::Tx, photo: &JobAsset, (old, video): (Option<AssetId>, AssetId)) -> Result<bool> {
    if db::asset_jobs::find(&mut tx, photo.id).await?.is_none() {
        return Ok(false);
    }
    let was_shown = db::asset_jobs::link_live_photo(&mut tx, photo.id, video).await?;
    let doomed = match old {
        Some(old) if db::asset_deletion::doom_live_video(&mut tx, old).await? => Some(old),
        _ => None,
    };
    tx.commit().await?;
    if was_shown {
        app.events.publish(&Event::AssetHidden { asset: video, owner: photo.owner_id }).await;
    }
    if let Some(id) = doomed {
        asset_jobs::push_or_sweep(app, &[AssetDelete { id, delete_on_disk: true }]).await;
    }
    Ok(true)
}

/// A file that no row will ever name: it need not wait for the sweep.
async fn discard(app: &App, file: Incoming) {
    if app.files.remove_file(file.target()).await.is_ok() {
        let _ = file.forget().await;
    }
}

fn file_name(photo: &str) -> String {
    let stem = photo.rsplit_once('.').map_or(photo, |(stem, _)| stem);
    format!("{stem}.mp4")
}
