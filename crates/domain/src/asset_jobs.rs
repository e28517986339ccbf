//! What the jobs of the upload cascade need of the library: what to work on, and how the result is recorded.
//!
//! Each function is one transaction and bears being called twice. The cascade is a chain of pushes after commits; what
//! a lost push leaves undone is found again by [`queue_missing`].

use crate::{
    app::App,
    embeddings,
    error::Result,
    events::Event,
    faces,
    jobs::{AssetDelete, AssetEncodeVideo, AssetExtractMetadata, AssetGenerateThumbnails, MetadataSource, SmartSearch},
    places,
};
use chrono::TimeDelta;
pub use db::asset_jobs::{JobAsset, Step};
use model::{
    assets::{AssetType, ExtractedMetadata, MadePictures, Visibility},
    ids::AssetId,
};
use std::path::Path;

/// How many ids a sweep holds in memory at a time.
const PAGE: i64 = 1000;

/// The asset as a job sees it; `None` when it is gone or going, which is no failure.
pub async fn find(app: &App, id: AssetId) -> Result<Option<JobAsset>> {
    Ok(db::asset_jobs::find(&mut *app.db.acquire().await?, id).await?)
}

/// Writes what was read from the file, pairs live photos, and sends the asset on to its pictures. Answers `false`, and has
/// done nothing, when the sidecar is another one by now than the one that was read.
pub async fn record_metadata(
    app: &App,
    asset: &JobAsset,
    found: &ExtractedMetadata,
    source: MetadataSource,
) -> Result<bool> {
    let position = found.exif.latitude.zip(found.exif.longitude);
    let place = position.map(|(latitude, longitude)| places::find(app, latitude, longitude)).unwrap_or_default();
    let content_id = found.exif.live_photo_cid.as_deref().filter(|_| asset.live_photo_video_id.is_none());
    let mut tx = app.db.begin().await?;
    if let Some(content_id) = content_id {
        db::asset_jobs::hold_live_photo(&mut tx, asset.owner_id, content_id).await?;
    }
    let imports_faces = faces::prepare_import(app, &mut tx, asset, &found.faces).await?;
    db::asset_jobs::lock(&mut tx, asset.id).await?;
    if db::asset_jobs::sidecar_at(&mut tx, asset.id).await? != asset.sidecar_at {
        return Ok(false);
    }
    db::asset_jobs::record_metadata(&mut tx, asset.id, &with_known_zone(asset, found), &place).await?;
    let pair = match content_id {
        Some(content_id) => link_live_photo(&mut tx, asset, content_id).await?,
        None => None,
    };
    let people = if imports_faces { faces::import(&mut tx, asset, &found.faces).await? } else { Vec::new() };
    tx.commit().await?;

    let owner = asset.owner_id;
    faces::queue_thumbnails(app, &people).await;
    if let Some(pair) = pair {
        tell_of_pair(app, asset, &pair).await;
    }
    if asset.visibility == Visibility::Hidden || pair.is_some_and(|pair| pair.video == asset.id) {
        // Hidden videos have no thumbnail of their own; they are still played, so they may need transcoding.
        db::asset_jobs::skip_pictures(&mut *app.db.acquire().await?, asset.id).await?;
        if asset.asset_type == AssetType::Video {
            app.queue.push(&AssetEncodeVideo { id: asset.id }).await?;
        }
        return Ok(true);
    }
    // A sidecar changes no picture.
    if source != MetadataSource::SidecarWrite {
        app.queue.push(&AssetGenerateThumbnails { id: asset.id, notify: source == MetadataSource::Upload }).await?;
    }
    if source != MetadataSource::Upload {
        app.events.publish(&Event::AssetUpdated { asset: asset.id, owner }).await;
    }
    Ok(true)
}

/// Files tell how far a clock was ahead; the name of its zone, once somebody has said it, is not lost for that.
fn with_known_zone(asset: &JobAsset, found: &ExtractedMetadata) -> ExtractedMetadata {
    let mut found = found.clone();
    let known: Option<chrono_tz::Tz> = asset.time_zone.as_deref().and_then(|zone| zone.parse().ok());
    let is_offset = found.exif.time_zone.as_deref().is_some_and(|zone| zone.starts_with("UTC"));
    if let Some(known) = known.filter(|_| is_offset)
        && found.file_created_at.with_timezone(&known).naive_local() == found.local_date_time
    {
        found.exif.time_zone = Some(known.name().to_owned());
    }
    found
}

