//! PNG, row by row. Of an animation the picture that stands for all of it.

use super::{broken, check_size, check_streamed_size, open};
use crate::{
    error::{Error, Result},
    image::{
        Decoded,
        shrink::{self, Samples, Shrinker, Wanted},
    },
    limits,
};
use png::{BitDepth, ColorType, DecodingError, Reader, Transformations};
use std::{fs::File, io::BufReader, path::Path};

/// Rows, profiles and texts; not the picture.
const MAX_ALLOCATED_BYTES: usize = 128 * 1024 * 1024;

pub(crate) fn decode(source: &Path, wanted: Wanted) -> Result<Decoded> {
    let mut decoder =
        png::Decoder::new_with_limits(BufReader::new(open(source)?), png::Limits { bytes: MAX_ALLOCATED_BYTES });
    // Palettes become colours, single bits become bytes.
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(unreadable)?;
    let (width, height) = (header.width, header.height);
    match header.interlaced {
        true => check_size(width.into(), height.into())?,
        false => check_streamed_size(width.into(), height.into())?,
    }
    let mut reader = decoder.read_info().map_err(unreadable)?;
    let (color, depth) = reader.output_color_type();
    let samples = match color {
        ColorType::Grayscale | ColorType::Indexed => Samples { channels: 1, has_alpha: false },
        ColorType::GrayscaleAlpha => Samples { channels: 2, has_alpha: true },
        ColorType::Rgb => Samples { channels: 3, has_alpha: false },
        ColorType::Rgba => Samples { channels: 4, has_alpha: true },
    };
    let in_color = if samples.channels < 3 { samples.channels + 2 } else { samples.channels };
    let mut shrinker = Shrinker::new(width, height, samples, wanted.factor(width, height, in_color));
    let is_wide = depth == BitDepth::Sixteen;
    if reader.info().interlaced {
        take_whole(&mut reader, &mut shrinker, is_wide)?;
    } else {
        for _ in 0..height {
            let row = reader.next_row().map_err(unreadable)?;
            let row = row.ok_or_else(|| Error::damaged("rows are missing at the end of the picture"))?;
            take(&mut shrinker, row.data(), is_wide)?;
        }
    }
    let (kept_width, kept_height, kept) = shrinker.finish()?;
    let info = reader.info();
    Ok(Decoded {
        pixels: shrink::in_color(kept_width, kept_height, samples.channels, kept),
        orientation: info.exif_metadata.as_ref().map_or(1, |tiff| metadata::exif::orientation(tiff)),
        icc_profile: info.icc_profile.as_ref().map(|profile| profile.to_vec()),
        hdr: None,
        full_width: width,
        full_height: height,
    })
}

/// The rows of an interlaced picture come in no order.
fn take_whole(reader: &mut Reader<BufReader<File>>, shrinker: &mut Shrinker, is_wide: bool) -> Result<()> {
    let bytes = reader.output_buffer_size().filter(|bytes| *bytes as u64 <= limits::get().pixels * 4);
    let bytes = bytes.ok_or_else(|| Error::TooLarge("an interlaced PNG".to_owned()))?;
    let mut picture = vec![0; bytes];
    let frame = reader.next_frame(&mut picture).map_err(unreadable)?;
    picture.chunks_exact(frame.line_size).try_for_each(|row| take(shrinker, row, is_wide))
}

fn take(shrinker: &mut Shrinker, row: &[u8], is_wide: bool) -> Result<()> {
    if !is_wide {
        return shrinker.take(row);
    }
    let row: Vec<u16> = row.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    shrinker.take_wide(&row)
}

fn unreadable(error: DecodingError) -> Error {
    match error {
        DecodingError::LimitsExceeded => Error::TooLarge("more than a PNG may need".to_owned()),
        DecodingError::IoError(error) => broken(&error),
        other => Error::damaged(other),
    }
}
