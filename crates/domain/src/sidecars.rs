//! What people write of their assets goes into sidecars, so that the library folder alone tells it all.
//!
//! An edit locks its field: extraction leaves it alone until a sidecar holds it. The sidecar is written while the asset's
//! row is locked, so that edits, writing and extraction see each other's results whole. A crash leaves the old or the
//! new file; the field stays locked until the commit, and the sweep queues what is locked.

use crate::{
    app::App,
    error::{Error, Result},
    jobs::{AssetExtractMetadata, MetadataSource, SidecarCheck, SidecarWrite},
};
use chrono::{DateTime, FixedOffset, Utc};
use db::sidecars::Written;
use model::{assets::SidecarEdits, ids::AssetId};
use std::path::{Path, PathBuf};

/// How many ids a sweep holds in memory at a time.
const PAGE: i64 = 1000;

/// Puts what is locked into the asset's sidecar, as `compose` words it, and unlocks it. Answers whether there was
/// something to write.
pub async fn write<E>(
    app: &App,
    id: AssetId,
    compose: impl FnOnce(Option<Vec<u8>>, SidecarEdits) -> Result<Vec<u8>, E> + Send + 'static,
) -> Result<bool, E>
where
    E: From<Error> + Send + 'static,
{
    let mut tx = app.db.begin().await.map_err(Error::from)?;
    let Some((written, edits)) = find_edits(&mut tx, id).await? else { return Ok(false) };
    let target = match &written.sidecar_path {
        Some(path) => PathBuf::from(path),
        None => files::beside(Path::new(&written.original_path)),
    };
    let existing = app.files.read_sidecar(&target).await.map_err(Error::from)?;
    if existing.is_some() && written.sidecar_path.is_none() {
        // It was there before: a crash from here on must not take it for a leftover of ours.
        adopt(app, id, &target).await?;
    }
    let composed = tokio::task::spawn_blocking(move || compose(existing, edits)).await;
    let bytes = composed.map_err(Error::internal)??;
    place(app, tx, id, target, &bytes).await?;
    Ok(true)
}

async fn find_edits(tx: &mut db::Tx, id: AssetId) -> Result<Option<(Written, SidecarEdits)>> {
    db::undecided::hold(tx).await?;
    db::asset_jobs::lock(tx, id).await?;
    let written = db::sidecars::find_written(tx, id).await?.filter(|written| !written.locked_fields.is_empty());
    Ok(written.map(|written| {
        let edits = edits_of(&written);
        (written, edits)
    }))
}

async fn adopt(app: &App, id: AssetId, path: &Path) -> Result<()> {
    Ok(db::sidecars::record(&mut *app.db.acquire().await?, id, &path.to_string_lossy()).await?)
}

/// The new sidecar takes the place of the old one in one step, then the row says so.
async fn place(app: &App, mut tx: db::Tx, id: AssetId, target: PathBuf, bytes: &[u8]) -> Result<()> {
    let path = target.to_string_lossy().into_owned();
    let mut incoming = app.files.receive(target).await?;
    incoming.write(bytes).await?;
    incoming.finish(None).await?;
    incoming.place().await?;
    db::sidecars::record(&mut tx, id, &path).await?;
    db::sidecars::unlock(&mut tx, id).await?;
    // If this fails, nobody knows whether it happened: then the sweep asks the database about the file.
    tx.commit().await?;
    if let Err(error) = incoming.forget().await {
        tracing::warn!(asset.id = %id, "forget a sidecar's marker: {error}");
    }
    Ok(())
}

fn edits_of(written: &Written) -> SidecarEdits {
    let is_locked = |field: &str| written.locked_fields.iter().any(|locked| locked == field);
    SidecarEdits {
        description: is_locked("description").then(|| written.description.clone().unwrap_or_default()),
        taken_at: if is_locked("dateTimeOriginal") || is_locked("timeZone") { taken_at(written) } else { None },
        position: if is_locked("latitude") { written.latitude.zip(written.longitude) } else { None },
        rating: is_locked("rating").then(|| written.rating.unwrap_or(0)),
        tags: is_locked("tags").then(|| written.tags.clone()),
    }
}

