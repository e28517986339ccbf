//! HEIC, HEIF and AVIF by libheif, which turns the picture upright itself.

use super::check_size;
use crate::{
    error::{Error, Result},
    image::{
        Decoded, Picture, Pixels,
        color::{self, Primaries},
        hdr::{Curve, Hdr},
        planes::{Equations, Planes, Stored},
        resize,
        shrink::Wanted,
    },
};
use libheif_rs::{
    Chroma, ColorPrimaries, ColorProfileNCLX, ColorSpace, HeifContext, ImageHandle, LibHeif, MatrixCoefficients,
    RgbChroma, TransferCharacteristics,
};

/// Tiles are decoded beside each other, but other files are being read at the same time.
const THREADS: u32 = 2;

pub(crate) fn decode(bytes: &[u8], wanted: Wanted) -> Result<Decoded> {
    let mut context = HeifContext::read_from_bytes(bytes).map_err(Error::damaged)?;
    context.set_max_decoding_threads(THREADS);
    let handle = context.primary_image_handle().map_err(Error::damaged)?;
    let (width, height) = (handle.width(), handle.height());
    check_size(width.into(), height.into())?;
    let (icc_profile, hdr) = colors(&handle);
    let shown = resize::to_shorter_side((width, height), wanted.side);
    let is_plain = handle.luma_bits_per_pixel() == 8 && !handle.has_alpha_channel() && hdr.is_none();
    let planes =
        if is_plain && !wanted.fullsize && shown != (width, height) { in_planes(&handle, shown)? } else { None };
    let picture = match planes {
        Some(planes) => planes,
        None => in_color(&handle)?.into(),
    };
    Ok(Decoded { picture, orientation: 1, icc_profile, hdr, full_width: width, full_height: height })
}

/// As they are stored, and shrunk at once.
fn in_planes(handle: &ImageHandle, shown: (u32, u32)) -> Result<Option<Picture>> {
    let Ok(ColorSpace::YCbCr(chroma)) = handle.preferred_decoding_colorspace() else { return Ok(None) };
    let image = LibHeif::new().decode(handle, ColorSpace::YCbCr(chroma), None).map_err(Error::damaged)?;
    let planes = image.planes();
    let named = image.color_profile_nclx();
    let Some(equations) = named.map_or(Some(Equations::BT601_FULL), |named| equations(&named)) else { return Ok(None) };
    let (Some(y), Some(cb), Some(cr)) = (planes.y, planes.cb, planes.cr) else { return Ok(None) };
    let shared = match chroma {
        Chroma::C420 => (2, 2),
        Chroma::C422 => (2, 1),
        Chroma::C444 => (1, 1),
    };
    let stored = [(&y, (1, 1)), (&cb, shared), (&cr, shared)].map(|(plane, shared)| Stored {
        samples: plane.data,
        width: plane.stride,
        height: plane.height as usize,
        shared,
    });
    Ok(Some(equations.to_jpeg(Planes::shrunk(&stored, (y.width, y.height), shown)?)))
}

/// None for the odd ones, which the decoder knows.
fn equations(named: &ColorProfileNCLX) -> Option<Equations> {
    use MatrixCoefficients as Named;
    let (red, blue) = match named.matrix_coefficients() {
        Named::ITU_R_BT_709_5 => (0.2126, 0.0722),
        Named::Unspecified | Named::ITU_R_BT_601_6 | Named::ITU_R_BT_470_6_System_B_G => (0.299, 0.114),
        Named::ITU_R_BT_2020_2_NonConstantLuminance => (0.2627, 0.0593),
        _ => return None,
    };
    Some(Equations { red, blue, is_full_range: named.full_range_flag() == 1 })
}

fn in_color(handle: &ImageHandle) -> Result<Pixels> {
    let (chroma, channels) = if handle.has_alpha_channel() { (RgbChroma::Rgba, 4) } else { (RgbChroma::Rgb, 3) };
    let image = LibHeif::new().decode(handle, ColorSpace::Rgb(chroma), None).map_err(Error::damaged)?;
    let plane = image.planes().interleaved.ok_or_else(|| Error::damaged("the picture has no pixels"))?;
    let (width, height, row) = (plane.width, plane.height, plane.width as usize * channels);
    let mut data = Vec::with_capacity(row * height as usize);
    for line in plane.data.chunks(plane.stride).take(height as usize) {
        data.extend_from_slice(line.get(..row).ok_or_else(|| Error::damaged("a row is too short"))?);
    }
    Ok(Pixels { width, height, channels, data })
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
