//! What a video's container says, as libav reads it.

use crate::{
    error::{Error, Result},
    video::{probe, types::VideoInfo},
};
use chrono::DateTime;
use metadata::{
    Found, Metadata,
    date::{self, DateField},
    film, position, tidy,
};
use std::path::Path;

/// A file that is no video at all says nothing; that it cannot be shown is for the thumbnail to find.
fn info(path: &Path) -> Result<Option<VideoInfo>> {
    match probe::probe(path).map_err(Error::from) {
        Ok(info) => Ok(Some(info)),
        Err(error @ Error::Io(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

pub(crate) fn read(path: &Path) -> Result<Found> {
    let Some(info) = info(path)? else { return Ok(Found::default()) };
    let tag = |names: &[&str]| {
        names.iter().find_map(|name| {
            let (_, value) = info.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            tidy(value)
        })
    };
    let mut metadata = Metadata {
        description: tag(&["com.apple.quicktime.description", "description"]),
        make: tag(&["com.apple.quicktime.make", "make", "com.android.manufacturer"]),
        model: tag(&["com.apple.quicktime.model", "model", "com.android.model"]),
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
    let dates = [local.map(|taken| (DateField::Creation, taken)), instant().map(|taken| (DateField::Container, taken))];
    let mut found = Found { metadata, dates: dates.into_iter().flatten().collect(), regions: None };
    film::apply(&mut found, path)?;
    Ok(found)
}
