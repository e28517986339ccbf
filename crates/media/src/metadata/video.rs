//! What a video's container says, as libav reads it.

use super::{Found, Metadata, date, position, tidy};
use crate::{error::Result, video::probe};
use chrono::DateTime;
use std::path::Path;

pub(crate) fn read(path: &Path) -> Result<Found> {
    // A file that is no video at all says nothing; that it cannot be shown is for the thumbnail to find.
    let Ok(info) = probe::probe(path) else { return Ok(Found::default()) };
    let tag = |names: &[&str]| {
        names.iter().find_map(|name| {
            let (_, value) = info.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            tidy(value)
        })
    };
    let mut metadata = Metadata {
        description: tag(&["com.apple.quicktime.description", "description", "comment"]),
        make: tag(&["com.apple.quicktime.make", "com.android.manufacturer", "make"]),
        model: tag(&["com.apple.quicktime.model", "com.android.model", "model"]),
        live_photo_cid: tag(&["com.apple.quicktime.content.identifier"]),
        duration_ms: info.duration_ms.and_then(|duration| i64::try_from(duration).ok()),
        ..Metadata::default()
    };
    if let Some(video) = &info.video {
        let pixels = |length: u32| i32::try_from(length).ok();
        (metadata.image_width, metadata.image_height) = (pixels(video.width), pixels(video.height));
        (metadata.width, metadata.height) = (pixels(video.display_width), pixels(video.display_height));
        metadata.fps = video.fps().map(|fps| (fps * 1000.0).round() / 1000.0);
        metadata.orientation = Some(match video.rotation {
            90 => 6,
            180 => 3,
            270 => 8,
            _ => 1,
        });
    }
    let place = tag(&["com.apple.quicktime.location.ISO6709", "location", "location-eng"]);
    if let Some((latitude, longitude)) = place.as_deref().and_then(position::parse_iso6709) {
        position::set(&mut metadata, latitude, longitude);
    }
    // Apple's own date knows the zone; the container's is an instant, and zero means that nobody set it.
    let local = tag(&["com.apple.quicktime.creationdate"]).and_then(|text| date::parse_iso(&text));
    let instant = || {
        let at = DateTime::parse_from_rfc3339(&tag(&["creation_time"])?).ok()?.to_utc();
        let is_set = at.timestamp() > 0 && date::is_plausible(at.naive_utc());
        is_set.then_some(date::Taken::Instant(at))
    };
    Ok(Found { date: local.or_else(instant), metadata })
}
