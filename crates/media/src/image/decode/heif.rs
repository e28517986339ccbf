//! HEIC, HEIF and AVIF by libheif, which turns the picture upright itself.

use super::check_size;
use crate::{
    error::{Error, Result},
    image::{
        Decoded, Pixels,
        color::{self, Primaries},
        hdr::{Curve, Hdr},
    },
};
use libheif_rs::{
    ColorPrimaries, ColorProfileNCLX, ColorSpace, HeifContext, ImageHandle, LibHeif, RgbChroma, TransferCharacteristics,
};

/// Tiles are decoded beside each other, but other files are being read at the same time.
const THREADS: u32 = 2;

pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded> {
    let mut context = HeifContext::read_from_bytes(bytes).map_err(Error::damaged)?;
    context.set_max_decoding_threads(THREADS);
    let handle = context.primary_image_handle().map_err(Error::damaged)?;
    check_size(handle.width().into(), handle.height().into())?;
    let (chroma, channels) = if handle.has_alpha_channel() { (RgbChroma::Rgba, 4) } else { (RgbChroma::Rgb, 3) };
    let image = LibHeif::new().decode(&handle, ColorSpace::Rgb(chroma), None).map_err(Error::damaged)?;
    let plane = image.planes().interleaved.ok_or_else(|| Error::damaged("the picture has no pixels"))?;
    let (width, height, row) = (plane.width, plane.height, plane.width as usize * channels);
    let mut data = Vec::with_capacity(row * height as usize);
    for line in plane.data.chunks(plane.stride).take(height as usize) {
        data.extend_from_slice(line.get(..row).ok_or_else(|| Error::damaged("a row is too short"))?);
    }
    let (icc_profile, hdr) = colors(&handle);
    Ok(Decoded {
        pixels: Pixels { width, height, channels, data },
        orientation: 1,
        icc_profile,
        hdr,
        full_width: width,
        full_height: height,
    })
}

/// From a profile, or from the numbers by which video formats name spaces.
fn colors(handle: &ImageHandle) -> (Option<Vec<u8>>, Option<Hdr>) {
    let named = handle.color_profile_nclx();
    let primaries = match named.as_ref().map(ColorProfileNCLX::color_primaries) {
        Some(ColorPrimaries::SMPTE_EG_432_1 | ColorPrimaries::SMPTE_RP_431_2) => Primaries::P3,
        Some(ColorPrimaries::ITU_R_BT_2020_2_and_2100_0) => Primaries::Bt2020,
        _ => Primaries::Srgb,
    };
    let curve = match named.as_ref().map(ColorProfileNCLX::transfer_characteristics) {
        Some(TransferCharacteristics::ITU_R_BT_2100_0_PQ) => Some(Curve::Pq),
        Some(TransferCharacteristics::ITU_R_BT_2100_0_HLG) => Some(Curve::Hlg),
        _ => None,
    };
    if let Some(curve) = curve {
        return (None, Some(Hdr { curve, primaries }));
    }
    let stored = handle.color_profile_raw().map(|profile| profile.data);
    (stored.or_else(|| color::profile_of(primaries)), None)
}
