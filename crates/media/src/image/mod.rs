//! Pictures to show, made of pictures and frames: each asset is decoded once.
//!
//! [`make`] reads as the list of its steps. What must stay true: limits are checked from the header before anything is
//! allocated, and a picture appears under its name complete or not at all.

pub(crate) mod color;
pub(crate) mod decode;
mod embed;
mod encode;
mod hdr;
mod orient;
mod resize;
mod shrink;
mod sniff;
mod write;

use crate::error::Result;
use config::system::image::Image;
use encode::Encoding;
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

/// Rows of 8-bit samples without padding: RGB, or RGBA when there is something to see through.
#[derive(Debug, Clone)]
pub(crate) struct Pixels {
    pub width: u32,
    pub height: u32,
    /// 3 or 4.
    pub channels: usize,
    pub data: Vec<u8>,
}

/// A decoded picture with what is still to be done to it.
pub(crate) struct Decoded {
    pub pixels: Pixels,
    /// EXIF orientation, 1 to 8; 1 when the decoder has turned it already.
    pub orientation: u8,
    pub icc_profile: Option<Vec<u8>>,
    /// How to bring brightness beyond that of a plain screen down to it.
    pub hdr: Option<hdr::Hdr>,
    /// Of the original: decoders may deliver less when less is asked for.
    pub full_width: u32,
    pub full_height: u32,
}

/// Makes the pictures and the thumbhash of a picture file.
pub fn make(source: &Path, settings: &Image, outputs: &Outputs<'_>) -> Result<Pictures> {
    let side = settings.preview.size.max(settings.thumbnail.size);
    let wanted = Wanted { side, fullsize: outputs.fullsize.is_some() };
    let decoded = decode::decode(source, wanted, settings.extract_embedded)?;
    let (full_width, full_height) = orient::upright(decoded.full_width, decoded.full_height, decoded.orientation);
    // Shrinking first makes turning and colours cheap.
    let needed = if wanted.fullsize { decoded.pixels } else { resize::to_shorter_side(decoded.pixels, side)? };
    let needed = match decoded.hdr {
        Some(hdr) => hdr::to_srgb(needed, hdr),
        None => needed,
    };
    let shown = color::show(needed, decoded.icc_profile.as_deref(), settings.colorspace);
    let upright = orient::apply(shown.pixels, decoded.orientation);
    let shown = color::Shown { pixels: upright, ..shown };
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
    let thumbhash = write_all(color::Shown { pixels, icc_profile: None }, settings, outputs)?;
    Ok(Pictures { thumbhash, width, height })
}

/// From the largest picture to the smallest, each of the one before. Answers the thumbhash.
fn write_all(shown: color::Shown, settings: &Image, outputs: &Outputs<'_>) -> Result<Vec<u8>> {
    let profile = shown.icc_profile.as_deref();
    let write = |pixels: Pixels, encoding: Encoding, path: &Path| -> Result<Pixels> {
        // What is long and thin may be longer than the format can hold.
        let pixels = resize::to_longer_side(pixels, encoding.max_side())?;
        write::atomically(path, &encode::encode(&pixels, profile, encoding)?)?;
        Ok(pixels)
    };
    let whole = match outputs.fullsize {
        Some(path) => write(shown.pixels, (&settings.fullsize).into(), path)?,
        None => shown.pixels,
    };
    let preview = resize::to_shorter_side(whole, settings.preview.size)?;
    let preview = write(preview, (&settings.preview).into(), outputs.preview)?;
    let thumbnail = resize::to_shorter_side(preview, settings.thumbnail.size)?;
    let thumbnail = write(thumbnail, (&settings.thumbnail).into(), outputs.thumbnail)?;
    let tiny = resize::to_longer_side(thumbnail, THUMBHASH_SIDE)?;
    let rgba = encode::rgba(&tiny);
    Ok(thumbhash::rgba_to_thumb_hash(tiny.width as usize, tiny.height as usize, &rgba))
}
