//! From a file to pixels, one module for each format. Each refuses what would not fit before it allocates.

pub(crate) mod heif;
pub(crate) mod jpeg;
mod jpeg2000;
mod jpeg_xl;
mod plain;
mod png;
mod psd;
mod raw;
mod svg;
mod tiff;

use super::{
    Decoded,
    shrink::Wanted,
    sniff::{self, Format},
};
use crate::{
    error::{Error, Result},
    limits,
};
use std::{fs::File, io::Read, path::Path};

pub(crate) fn decode(source: &Path, wanted: Wanted, extract_embedded: bool) -> Result<Decoded> {
    match sniff(source)? {
        Some(Format::Jpeg) => jpeg::decode(&read(source)?, wanted),
        Some(Format::Heif) => heif::decode(&read(source)?, wanted),
        Some(Format::Png) => png::decode(source, wanted),
        Some(Format::Tiff) => tiff::decode(source, wanted),
        Some(Format::JpegXl) => jpeg_xl::decode(&read(source)?),
        Some(Format::Jpeg2000) => jpeg2000::decode(&read(source)?),
        Some(Format::Psd) => psd::decode(source, wanted),
        Some(Format::Svg) => svg::decode(&read(source)?, wanted),
        Some(Format::Raw) => raw::decode(source, wanted, extract_embedded),
        Some(Format::Other(format)) => plain::decode(source, format),
        None => Err(Error::Unsupported("the content is of no known picture format".to_owned())),
    }
}

/// Width and height as stored, of formats that only the decoders here understand.
pub(crate) fn size(source: &Path) -> Option<(u32, u32)> {
    match sniff(source).ok()?? {
        Format::JpegXl => jpeg_xl::size(source),
        Format::Jpeg2000 => jpeg2000::size(&read(source).ok()?),
        Format::Psd => psd::size(source),
        Format::Svg => svg::size(&read(source).ok()?),
        Format::Raw => raw::size(source),
        _ => None,
    }
}

fn sniff(source: &Path) -> Result<Option<Format>> {
    let mut head = Vec::new();
    open(source)?.take(sniff::HEAD_BYTES).read_to_end(&mut head).map_err(|error| Error::io("read", source, &error))?;
    Ok(sniff::format(&head, source))
}

fn open(source: &Path) -> Result<File> {
    File::open(source).map_err(|error| Error::io("open", source, &error))
}

fn read(source: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(source).map_err(|error| Error::io("look at", source, &error))?.len();
    if size > limits::get().picture_bytes {
        return Err(Error::TooLarge(format!("the file has {} MB", size / 1_000_000)));
    }
    std::fs::read(source).map_err(|error| Error::io("read", source, &error))
}

/// A disk that fails is no damaged file, and is asked again.
fn broken(error: &std::io::Error) -> Error {
    match error.raw_os_error() {
        // Asked to go where no file can reach, by what the file says of itself.
        Some(_) if error.kind() == std::io::ErrorKind::InvalidInput => Error::damaged(error),
        Some(_) => Error::Io(format!("read the picture: {error}")),
        None => Error::damaged(error),
    }
}

pub(crate) fn check_size(width: u64, height: u64) -> Result<()> {
    check_size_up_to(limits::get().pixels, width, height)
}

fn check_streamed_size(width: u64, height: u64) -> Result<()> {
    check_size_up_to(limits::get().streamed_pixels, width, height)
}

fn check_size_up_to(max_pixels: u64, width: u64, height: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::Damaged("the picture has no pixels".to_owned()));
    }
    if width.saturating_mul(height) > max_pixels {
        return Err(Error::TooLarge(format!("{width} × {height} pixels")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_beyond_the_limit_are_refused() {
        assert!(matches!(check_size(65_500, 65_500), Err(Error::TooLarge(_))));
        assert!(matches!(check_streamed_size(65_500, 65_500), Err(Error::TooLarge(_))));
        assert!(matches!(check_size(0, 5), Err(Error::Damaged(_))));
        assert!(check_size(20_000, 15_000).is_ok());
        assert!(check_streamed_size(30_000, 20_000).is_ok());
    }
}