/// The two halves of a live photo that have found each other.
#[derive(Clone, Copy)]
struct Pair {
    photo: AssetId,
    video: AssetId,
    was_video_shown: bool,
}

async fn link_live_photo(tx: &mut db::Tx, asset: &JobAsset, content_id: &str) -> Result<Option<Pair>> {
    let Some(other) = db::asset_jobs::find_live_photo_match(tx, asset, content_id).await? else { return Ok(None) };
    let (photo, video) = match asset.asset_type {
        AssetType::Image => (asset.id, other),
        _ => (other, asset.id),
    };
    let was_video_shown = db::asset_jobs::link_live_photo(tx, photo, video).await?;
    Ok(Some(Pair { photo, video, was_video_shown }))
}

/// The video disappears, and a photo that was there before is from now on alive.
async fn tell_of_pair(app: &App, asset: &JobAsset, pair: &Pair) {
    let owner = asset.owner_id;
    if pair.was_video_shown {
        app.events.publish(&Event::AssetHidden { asset: pair.video, owner }).await;
    }
    if pair.photo != asset.id {
        app.events.publish(&Event::AssetUpdated { asset: pair.photo, owner }).await;
    }
}

/// Records pictures that are durable on disk, removes those that they replace, and tells who waits for them.
pub async fn record_pictures(app: &App, asset: &JobAsset, made: &MadePictures, notify: bool) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let replaced = db::asset_jobs::record_pictures(&mut tx, asset.id, made).await?;
    tx.commit().await?;
    for path in replaced {
        app.files.remove_file(Path::new(&path)).await?;
    }
    if asset.asset_type == AssetType::Video {
        app.queue.push(&AssetEncodeVideo { id: asset.id }).await?;
    }
    // Made anew they show the same.
    if notify && embeddings::model(&app.system.get()).is_some() {
        app.queue.push(&SmartSearch { id: asset.id }).await?;
    }
    let shown = matches!(asset.visibility, Visibility::Timeline | Visibility::Archive);
    let event = if notify && shown {
        Event::AssetReady { asset: asset.id, owner: asset.owner_id }
    } else {
        Event::AssetUpdated { asset: asset.id, owner: asset.owner_id }
    };
    app.events.publish(&event).await;
    Ok(())
}

/// Records a transcoded video that is durable on disk, or (`None`) that the original plays everywhere.
pub async fn record_video(app: &App, asset: &JobAsset, path: Option<&Path>) -> Result<()> {
    let path = path.map(|path| path.to_string_lossy().into_owned());
    let mut tx = app.db.begin().await?;
    let replaced = db::asset_jobs::record_video(&mut tx, asset.id, path.as_deref()).await?;
    tx.commit().await?;
    if let Some(replaced) = replaced {
        app.files.remove_file(Path::new(&replaced)).await?;
    }
    Ok(())
}

/// Queues a step for every asset that lacks it, or for all. Answers how many were queued.
///
/// Jobs carry their asset's id, so that what is waiting, running or has failed for good is not queued again.
pub async fn queue_missing(app: &App, step: Step, all: bool) -> Result<u64> {
    let mut after = None;
    let mut queued = 0;
    loop {
        let ids = db::asset_jobs::list_for_step(&mut *app.db.acquire().await?, step, all, after, PAGE).await?;
        let Some(last) = ids.last() else { return Ok(queued) };
        after = Some(*last);
        queued += ids.len() as u64;
        push_step(app, step, all, &ids).await?;
    }
}

