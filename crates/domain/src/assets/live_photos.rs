//! Photos that move: joined with their video, or parted from it, by hand.

use crate::{
    access::require_assets,
    app::App,
    asset_jobs,
    caller::Caller,
    error::{Error, Result},
    events::Event,
    jobs::AssetGenerateThumbnails,
};
use model::{
    assets::{AssetType, Visibility},
    ids::{AssetId, UserId},
    permission::Permission,
};
use std::path::Path;

/// Videos that went behind a photo, and those that show by themselves again.
#[derive(Debug, Default)]
pub(super) struct Moved {
    hidden: Vec<AssetId>,
    shown: Vec<AssetId>,
}

/// Joins photos with a video, or (`None`) parts them: the video shows by itself again.
pub(super) async fn set_video(
    app: &App,
    tx: &mut db::Tx,
    caller: &Caller,
    ids: &[AssetId],
    video: Option<AssetId>,
) -> Result<Moved> {
    let mut moved = Moved::default();
    for &id in ids {
        let Some(photo) = db::assets::find(tx, id).await? else { continue };
        if photo.live_photo_video_id == video {
            continue;
        }
        if let Some(old) = photo.live_photo_video_id {
            require_partable(app, tx, old).await?;
            db::assets::set_live_photo_video(tx, id, None).await?;
            if show(tx, old, photo.visibility).await? {
                moved.shown.push(old);
            }
        }
        if let Some(video) = video {
            if hide(app, tx, caller, (id, video)).await? {
                moved.hidden.push(video);
            }
            db::assets::set_live_photo_video(tx, id, Some(video)).await?;
        }
    }
    Ok(moved)
}

/// What came out of a motion photo goes back into it at the next reading.
async fn require_partable(app: &App, tx: &mut db::Tx, video: AssetId) -> Result<()> {
    let found = db::assets::find(tx, video).await?;
    if found.is_some_and(|video| app.files.is_motion_video(Path::new(&video.original_path))) {
        return Err(Error::bad_request("Cannot unlink Android motion photos"));
    }
    Ok(())
}

/// As the photo shows, unless another photo still needs it. Answers whether it does.
async fn show(tx: &mut db::Tx, video: AssetId, visibility: Visibility) -> Result<bool> {
    if db::assets::is_live_photo_video(tx, video).await? {
        return Ok(false);
    }
    db::assets::set_visibility(tx, &[video], visibility).await?;
    // Hidden videos have no pictures.
    db::asset_jobs::want_pictures(tx, video).await?;
    Ok(true)
}

/// The photo's owner must own the video, too. Answers whether it was to be seen.
async fn hide(app: &App, tx: &mut db::Tx, caller: &Caller, (photo, video): (AssetId, AssetId)) -> Result<bool> {
    require_assets(app, tx, caller, Permission::AssetUpdate, &[video]).await?;
    if !db::assets::find(tx, video).await?.is_some_and(|asset| asset.asset_type == AssetType::Video) {
        return Err(Error::bad_request("Live photo video must be a video"));
    }
    Ok(db::asset_jobs::link_live_photo(tx, photo, video).await?)
}

/// After the commit: clients take hidden videos away, and hear of the others when their pictures are there.
pub(super) async fn tell(app: &App, owner: UserId, moved: &Moved) {
    for &asset in &moved.hidden {
        app.events.publish(&Event::AssetHidden { asset, owner }).await;
    }
    let jobs: Vec<_> = moved.shown.iter().map(|&id| AssetGenerateThumbnails { id, notify: true }).collect();
    asset_jobs::push_or_sweep(app, &jobs).await;
}
