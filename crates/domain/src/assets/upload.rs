//! Taking files in. Nothing is accepted before its bytes and its row are durable, and nothing that was accepted is lost.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
    events::Event,
    jobs::{AssetExtractMetadata, MetadataSource},
};
use chrono::{DateTime, Utc};
use files::{Finished, Incoming};
use model::{
    assets::{AssetType, NewAsset, Visibility},
    checksum::Checksum,
    ids::{AssetId, UserId},
    mime,
};
use serde_json::Value;
use std::time::SystemTime;

/// What a client says of a file that it uploads.
#[derive(Debug, Clone)]
pub struct Upload {
    /// As the client calls it; its extension decides the type.
    pub file_name: String,
    pub file_created_at: DateTime<Utc>,
    pub file_modified_at: DateTime<Utc>,
    pub duration_ms: Option<i64>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub live_photo_video_id: Option<AssetId>,
    pub metadata: Vec<(String, Value)>,
}

/// The bytes, streamed to the disk and not yet part of the library. Dropped, they leave nothing.
pub struct UploadedFile {
    pub original: Incoming,
    pub sidecar: Option<Incoming>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadOutcome {
    Created(AssetId),
    /// The owner has these very bytes already.
    Duplicate(AssetId),
}

/// The type of asset that a file name makes, or the refusal that clients know.
pub fn require_supported(file_name: &str) -> Result<AssetType> {
    mime::asset_type(file_name).ok_or_else(|| Error::BadRequest(format!("Unsupported file type {file_name}").into()))
}

/// The caller's asset with these bytes.
pub async fn find_duplicate(app: &App, caller: &Caller, checksum: Checksum) -> Result<Option<AssetId>> {
    let found = db::assets::find_by_checksum(&mut *app.db.acquire().await?, caller.user_id()?, checksum).await?;
    Ok(found.map(|(id, _)| id))
}

/// Makes an asset of an uploaded file. When this answers, file and row are durable.
pub async fn store(app: &App, caller: &Caller, upload: Upload, mut file: UploadedFile) -> Result<UploadOutcome> {
    let owner = caller.user_id()?;
    let asset_type = require_supported(&upload.file_name)?;
    if file.original.size_bytes() == 0 {
        return Err(Error::bad_request("File is empty"));
    }
    let modified = SystemTime::from(upload.file_modified_at);
    let finished = file.original.finish(Some(modified)).await?;
    if let Some(id) = find_duplicate(app, caller, finished.checksum).await? {
        return Ok(UploadOutcome::Duplicate(id));
    }
    if let Some(sidecar) = &mut file.sidecar {
        sidecar.finish(None).await?;
    }
    let new = new_asset(owner, asset_type, upload, &finished, &file);
    file.original.place().await?;
    if let Some(sidecar) = &mut file.sidecar {
        sidecar.place().await?;
    }
    let (tx, hidden_video) = match write_rows(app, &new).await {
        Ok(written) => written,
        Err(error) => {
            discard(app, file).await;
            return lost_race(app, caller, finished.checksum, error).await;
        }
    };
    // If this fails, nobody knows whether it happened: the sweep asks the database and decides about the files.
    tx.commit().await?;
    forget(file).await;
    if let Some(video) = hidden_video {
        app.events.publish(&Event::AssetHidden { asset: video, owner }).await;
    }
    queue_metadata(app, new.id).await;
    Ok(UploadOutcome::Created(new.id))
}

fn new_asset(
    owner: UserId,
    asset_type: AssetType,
    upload: Upload,
    finished: &Finished,
    file: &UploadedFile,
) -> NewAsset {
    NewAsset {
        id: AssetId::random(),
        owner_id: owner,
        asset_type,
        original_path: file.original.target().to_string_lossy().into_owned(),
        original_file_name: upload.file_name,
        checksum: finished.checksum,
        file_size_bytes: i64::try_from(finished.size_bytes).unwrap_or(i64::MAX),
        file_created_at: upload.file_created_at,
        file_modified_at: upload.file_modified_at,
        duration_ms: upload.duration_ms.filter(|&duration| duration > 0),
        is_favorite: upload.is_favorite,
        visibility: upload.visibility,
        live_photo_video_id: upload.live_photo_video_id,
        sidecar_path: file.sidecar.as_ref().map(|sidecar| sidecar.target().to_string_lossy().into_owned()),
        metadata: upload.metadata,
    }
}

/// Everything but the commit, and the video that disappeared behind a live photo. The quota comes last: it is where
/// uploads of one user wait for each other.
async fn write_rows(app: &App, new: &NewAsset) -> Result<(db::Tx, Option<AssetId>)> {
    let mut tx = app.db.begin().await?;
    db::undecided::hold(&mut tx).await?;
    let hidden_video = match new.live_photo_video_id {
        Some(video) if hide_live_video(&mut tx, new.owner_id, video).await? => Some(video),
        _ => None,
    };
    db::assets::release_checksum(&mut tx, new.owner_id, new.checksum).await?;
    db::assets::insert(&mut tx, new).await?;
    if !db::assets::add_usage(&mut tx, new.owner_id, new.file_size_bytes).await? {
        return Err(Error::bad_request("Quota has been exceeded!"));
    }
    Ok((tx, hidden_video))
}

/// The video of a live photo must be the owner's own, and disappears behind the photo. Answers whether it was to be seen.
async fn hide_live_video(tx: &mut db::Tx, owner: UserId, video: AssetId) -> Result<bool> {
    let Some(asset) = db::assets::find(tx, video).await? else {
        return Err(Error::bad_request("Live photo video not found"));
    };
    if asset.asset_type != AssetType::Video {
        return Err(Error::bad_request("Live photo video must be a video"));
    }
    if asset.owner_id != owner {
        return Err(Error::bad_request("Live photo video does not belong to the user"));
    }
    if asset.visibility == Visibility::Hidden {
        return Ok(false);
    }
    db::assets::set_visibility(tx, &[video], Visibility::Hidden).await?;
    Ok(true)
}

/// Somebody uploaded the same bytes at the same moment and was first: then that asset is the answer.
async fn lost_race(app: &App, caller: &Caller, checksum: Checksum, error: Error) -> Result<UploadOutcome> {
    if !error.is_duplicate_asset() {
        return Err(error);
    }
    find_duplicate(app, caller, checksum).await?.map(UploadOutcome::Duplicate).ok_or(error)
}

/// Files that no row will ever name: they need not wait for the sweep.
async fn discard(app: &App, file: UploadedFile) {
    for incoming in [Some(file.original), file.sidecar].into_iter().flatten() {
        if app.files.remove_file(incoming.target()).await.is_ok() {
            let _ = incoming.forget().await;
        }
    }
}

async fn forget(file: UploadedFile) {
    for incoming in [Some(file.original), file.sidecar].into_iter().flatten() {
        if let Err(error) = incoming.forget().await {
            // The sweep finds the row and removes the marker alone.
            tracing::warn!("forget an upload's marker: {error}");
        }
    }
}

/// The upload counts although the queue may be away: the sweep finds assets without metadata.
async fn queue_metadata(app: &App, id: AssetId) {
    let job = AssetExtractMetadata { id, source: MetadataSource::Upload };
    if let Err(error) = app.queue.push(&job).await {
        tracing::warn!(asset.id = %id, "queue the metadata of an upload: {:#}", anyhow::Error::from(error));
    }
}

/// Decides about what uploads left that were cut off by a crash. Answers how many there were.
///
/// The program that crashed may have sent a commit that the database has not come to yet: that is waited for.
pub async fn sweep_incoming(app: &App) -> Result<usize> {
    let is_known = async |path: String| -> Result<bool> {
        db::undecided::settle(&app.db).await?;
        Ok(db::undecided::is_known(&mut *app.db.acquire().await?, &path).await?)
    };
    app.files.sweep_undecided(is_known).await
}