async fn push_step(app: &App, step: Step, all: bool, ids: &[AssetId]) -> Result<()> {
    match step {
        Step::Metadata => {
            let source = if all { MetadataSource::Refresh } else { MetadataSource::Upload };
            let jobs: Vec<_> = ids.iter().map(|&id| AssetExtractMetadata { id, source }).collect();
            push_missing(app, all, &jobs).await?;
        }
        Step::Thumbnails => {
            let jobs: Vec<_> = ids.iter().map(|&id| AssetGenerateThumbnails { id, notify: !all }).collect();
            push_missing(app, all, &jobs).await?;
        }
        Step::Video => {
            let jobs: Vec<_> = ids.iter().map(|&id| AssetEncodeVideo { id }).collect();
            push_missing(app, all, &jobs).await?;
        }
        // What failed is asked for again: it did because no service answered.
        Step::Embedding => {
            let jobs: Vec<_> = ids.iter().map(|&id| SmartSearch { id }).collect();
            push_missing(app, true, &jobs).await?;
        }
    }
    Ok(())
}

/// Who asks for all asks again for what failed, too.
pub(crate) async fn push_missing<J: queue::Job>(app: &App, all: bool, jobs: &[J]) -> Result<()> {
    if all {
        app.queue.push_many_again(jobs).await?;
    } else {
        app.queue.push_many(jobs).await?;
    }
    Ok(())
}

/// Removes a deleted asset: its files first, then its row. A crash in between leaves the row, and the sweep comes back.
pub async fn delete(app: &App, id: AssetId, delete_on_disk: bool) -> Result<()> {
    let Some(doomed) = db::asset_deletion::find_doomed(&mut *app.db.acquire().await?, id).await? else {
        return Ok(());
    };
    for path in &doomed.files {
        app.files.remove_file(Path::new(path)).await?;
    }
    if !doomed.is_offline && (!doomed.is_external || delete_on_disk) {
        app.files.remove_file(Path::new(&doomed.original_path)).await?;
    }
    let mut tx = app.db.begin().await?;
    let removed = db::asset_deletion::remove(&mut tx, &doomed).await?;
    let live_video = match doomed.live_photo_video_id {
        Some(video) if db::asset_deletion::doom_live_video(&mut tx, video).await? => Some(video),
        _ => None,
    };
    tx.commit().await?;
    if removed {
        app.events.publish(&Event::AssetDeleted { asset: id, owner: doomed.owner_id }).await;
    }
    if let Some(video) = live_video {
        app.queue.push(&AssetDelete { id: video, delete_on_disk }).await?;
    }
    Ok(())
}

/// Deletes what has been in the trash for longer than the settings keep it, and queues again what was deleted but whose
/// job was lost.
pub async fn check_deleted(app: &App) -> Result<()> {
    let trash = app.system.get().trash.clone();
    let days = if trash.enabled { i64::from(trash.days) } else { 0 };
    let since = app.clock.now() - TimeDelta::days(days);
    db::asset_deletion::doom_trashed_before(&mut *app.db.acquire().await?, since).await?;
    queue_deleted(app).await
}

/// Queues the removal of everything that is marked as deleted.
pub async fn queue_deleted(app: &App) -> Result<()> {
    let mut after = None;
    loop {
        let ids = db::asset_deletion::list_doomed(&mut *app.db.acquire().await?, after, PAGE).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = Some(*last);
        let jobs: Vec<_> = ids.iter().map(|&id| AssetDelete { id, delete_on_disk: true }).collect();
        app.queue.push_many(&jobs).await?;
    }
}

/// Queues jobs for what is marked in the database anyway: if the queue is away, the sweep does it later.
pub(crate) async fn push_or_sweep<J: queue::Job>(app: &App, jobs: &[J]) {
    if let Err(error) = app.queue.push_many(jobs).await {
        tracing::warn!(count = jobs.len(), job = J::NAME, "queue jobs: {:#}", anyhow::Error::from(error));
    }
}

/// Adds up every user's originals.
pub async fn recount_usage(app: &App) -> Result<()> {
    Ok(db::asset_deletion::recount_usage(&mut *app.db.acquire().await?).await?)
}

/// Folds the timeline's counters together.
pub async fn fold_timeline_counts(app: &App) -> Result<()> {
    let mut tx = app.db.begin().await?;
    db::asset_deletion::fold_timeline_counts(&mut tx).await?;
    Ok(tx.commit().await?)
}