/// With the offset by which the clock at the place was ahead of UTC.
fn taken_at(written: &Written) -> Option<DateTime<FixedOffset>> {
    let ahead = written.local_date_time - written.file_created_at.naive_utc();
    let offset = FixedOffset::east_opt(i32::try_from(ahead.num_seconds()).ok()?)?;
    Some(written.file_created_at.with_timezone(&offset))
}

/// Queues the writing of edits that were just made. If the queue is away, the sweep does it later.
pub(crate) async fn queue_write(app: &App, ids: &[AssetId]) {
    let jobs: Vec<_> = ids.iter().map(|&id| SidecarWrite { id }).collect();
    if let Err(error) = app.queue.push_many_again(&jobs).await {
        tracing::warn!(count = ids.len(), "queue sidecars: {:#}", anyhow::Error::from(error));
    }
}

/// Looks for the sidecar in its usual places and has it read if it is another one than before. Answers whether it is.
pub async fn check(app: &App, id: AssetId) -> Result<bool> {
    let Some(asset) = crate::asset_jobs::find(app, id).await? else { return Ok(false) };
    let recorded = asset.sidecar_path.as_deref().map(Path::new);
    let found = app.files.find_sidecar(Path::new(&asset.original_path), recorded).await?;
    let mut tx = app.db.begin().await?;
    db::asset_jobs::lock(&mut tx, id).await?;
    let is_new = match &found {
        Some(sidecar) => {
            let is_as_recorded = recorded == Some(sidecar.path.as_path());
            let is_read = asset.sidecar_at.is_some_and(|at| at >= DateTime::<Utc>::from(sidecar.modified));
            if !is_as_recorded || !is_read {
                db::sidecars::record(&mut tx, id, &sidecar.path.to_string_lossy()).await?;
            }
            !is_as_recorded || !is_read
        }
        None => {
            db::sidecars::forget(&mut tx, id).await?;
            recorded.is_some()
        }
    };
    tx.commit().await?;
    if is_new {
        app.queue.push(&AssetExtractMetadata { id, source: MetadataSource::SidecarWrite }).await?;
    }
    Ok(is_new)
}

/// Queues a look for the sidecars of all assets, or of those that have none. Answers how many were queued.
pub async fn queue_checks(app: &App, all: bool) -> Result<u64> {
    let (mut after, mut queued) = (None, 0);
    loop {
        let ids = db::sidecars::list_to_check(&mut *app.db.acquire().await?, all, after, PAGE).await?;
        let Some(last) = ids.last() else { return Ok(queued) };
        after = Some(*last);
        queued += ids.len() as u64;
        let jobs: Vec<_> = ids.iter().map(|&id| SidecarCheck { id }).collect();
        app.queue.push_many_again(&jobs).await?;
    }
}

/// Queues the writing of everything that no sidecar holds yet. Answers how much there was.
pub async fn queue_unwritten(app: &App) -> Result<u64> {
    let (mut after, mut queued) = (None, 0);
    loop {
        let ids = db::sidecars::list_unwritten(&mut *app.db.acquire().await?, after, PAGE).await?;
        let Some(last) = ids.last() else { return Ok(queued) };
        after = Some(*last);
        queued += ids.len() as u64;
        let jobs: Vec<_> = ids.iter().map(|&id| SidecarWrite { id }).collect();
        app.queue.push_many(&jobs).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_locked_is_written() {
        let written = Written {
            original_path: "/photos/a.jpg".to_owned(),
            sidecar_path: None,
            locked_fields: vec!["rating".to_owned(), "timeZone".to_owned()],
            file_created_at: "2021-06-01T08:45:05Z".parse().unwrap(),
            local_date_time: "2021-06-01T14:30:05".parse().unwrap(),
            latitude: Some(1.0),
            longitude: Some(2.0),
            description: Some("text".to_owned()),
            rating: None,
            tags: vec!["tag".to_owned()],
        };
        let edits = edits_of(&written);
        assert_eq!(edits.taken_at.unwrap().to_rfc3339(), "2021-06-01T14:30:05+05:45");
        assert_eq!(edits, SidecarEdits { taken_at: edits.taken_at, rating: Some(0), ..SidecarEdits::default() });
    }
}
