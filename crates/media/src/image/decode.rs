//! From a file to pixels, whatever the format. Refuses what would not fit before it allocates.

use super::{Decoded, Pixels, heif, jpeg, sniff};
use crate::{
    error::{Error, Result},
    metadata::exif,
};
use image::{ColorType, DynamicImage, ImageDecoder, ImageReader, Limits};
use std::{io::Cursor, path::Path};

/// A 300-megapixel panorama is rare; what claims more is a bomb.
pub(crate) const MAX_PIXELS: u64 = 300_000_000;
/// Compressed files beyond this are no pictures.
const MAX_FILE_BYTES: u64 = 600 * 1024 * 1024;

/// `wanted` is the shorter side that is needed at least.
pub(crate) fn decode(source: &Path, wanted: u32) -> Result<Decoded> {
    let size = std::fs::metadata(source).map_err(|error| Error::io("look at", source, &error))?.len();
    if size > MAX_FILE_BYTES {
        return Err(Error::TooLarge(format!("the file has {} MB", size / 1_000_000)));
    }
    let bytes = std::fs::read(source).map_err(|error| Error::io("read", source, &error))?;
    match sniff::format(&bytes) {
        Some(sniff::Format::Jpeg) => jpeg::decode(&bytes, wanted),
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
        hdr: None,
        full_width: width,
        full_height: height,
    })
}

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
    fn claims_beyond_the_limit_are_refused() {
        assert!(matches!(check_size(65_500, 65_500), Err(Error::TooLarge(_))));
        assert!(matches!(check_size(0, 5), Err(Error::Damaged(_))));
        assert!(check_size(20_000, 15_000).is_ok());
    }
}
