//! From a file to pixels. Decoders in Rust only: the files come from strangers.

use super::Picture;
use crate::error::{Error, Result};
use bytes::Bytes;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use std::io::Cursor;

/// No more memory than this for each pixel: 16-bit colours with transparency, twice.
const BYTES_PER_PIXEL: u64 = 16;
/// What decoders need besides, however small the picture is.
const SMALL_CHANGE: u64 = 1 << 20;
const LONGEST_SIDE: u32 = 65_535;

/// A file whose picture is within the limits, to be decoded when there is room.
pub struct Undecoded {
    file: Bytes,
    pub pixels: u64,
}

impl Undecoded {
    /// Reads no more than the header, and allocates nothing for the picture.
    pub fn open(file: Bytes, most_pixels: u64) -> Result<Self> {
        if file.is_empty() {
            return Err(Error::BadRequest("the image is empty".to_owned()));
        }
        let (width, height) = decoder(&file)?.dimensions();
        if width == 0 || height == 0 {
            return Err(Error::BadRequest(format!("the image has {width} × {height} pixels")));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > most_pixels || width.max(height) > LONGEST_SIDE {
            let most = most_pixels / 1_000_000;
            return Err(Error::TooLarge(format!("the image has {width} × {height} pixels, of at most {most} million")));
        }
        Ok(Self { file, pixels })
    }

    /// The picture as it is stored: servers send upright ones, so an orientation that a file mentions is not applied.
    pub fn decode(&self) -> Result<Picture> {
        if breaks_off(&self.file) {
            return Err(Error::BadRequest("the image breaks off before its end".to_owned()));
        }
        let mut decoder = decoder(&self.file)?;
        let mut memory = Limits::default();
        memory.max_alloc = Some(self.pixels.saturating_mul(BYTES_PER_PIXEL).saturating_add(SMALL_CHANGE));
        decoder.set_limits(memory).map_err(unreadable)?;
        let image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
        Ok(image.into_rgb8())
    }
}

/// Whether a JPEG has no end. Its decoder paints grey what is missing, and an embedding of that would be kept for good.
fn breaks_off(file: &[u8]) -> bool {
    const START: [u8; 2] = [0xFF, 0xD8];
    const PIXELS: u8 = 0xDA;
    const END: [u8; 2] = [0xFF, 0xD9];
    let Some(mut rest) = file.strip_prefix(&START) else { return false };
    // Over the segments before the pixels: a thumbnail in one of them has an end of its own.
    while let [0xFF, marker, after @ ..] = rest {
        match (*marker, after) {
            (0xFF, _) => rest = &rest[1..],
            (PIXELS, _) => break,
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = after.get(length..).unwrap_or_default();
            }
            _ => return true,
        }
    }
    // From behind, where it is; what telephones append may follow.
    !rest.windows(END.len()).rev().any(|bytes| bytes == END)
}

fn decoder(file: &[u8]) -> Result<impl ImageDecoder + '_> {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|error| unreadable(error.into()))?;
    reader.into_decoder().map_err(unreadable)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
fn unreadable(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => Error::TooLarge(format!("the image is too large: {error}")),
        _ => Error::BadRequest(format!("the image cannot be decoded: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ImageFormat;

    fn decode(file: &[u8]) -> Result<Picture> {
        Undecoded::open(Bytes::copy_from_slice(file), 100 * 100)?.decode()
    }

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        Picture::from_pixel(width, height, image::Rgb([200, 100, 50])).write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn the_usual_formats_are_read() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp] {
            let picture = decode(&file(30, 20, format)).unwrap();
            assert_eq!(picture.dimensions(), (30, 20), "{format:?}");
            let distance = picture.get_pixel(15, 10).0.iter().zip([200_u8, 100, 50]).map(|(a, b)| a.abs_diff(b)).max();
            assert!(distance.unwrap() < 5, "{format:?}");
        }
    }

    #[test]
    fn jpegs_that_break_off_anywhere_are_refused() {
        let mut whole = file(90, 90, ImageFormat::Jpeg);
        for length in 0..whole.len() {
            let error = decode(&whole[..length]).unwrap_err();
            assert_eq!(error.status().as_u16(), 400, "{length} bytes: {error:?}");
        }
        // A thumbnail has an end of its own.
        let thumbnail = file(8, 8, ImageFormat::Jpeg);
        let length = u16::try_from(thumbnail.len() + 2).unwrap().to_be_bytes();
        let with_thumbnail = [&whole[..2], &[0xFF, 0xE1], &length, &thumbnail, &whole[2..]].concat();
        assert!(decode(&with_thumbnail).is_ok());
        assert!(decode(&with_thumbnail[..with_thumbnail.len() - 9]).is_err());
        whole.extend_from_slice(b"a film, perhaps");
        assert!(decode(&whole).is_ok());
    }

    #[test]
    fn bombs_and_garbage_are_refused() {
        let status = |file: &[u8]| decode(file).unwrap_err().status().as_u16();
        assert_eq!(status(&file(101, 100, ImageFormat::Png)), 413);
        assert_eq!(status(b""), 400);
        assert_eq!(status(b"no image at all"), 400);
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let whole = file(90, 90, format);
            assert_eq!(status(&whole[..whole.len() / 2]), 400, "{format:?}");
        }
    }
}
