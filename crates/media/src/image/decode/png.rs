//! PNG, row by row. Of an animation the picture that stands for all of it.

use super::{broken, check_size, check_streamed_size, open};
use crate::{
    error::{Error, Result},
    image::{
        Decoded, color,
        hdr::Hdr,
        shrink::{self, Samples, Shrinker, Wanted},
    },
    limits,
};
use png::{BitDepth, ColorType, DecodingError, Info, Reader, ScaledFloat, Transformations};
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
    let is_wide = depth == BitDepth::Sixteen;
    let samples = match color {
        ColorType::Grayscale | ColorType::Indexed => Samples { channels: 1, has_alpha: false, is_wide },
        ColorType::GrayscaleAlpha => Samples { channels: 2, has_alpha: true, is_wide },
        ColorType::Rgb => Samples { channels: 3, has_alpha: false, is_wide },
        ColorType::Rgba => Samples { channels: 4, has_alpha: true, is_wide },
    };
    let mut shrinker = Shrinker::new(width, height, samples, wanted.factor(width, height, samples));
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
    let (icc_profile, hdr) = colors(info);
    let (data, icc_profile) = color::narrowed(kept, samples.channels, icc_profile, wanted.colorspace);
    Ok(Decoded {
        picture: shrink::in_color(kept_width, kept_height, samples.channels, data).into(),
        orientation: info.exif_metadata.as_ref().map_or(1, |tiff| metadata::exif::orientation(tiff)),
        icc_profile,
        hdr,
        full_width: width,
        full_height: height,
    })
}

/// What its chunks say of colours, in the order in which the format trusts them.
fn colors(info: &Info<'_>) -> (Option<Vec<u8>>, Option<Hdr>) {
    if let Some(named) = info.coding_independent_code_points {
        return color::named(named.color_primaries, named.transfer_function);
    }
    if let Some(profile) = &info.icc_profile {
        return (Some(profile.to_vec()), None);
    }
    let gamma = info.gama_chunk.filter(|_| info.srgb.is_none()).map(ScaledFloat::into_value);
    let point = |(x, y): (ScaledFloat, ScaledFloat)| (x.into_value(), y.into_value());
    let chromaticities = info.chrm_chunk.map(|points| [points.white, points.red, points.green, points.blue].map(point));
    (gamma.and_then(|gamma| color::profile_of_gamma(1.0 / gamma, chromaticities)), None)
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
