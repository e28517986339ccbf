//! Pictures to show, made of pictures and frames: each asset is decoded once.
//!
//! [`make`] reads as the list of its steps. What must stay true: limits are checked from the header before anything is
//! allocated, and a picture appears under its name complete or not at all.

pub(crate) mod color;
pub(crate) mod decode;
mod embed;
mod encode;
pub mod face;
mod hdr;
mod huffman;
mod kernel;
mod orient;
mod picture;
mod planes;
mod resize;
mod shrink;
mod sniff;
mod transpose;
mod write;

use crate::error::Result;
use config::system::image::Image;
use encode::Encoding;
pub(crate) use picture::{Decoded, Picture, Pixels};
use serde::{Deserialize, Serialize};
use shrink::Wanted;
use std::path::Path;

/// Longest side of what the thumbhash is computed of.
const THUMBHASH_SIDE: u32 = 100;

/// Where the pictures go.
#[derive(Debug, Clone, Copy)]
pub struct Outputs<'a> {
    pub preview: &'a Path,
    pub thumbnail: &'a Path,
    /// Only where one is wanted: it costs most of the time and memory.
    pub fullsize: Option<&'a Path>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pictures {
    pub thumbhash: Vec<u8>,
    /// Pixels of the upright original.
    pub width: u32,
    pub height: u32,
}

/// Makes the pictures and the thumbhash of a picture file.
pub fn make(source: &Path, settings: &Image, outputs: &Outputs<'_>) -> Result<Pictures> {
    let side = settings.preview.size.max(settings.thumbnail.size);
    let wanted = Wanted { side, fullsize: outputs.fullsize.is_some(), colorspace: settings.colorspace };
    let decoded = decode::decode(source, wanted, settings.extract_embedded)?;
    let (full_width, full_height) = orient::upright(decoded.full_width, decoded.full_height, decoded.orientation);
    // Shrinking first makes turning and colours cheap.
    let needed = if wanted.fullsize { decoded.picture } else { decoded.picture.with_shorter_side(side)? };
    let needed = match decoded.hdr {
        Some(hdr) => hdr::to_srgb(needed.into_pixels(), hdr).into(),
        None => needed,
    };
    let shown = color::show(needed, decoded.icc_profile.as_deref(), settings.colorspace);
    let shown = color::Shown { picture: shown.picture.upright(decoded.orientation), ..shown };
    let thumbhash = write_all(shown, settings, outputs)?;
    Ok(Pictures { thumbhash, width: full_width, height: full_height })
}

/// The same of a frame that is decoded and upright.
pub fn make_from_rgb(
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    settings: &Image,
    outputs: &Outputs<'_>,
) -> Result<Pictures> {
    let pixels = Pixels { width, height, channels: 3, data: rgb };
    let thumbhash = write_all(color::Shown { picture: pixels.into(), icc_profile: None }, settings, outputs)?;
    Ok(Pictures { thumbhash, width, height })
}

/// From the largest picture to the smallest, each of the one before. Answers the thumbhash.
fn write_all(shown: color::Shown, settings: &Image, outputs: &Outputs<'_>) -> Result<Vec<u8>> {
    let profile = shown.icc_profile.as_deref();
    let mut files = write::Batch::default();
    let mut write = |picture: Picture, encoding: Encoding, path: &Path| -> Result<Picture> {
        // What is long and thin may be longer than the format can hold.
        let picture = picture.with_longer_side(encoding.max_side())?;
        let (picture, bytes) = encode::encode(picture, profile, encoding)?;
        files.add(path, bytes)?;
        Ok(picture)
    };
    let whole = match outputs.fullsize {
        Some(path) => write(shown.picture, (&settings.fullsize).into(), path)?,
        None => shown.picture,
    };
    let preview = whole.with_shorter_side(settings.preview.size)?;
    let preview = write(preview, (&settings.preview).into(), outputs.preview)?;
    let thumbnail = preview.with_shorter_side(settings.thumbnail.size)?;
    let thumbnail = write(thumbnail, (&settings.thumbnail).into(), outputs.thumbnail)?;
    let tiny = thumbnail.with_longer_side(THUMBHASH_SIDE)?.into_pixels();
    let rgba = encode::rgba(&tiny);
    let thumbhash = thumbhash::rgba_to_thumb_hash(tiny.width as usize, tiny.height as usize, &rgba);
    files.finish()?;
    Ok(thumbhash)
}
