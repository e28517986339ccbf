//! What a file says of itself, and what its picture or film turns out to be: `metadata` reads the one, the codecs the other.

mod video;

use crate::{
    error::{Error, Result},
    image::{color, decode},
};
use image::ImageDecoder;
use metadata::{Found, Metadata, heif};
use std::{io::Read, path::Path};

/// Of a still, metadata stands in front or, rarely, at the end of a file of this size.
const MAX_STILL_BYTES: u64 = 256 * 1024 * 1024;
const MAX_SIDECAR_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a picture and, if there is one, its sidecar.
pub fn image(path: &Path, sidecar: Option<&Path>) -> Result<Metadata> {
    let bytes = read_up_to(path, MAX_STILL_BYTES)?;
    let mut found = Found::in_still(&bytes);
    shape(path, &bytes, &mut found.metadata);
    with_sidecar(found, sidecar)
}

/// The same of a film.
pub fn video(path: &Path, sidecar: Option<&Path>) -> Result<Metadata> {
    with_sidecar(video::read(path)?, sidecar)
}

fn with_sidecar(mut found: Found, sidecar: Option<&Path>) -> Result<Metadata> {
    if let Some(sidecar) = sidecar {
        found.add_sidecar(&read_up_to(sidecar, MAX_SIDECAR_BYTES)?);
    }
    Ok(found.finish())
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
