//! HEIC, HEIF and AVIF by libheif, which turns the picture upright itself.

use super::{Decoded, Pixels, decode::check_size};
use crate::error::{Error, Result};
use libheif_rs::{ColorSpace, HeifContext, LibHeif, RgbChroma};

pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded> {
    let context = HeifContext::read_from_bytes(bytes).map_err(Error::damaged)?;
    let handle = context.primary_image_handle().map_err(Error::damaged)?;
    check_size(handle.width().into(), handle.height().into())?;
    let has_alpha = handle.has_alpha_channel();
    let (chroma, channels) = if has_alpha { (RgbChroma::Rgba, 4) } else { (RgbChroma::Rgb, 3) };
    let image = LibHeif::new().decode(&handle, ColorSpace::Rgb(chroma), None).map_err(Error::damaged)?;
    let icc_profile = image.color_profile_raw().map(|profile| profile.data);
    let plane = image.planes().interleaved.ok_or_else(|| Error::damaged("the picture has no pixels"))?;
    let (width, height, row) = (plane.width, plane.height, plane.width as usize * channels);
    let mut data = Vec::with_capacity(row * height as usize);
    for line in plane.data.chunks(plane.stride).take(height as usize) {
        data.extend_from_slice(line.get(..row).ok_or_else(|| Error::damaged("a row is too short"))?);
    }
    Ok(Decoded {
        pixels: Pixels { width, height, channels, data },
        orientation: 1,
        icc_profile,
        full_width: width,
        full_height: height,
    })
}
