//! From a file to pixels, whatever the format. Refuses what would not fit before it allocates.

use super::{Decoded, Pixels, heif, sniff};
use crate::{
    error::{Error, Result},
    metadata::exif,
};
use image::{ColorType, DynamicImage, ImageDecoder, ImageReader, Limits};
use std::{io::Cursor, path::Path};
use turbojpeg::{Colorspace, Decompressor, PixelFormat, ScalingFactor};

/// A 300-megapixel panorama is rare; what claims more is a bomb.
pub(crate) const MAX_PIXELS: u64 = 300_000_000;
/// Compressed files beyond this are no pictures.
const MAX_FILE_BYTES: u64 = 600 * 1024 * 1024;
/// Below this ratio of source to target a scaled decode would be seen.
const DCT_SCALE_FROM: u32 = 4;

/// `wanted` is the shorter side that is needed at least.
pub(crate) fn decode(source: &Path, wanted: u32) -> Result<Decoded> {
    let size = std::fs::metadata(source).map_err(|error| Error::io("look at", source, &error))?.len();
    if size > MAX_FILE_BYTES {
        return Err(Error::TooLarge(format!("the file has {} MB", size / 1_000_000)));
    }
    let bytes = std::fs::read(source).map_err(|error| Error::io("read", source, &error))?;
    match sniff::format(&bytes) {
        Some(sniff::Format::Jpeg) => jpeg(&bytes, wanted),
        Some(sniff::Format::Heif) => heif::decode(&bytes),
        Some(sniff::Format::Other(format)) => other(&bytes, format),
        None => Err(Error::Unsupported("the content is of no known picture format".to_owned())),
    }
}

pub(crate) fn check_size(width: u64, height: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::Damaged("the picture has no pixels".to_owned()));
    }
    if width.saturating_mul(height) > MAX_PIXELS {
        return Err(Error::TooLarge(format!("{width} × {height} pixels")));
    }
    Ok(())
}

fn jpeg(bytes: &[u8], wanted: u32) -> Result<Decoded> {
    let mut decompressor = Decompressor::new().map_err(Error::damaged)?;
    // A progressive bomb has thousands of scans over the same picture.
    decompressor.set_scan_limit(500).map_err(Error::damaged)?;
    let header = decompressor.read_header(bytes).map_err(Error::damaged)?;
    check_size(header.width as u64, header.height as u64)?;
    let is_cmyk = matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let factor = scaling(header.width.min(header.height), wanted);
    if !header.is_lossless {
        decompressor.set_scaling_factor(factor).map_err(Error::damaged)?;
    }
    let (width, height) = if header.is_lossless {
        (header.width, header.height)
    } else {
        (factor.scale(header.width), factor.scale(header.height))
    };
    let format = if is_cmyk { PixelFormat::CMYK } else { PixelFormat::RGB };
    let pitch = width * format.size();
    let mut data = vec![0; pitch * height];
    let output = turbojpeg::Image { pixels: data.as_mut_slice(), width, pitch, height, format };
    decompressor.decompress(bytes, output).map_err(Error::damaged)?;
    if is_cmyk {
        data = cmyk_to_rgb(&data);
    }
    Ok(Decoded {
        pixels: Pixels { width: width as u32, height: height as u32, channels: 3, data },
        orientation: exif::orientation(bytes),
        // A CMYK profile does not fit pixels that are RGB by now.
        icc_profile: if is_cmyk { None } else { jpeg_icc_profile(bytes) },
        full_width: header.width as u32,
        full_height: header.height as u32,
    })
}

/// Half or a quarter while the decoder computes them anyway and nobody sees the difference.
fn scaling(shorter: usize, wanted: u32) -> ScalingFactor {
    let ratio = shorter as u32 / wanted.max(1);
    match ratio {
        ratio if ratio >= 2 * DCT_SCALE_FROM => ScalingFactor::ONE_QUARTER,
        ratio if ratio >= DCT_SCALE_FROM => ScalingFactor::ONE_HALF,
        _ => ScalingFactor::ONE,
    }
}

/// As Adobe's programs write it: inverted, so that 255 is no ink.
fn cmyk_to_rgb(cmyk: &[u8]) -> Vec<u8> {
    let multiply = |ink: u8, black: u8| (u16::from(ink) * u16::from(black) / 255) as u8;
    cmyk.chunks_exact(4).flat_map(|p| [multiply(p[0], p[3]), multiply(p[1], p[3]), multiply(p[2], p[3])]).collect()
}

/// The colour profile, put together from its segments.
fn jpeg_icc_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    const SIGNATURE: &[u8] = b"ICC_PROFILE\0";
    let mut parts: Vec<(u8, &[u8])> = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker]) = bytes.get(at..at + 2) {
        // The picture itself begins: no more segments of interest.
        if marker == 0xda {
            break;
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
        let segment = bytes.get(at + 4..at + 2 + length)?;
        if marker == 0xe2
            && let Some(rest) = segment.strip_prefix(SIGNATURE)
            && let [number, _, part @ ..] = rest
        {
            parts.push((*number, part));
        }
        at += 2 + length;
    }
    parts.sort_by_key(|(number, _)| *number);
    let profile = parts.into_iter().flat_map(|(_, part)| part).copied().collect::<Vec<u8>>();
    (!profile.is_empty()).then_some(profile)
}

/// PNG, WebP, GIF, TIFF, BMP.
fn other(bytes: &[u8], format: image::ImageFormat) -> Result<Decoded> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 4);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    check_size(width.into(), height.into())?;
    let icc_profile = decoder.icc_profile().ok().flatten();
    let has_alpha = decoder.color_type().has_alpha();
    let is_rgb8 = decoder.color_type() == ColorType::Rgb8;
    let picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    let (channels, data) = match picture {
        DynamicImage::ImageRgb8(rgb) if is_rgb8 => (3, rgb.into_raw()),
        picture if has_alpha => (4, picture.into_rgba8().into_raw()),
        picture => (3, picture.into_rgb8().into_raw()),
    };
    Ok(Decoded {
        pixels: Pixels { width, height, channels, data },
        orientation: exif::orientation(bytes),
        icc_profile,
        full_width: width,
        full_height: height,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "errors are handed over by value in map_err")]
fn unreadable(error: image::ImageError) -> Error {
    match error {
        image::ImageError::Limits(limit) => Error::TooLarge(limit.to_string()),
        image::ImageError::Unsupported(what) => Error::Unsupported(what.to_string()),
        other => Error::damaged(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_decoding_waits_until_nobody_sees_it() {
        assert_eq!(scaling(3000, 1440), ScalingFactor::ONE);
        assert_eq!(scaling(5760, 1440), ScalingFactor::ONE_HALF);
        assert_eq!(scaling(11520, 1440), ScalingFactor::ONE_QUARTER);
    }

    #[test]
    fn claims_beyond_the_limit_are_refused() {
        assert!(matches!(check_size(65_500, 65_500), Err(Error::TooLarge(_))));
        assert!(matches!(check_size(0, 5), Err(Error::Damaged(_))));
        assert!(check_size(20_000, 15_000).is_ok());
    }
}
