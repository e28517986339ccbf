//! What files say of themselves: EXIF, XMP packets and sidecars, IPTC, maker notes, boxes of films. Bytes in, values out.
//!
//! All of it is Rust that allocates no more than a few times its input and never panics: property tests and fuzz targets
//! hold it to that. A file that says nothing that we understand is no error: it has an empty answer.
//!
//! A crate of its own beside `media`, so that the parsers are tested, fuzzed and changed without the codecs.

mod apple;
pub mod date;
mod error;
pub mod exif;
pub mod faces;
pub mod film;
mod gif;
pub mod heif;
mod iptc;
mod isobmff;
pub mod jpeg;
mod lenses;
mod maker;
mod motion;
mod photoshop;
mod png;
pub mod position;
mod still;
mod xmp;

pub use error::{Error, Result};
pub use motion::ByteRange;
pub use xmp::write::{SidecarEdits, edit as edit_sidecar};

use chrono::{DateTime, NaiveDateTime, Utc};
use faces::NamedFace;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    /// What the pictures of a burst have in common.
    pub burst_id: Option<String>,
    pub rating: Option<i32>,
    /// Trees are written with slashes: `places/Paris`.
    pub tags: Vec<String>,
    pub fps: Option<f64>,
    pub duration_ms: Option<i64>,
    /// Where in the file the video of a motion photo lies.
    pub motion_video: Option<ByteRange>,
    /// Who is in the picture, and where once it is upright.
    pub faces: Vec<NamedFace>,
}

/// What was found, before it is known which of the dates counts, where the picture was taken and how it is turned.
#[derive(Debug, Default)]
pub struct Found {
    pub metadata: Metadata,
    pub dates: Vec<(date::DateField, date::Taken)>,
    /// Before it is known how the picture is turned.
    pub regions: Option<faces::Regions>,
}

impl Found {
    /// Of a picture, whole or at least the part that holds its metadata. Says nothing of its size in pixels.
    pub fn in_still(bytes: &[u8]) -> Self {
        still::read(bytes)
    }

    /// What a sidecar says counts more than what stands in the file.
    pub fn add_sidecar(&mut self, sidecar: &[u8]) {
        xmp::apply(self, &xmp::text(sidecar), xmp::Weight::Over);
    }

    pub fn finish(mut self) -> Metadata {
        self.metadata.tags.truncate(MAX_TAGS);
        self.metadata.lens_model = self.metadata.lens_model.as_deref().map(lenses::spelled);
        position::drop_nowhere(&mut self.metadata);
        date::resolve(&mut self);
        let regions = self.regions.unwrap_or_default();
        self.metadata.faces = faces::upright(&regions, &self.metadata);
        self.metadata
    }
}

/// UTF-8; what is none was written by an old program, in Latin-1.
pub(crate) fn plain_text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes)
        .map_or_else(|_| Cow::Owned(bytes.iter().copied().map(char::from).collect()), Cow::Borrowed)
}

/// Text as it may be stored, and written into XML: without control characters and what is no character, not empty, not
/// endless.
pub fn tidy(text: &str) -> Option<String> {
    const MAX_CHARS: usize = 100_000;
    let is_text = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    let text: String = text.chars().filter(is_text).take(MAX_CHARS).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
