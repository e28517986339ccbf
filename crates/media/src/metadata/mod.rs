//! What files say of themselves: EXIF, XMP packets and sidecars, containers of videos.
//!
//! A file that says nothing that we understand is no error: it has an empty answer. What a sidecar says counts more than
//! what stands in the file.

mod apple;
mod date;
pub(crate) mod exif;
mod film;
mod heif;
mod iptc;
mod isobmff;
mod maker;
mod motion;
mod photoshop;
mod png;
mod position;
mod still;
mod video;
mod xmp;

pub use motion::ByteRange;

use crate::{
    error::{Error, Result},
    image::{color, decode},
};
use chrono::{DateTime, NaiveDateTime, Utc};
use image::ImageDecoder;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, io::Read, path::Path};

/// Of a still, metadata stands in front or, rarely, at the end of a file of this size.
const MAX_STILL_BYTES: u64 = 256 * 1024 * 1024;
const MAX_SIDECAR_BYTES: u64 = 16 * 1024 * 1024;
/// Nobody sorts by more.
const MAX_TAGS: usize = 1000;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    pub description: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub lens_model: Option<String>,
    pub f_number: Option<f64>,
    /// Millimetres.
    pub focal_length: Option<f64>,
    pub iso: Option<i32>,
    /// `1/250`, or seconds.
    pub exposure_time: Option<String>,
    pub date_time_original: Option<DateTime<Utc>>,
    /// Wall clock at the place of capture.
    pub local_date_time: Option<NaiveDateTime>,
    /// IANA name, or `UTC+2` and the like.
    pub time_zone: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// EXIF orientation.
    pub orientation: Option<u8>,
    /// Pixels as stored.
    pub image_width: Option<i32>,
    pub image_height: Option<i32>,
    /// Pixels once upright.
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub projection_type: Option<String>,
    pub profile_description: Option<String>,
    /// What the two halves of a live photo have in common.
    pub live_photo_cid: Option<String>,
    pub rating: Option<i32>,
    /// Trees are written with slashes: `places/Paris`.
    pub tags: Vec<String>,
    pub fps: Option<f64>,
    pub duration_ms: Option<i64>,
    /// Where in the file the video of a motion photo lies.
    pub motion_video: Option<ByteRange>,
}

/// Found dates, before it is known where the picture was taken.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub metadata: Metadata,
    pub dates: Vec<(date::DateField, date::Taken)>,
}

pub use xmp::write::edit as edit_sidecar;

/// Reads a file and, if there is one, its sidecar.
pub fn read(path: &Path, sidecar: Option<&Path>, is_video: bool) -> Result<Metadata> {
    let mut found = if is_video { video::read(path)? } else { still(path)? };
    if let Some(sidecar) = sidecar {
        let bytes = read_up_to(sidecar, MAX_SIDECAR_BYTES)?;
        xmp::apply(&mut found, &xmp::text(&bytes), xmp::Weight::Over);
    }
    found.metadata.tags.truncate(MAX_TAGS);
    position::drop_nowhere(&mut found.metadata);
    date::resolve(&mut found);
    Ok(found.metadata)
}

fn still(path: &Path) -> Result<Found> {
    let bytes = read_up_to(path, MAX_STILL_BYTES)?;
    let mut found = still::read(&bytes);
    shape(path, &bytes, &mut found.metadata);
    if bytes.starts_with(b"GIF8") {
        found.metadata.duration_ms = video::animation_ms(path)?;
    }
    Ok(found)
}

/// From the picture's own header; what EXIF says of it is often wrong after editing.
fn shape(path: &Path, bytes: &[u8], metadata: &mut Metadata) {
    let icc_profile;
    let (width, height);
    if let Some(shape) = heif::shape(bytes) {
        // Its decoder turns the picture by boxes of its own; what EXIF says there is history.
        metadata.orientation = Some(shape.orientation);
        (width, height) = (shape.width, shape.height);
        icc_profile = heif::icc_profile(bytes).map(<[u8]>::to_vec);
    } else if let Some(size) = decode::size(path) {
        (width, height) = size;
        icc_profile = None;
    } else {
        let reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format();
        let Some(mut decoder) = reader.ok().and_then(|reader| reader.into_decoder().ok()) else { return };
        (width, height) = decoder.dimensions();
        icc_profile = decoder.icc_profile().ok().flatten();
    }
    metadata.profile_description = icc_profile.as_deref().and_then(color::description);
    let (Ok(width), Ok(height)) = (i32::try_from(width), i32::try_from(height)) else { return };
    (metadata.image_width, metadata.image_height) = (Some(width), Some(height));
    let turned = metadata.orientation.is_some_and(|orientation| orientation >= 5);
    let upright = if turned { (height, width) } else { (width, height) };
    (metadata.width, metadata.height) = (Some(upright.0), Some(upright.1));
}

fn read_up_to(path: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| Error::io("open", path, &error))?;
    file.take(max_bytes).read_to_end(&mut bytes).map_err(|error| Error::io("read", path, &error))?;
    Ok(bytes)
}

/// UTF-8; what is none was written by an old program, in Latin-1.
pub(crate) fn plain_text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes)
        .map_or_else(|_| Cow::Owned(bytes.iter().copied().map(char::from).collect()), Cow::Borrowed)
}

/// Text as it may be stored: without control characters, not empty, not endless.
pub(crate) fn tidy(text: &str) -> Option<String> {
    const MAX_CHARS: usize = 100_000;
    let text: String = text.chars().filter(|&c| !c.is_control() || matches!(c, '\n' | '\t')).take(MAX_CHARS).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
