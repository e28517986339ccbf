//! Formats that the `image` crate reads in one go: GIF, WebP and BMP, and the rarer kinds of TIFF.

use super::{broken, check_size, open};
use crate::{
    error::{Error, Result},
    image::{Decoded, Pixels},
    limits,
};
use image::{ColorType, DynamicImage, ImageDecoder, ImageReader, Limits};
use std::{io::BufReader, path::Path};

/// Of what moves, the first frame.
pub(crate) fn decode(source: &Path, format: image::ImageFormat) -> Result<Decoded> {
    let mut reader = ImageReader::with_format(BufReader::new(open(source)?), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(limits::get().pixels * 4);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    check_size(width.into(), height.into())?;
    let icc_profile = decoder.icc_profile().ok().flatten();
    let exif = decoder.exif_metadata().ok().flatten();
    let has_alpha = decoder.color_type().has_alpha();
    let is_rgb8 = decoder.color_type() == ColorType::Rgb8;
    let picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    let (channels, data) = match picture {
        DynamicImage::ImageRgb8(rgb) if is_rgb8 => (3, rgb.into_raw()),
        picture if has_alpha => (4, picture.into_rgba8().into_raw()),
        picture => (3, picture.into_rgb8().into_raw()),
    };
    Ok(Decoded {
        picture: Pixels { width, height, channels, data }.into(),
        orientation: exif
            .map_or(1, |exif| metadata::exif::orientation(exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif))),
        icc_profile,
        hdr: None,
        full_width: width,
        full_height: height,
    })
}

fn unreadable(error: image::ImageError) -> Error {
    match error {
        image::ImageError::Limits(limit) => Error::TooLarge(limit.to_string()),
        image::ImageError::IoError(error) => broken(&error),
        image::ImageError::Unsupported(what) => Error::Unsupported(what.to_string()),
        other => Error::damaged(other),
    }
}
