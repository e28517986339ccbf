//! What an owner changes of assets.

use super::live_photos;
use crate::{
    access::require_assets,
    app::App,
    caller::Caller,
    error::{Error, Result},
    events::Event,
    jobs::{AssetEncodeVideo, AssetExtractMetadata, AssetGenerateThumbnails, MetadataSource},
    places, sidecars,
};
use chrono::{DateTime, FixedOffset, Offset, Utc};
use model::{
    assets::{AssetChanges, AssetView},
    ids::AssetId,
    permission::Permission,
};
use std::collections::BTreeMap;

/// Changes one asset and answers how it looks now. Who may change it may see what came of it, and that is for the last
/// time when a session without the PIN has locked it away.
pub async fn update(app: &App, caller: &Caller, id: AssetId, changes: &AssetChanges) -> Result<AssetView> {
    apply(app, caller, &[id], changes).await?;
    super::find_view(&mut *app.db.acquire().await?, id).await
}

/// The same changes for many.
pub async fn update_many(app: &App, caller: &Caller, ids: &[AssetId], changes: &AssetChanges) -> Result<()> {
    apply(app, caller, ids, changes).await
}

async fn apply(app: &App, caller: &Caller, ids: &[AssetId], changes: &AssetChanges) -> Result<()> {
    let mut tx = app.db.begin().await?;
    require_assets(app, &mut tx, caller, Permission::AssetUpdate, ids).await?;
    if let Some(is_favorite) = changes.is_favorite {
        db::assets::set_favorite(&mut tx, ids, is_favorite).await?;
    }
    if let Some(visibility) = changes.visibility {
        db::assets::set_visibility(&mut tx, ids, visibility).await?;
    }
    if let Some(description) = &changes.description {
        db::assets::set_description(&mut tx, ids, description).await?;
    }
    if let Some(rating) = changes.rating {
        db::assets::set_rating(&mut tx, ids, rating.filter(|stars| (1..=5).contains(stars))).await?;
    }
    match (changes.latitude, changes.longitude) {
        (Some(latitude), Some(longitude)) => {
            let place = places::find(app, latitude, longitude);
            db::assets::set_position(&mut tx, ids, (latitude, longitude), &place).await?;
        }
        (None, None) => {}
        _ => return Err(Error::bad_request("Latitude and longitude must be provided together")),
    }
    set_dates(&mut tx, ids, changes).await?;
    let moved = match changes.live_photo_video_id {
        Some(video) => live_photos::set_video(app, &mut tx, caller, ids, video).await?,
        None => live_photos::Moved::default(),
    };
    if let Some(duplicate) = changes.duplicate_id {
        db::assets::set_duplicate_id(&mut tx, ids, duplicate).await?;
    }
    tx.commit().await?;
    if is_written_to_sidecars(changes) {
        sidecars::queue_write(app, ids).await;
    }
    let owner = caller.user_id()?;
    for &asset in ids {
        app.events.publish(&Event::AssetUpdated { asset, owner }).await;
    }
    live_photos::tell(app, owner, &moved).await;
    Ok(())
}

/// What a person says of the picture, and not where it is shown.
fn is_written_to_sidecars(changes: &AssetChanges) -> bool {
    changes.description.is_some()
        || changes.rating.is_some()
        || changes.latitude.is_some()
        || changes.date_time_original.is_some()
        || changes.date_time_relative_minutes.is_some_and(|minutes| minutes != 0)
        || changes.time_zone.is_some()
}

async fn set_dates(tx: &mut db::Tx, ids: &[AssetId], changes: &AssetChanges) -> Result<()> {
    if let Some(taken_at) = changes.date_time_original {
        let (offset_s, zone) = zone_of(taken_at, changes.time_zone.as_deref())?;
        db::assets::set_date(tx, ids, taken_at.with_timezone(&Utc), offset_s, &zone).await?;
    }
    if let Some(minutes) = changes.date_time_relative_minutes.filter(|&minutes| minutes != 0) {
        db::assets::shift_dates(tx, ids, minutes).await?;
    }
    if let Some(zone) = changes.time_zone.as_deref().filter(|_| changes.date_time_original.is_none()) {
        set_zone(tx, ids, zone).await?;
    }
    Ok(())
}

/// The instant stays; what the clock showed there changes, and in summer otherwise than in winter.
async fn set_zone(tx: &mut db::Tx, ids: &[AssetId], zone: &str) -> Result<()> {
    let known = parse_zone(zone)?;
    let mut by_offset: BTreeMap<i32, Vec<AssetId>> = BTreeMap::new();
    for (id, taken_at) in db::assets::list_dates(tx, ids).await? {
        let offset_s = taken_at.with_timezone(&known).offset().fix().local_minus_utc();
        by_offset.entry(offset_s).or_default().push(id);
    }
    for (offset_s, ids) in by_offset {
        db::assets::set_zone(tx, &ids, offset_s, zone).await?;
    }
    Ok(())
}

fn parse_zone(zone: &str) -> Result<chrono_tz::Tz> {
    zone.parse().map_err(|_| Error::BadRequest(format!("Unknown time zone {zone}").into()))
}

/// How far the clock there is ahead of UTC, and what the zone is called: by its own name, else by its offset.
fn zone_of(taken_at: DateTime<FixedOffset>, zone: Option<&str>) -> Result<(i32, String)> {
    let Some(zone) = zone else {
        let offset = taken_at.offset().local_minus_utc();
        return Ok((offset, model::time::offset_name(offset)));
    };
    let known = parse_zone(zone)?;
    Ok((taken_at.with_timezone(&known).offset().fix().local_minus_utc(), zone.to_owned()))
}

/// What can be done again for an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetJob {
    RefreshMetadata,
    RegenerateThumbnails,
    TranscodeVideo,
}

/// Queues a job for each of these assets.
pub async fn queue_jobs(app: &App, caller: &Caller, ids: &[AssetId], job: AssetJob) -> Result<()> {
    require_assets(app, &mut *app.db.acquire().await?, caller, Permission::AssetUpdate, ids).await?;
    for &id in ids {
        match job {
            AssetJob::RefreshMetadata => {
                app.queue.push(&AssetExtractMetadata { id, source: MetadataSource::Refresh }).await?;
            }
            AssetJob::RegenerateThumbnails => {
                app.queue.push(&AssetGenerateThumbnails { id, notify: false }).await?;
            }
            AssetJob::TranscodeVideo => app.queue.push(&AssetEncodeVideo { id }).await?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_or_counted() {
        let taken_at: DateTime<FixedOffset> = "2024-07-01T12:00:00+02:00".parse().unwrap();
        assert_eq!(zone_of(taken_at, None).unwrap(), (7200, "UTC+2".to_owned()));
        assert_eq!(zone_of(taken_at, Some("Asia/Kathmandu")).unwrap(), (20700, "Asia/Kathmandu".to_owned()));
        assert!(zone_of(taken_at, Some("Middle/Earth")).is_err());
    }
}
