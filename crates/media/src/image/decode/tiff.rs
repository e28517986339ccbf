//! TIFF, strip by strip or tile by tile.

use super::{broken, check_streamed_size, open, plain};
use crate::{
    error::{Error, Result},
    image::{
        Decoded, Pixels, color,
        shrink::{self, Samples, Shrinker, Wanted},
    },
};
use std::{fs::File, io::BufReader, path::Path};
use tiff::{
    ColorType, TiffError,
    decoder::{ChunkType, DecodingResult, Limits},
    tags::{PlanarConfiguration, Tag},
};

type Decoder = tiff::decoder::Decoder<BufReader<File>>;

/// Of one strip or of a row of tiles.
const MAX_CHUNK_BYTES: usize = 1024 * 1024 * 1024;
const MAX_PROFILE_BYTES: usize = 16 * 1024 * 1024;

pub(crate) fn decode(source: &Path, wanted: Wanted) -> Result<Decoded> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_CHUNK_BYTES;
    limits.intermediate_buffer_size = MAX_CHUNK_BYTES;
    limits.ifd_value_size = MAX_PROFILE_BYTES;
    let decoder = Decoder::new(BufReader::new(open(source)?)).map_err(unreadable)?;
    let mut decoder = decoder.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(unreadable)?;
    check_streamed_size(width.into(), height.into())?;
    let orientation = tag(&mut decoder, Tag::Orientation).filter(|turned| (1..=8).contains(turned)).unwrap_or(1);
    let planar = tag(&mut decoder, Tag::PlanarConfiguration).unwrap_or(PlanarConfiguration::Chunky.to_u16());
    let color = decoder.colortype().map_err(unreadable)?;
    let known = match color {
        _ if planar != PlanarConfiguration::Chunky.to_u16() => None,
        ColorType::Gray(8 | 16) => Some((1, false)),
        ColorType::GrayA(8 | 16) => Some((2, true)),
        ColorType::RGB(8 | 16) => Some((3, false)),
        ColorType::RGBA(8 | 16) => Some((4, true)),
        ColorType::CMYK(8 | 16) => Some((4, false)),
        _ => None,
    };
    let Some((channels, has_alpha)) = known else {
        return Ok(Decoded { orientation: orientation as u8, ..plain::decode(source, image::ImageFormat::Tiff)? });
    };
    let samples = Samples { channels, has_alpha, is_wide: color.bit_depth() == 16 };
    let mut icc_profile = decoder.get_tag_u8_vec(Tag::IccProfile).ok();
    let mut shrinker = Shrinker::new(width, height, samples, wanted.factor(width, height, samples));
    match decoder.get_chunk_type() {
        ChunkType::Strip => take_strips(&mut decoder, &mut shrinker, width as usize * samples.channels)?,
        ChunkType::Tile => take_tiles(&mut decoder, &mut shrinker, width, samples.channels)?,
    }
    let (kept_width, kept_height, kept) = shrinker.finish()?;
    let pixels = if channels == 4 && !has_alpha {
        let data = color::cmyk_to_rgb(kept.into_narrow(), icc_profile.take().as_deref(), false);
        Pixels { width: kept_width, height: kept_height, channels: 3, data }
    } else {
        let (data, profile) = color::narrowed(kept, channels, icc_profile, wanted.colorspace);
        icc_profile = profile;
        shrink::in_color(kept_width, kept_height, channels, data)
    };
    Ok(Decoded {
        picture: pixels.into(),
        orientation: orientation as u8,
        icc_profile,
        hdr: None,
        full_width: width,
        full_height: height,
    })
}

fn tag(decoder: &mut Decoder, tag: Tag) -> Option<u16> {
    decoder.find_tag_unsigned(tag).ok().flatten()
}

fn take_strips(decoder: &mut Decoder, shrinker: &mut Shrinker, row: usize) -> Result<()> {
    for strip in 0..decoder.strip_count().map_err(unreadable)? {
        match decoder.read_chunk(strip).map_err(unreadable)? {
            DecodingResult::U8(rows) => rows.chunks(row).try_for_each(|row| shrinker.take(row))?,
            DecodingResult::U16(rows) => rows.chunks(row).try_for_each(|row| shrinker.take_wide(row))?,
            _ => return Err(odd_samples()),
        }
    }
    Ok(())
}

/// The rows of all tiles beside each other are put together.
fn take_tiles(decoder: &mut Decoder, shrinker: &mut Shrinker, width: u32, channels: usize) -> Result<()> {
    let (tile_width, tile_height) = decoder.chunk_dimensions();
    let row = width as usize * channels;
    // Tiles may be as high as the picture.
    if row.saturating_mul(tile_height as usize).saturating_mul(2) > MAX_CHUNK_BYTES {
        return Err(Error::TooLarge(format!("tiles of {tile_width} × {tile_height} pixels")));
    }
    let across = width.div_ceil(tile_width.max(1));
    let down = decoder.tile_count().map_err(unreadable)? / across.max(1);
    for line in 0..down {
        let (_, rows) = decoder.chunk_data_dimensions(line * across);
        let mut narrow = Vec::new();
        let mut wide = Vec::new();
        for column in 0..across {
            let tile = line * across + column;
            let (data_width, data_rows) = decoder.chunk_data_dimensions(tile);
            let at = (column * tile_width) as usize * channels;
            let part = (at, data_width as usize * channels, data_rows.min(rows) as usize);
            match decoder.read_chunk(tile).map_err(unreadable)? {
                DecodingResult::U8(pixels) => place(&mut narrow, &pixels, part, (row, rows as usize)),
                DecodingResult::U16(pixels) => place(&mut wide, &pixels, part, (row, rows as usize)),
                _ => return Err(odd_samples()),
            }
        }
        narrow.chunks(row).try_for_each(|row| shrinker.take(row))?;
        wide.chunks(row).try_for_each(|row| shrinker.take_wide(row))?;
    }
    Ok(())
}

/// Copies a tile into its columns of the rows, which are made by the first of them.
fn place<T: Copy + Default>(
    rows: &mut Vec<T>,
    tile: &[T],
    (at, length, count): (usize, usize, usize),
    (row, row_count): (usize, usize),
) {
    rows.resize(row * row_count, T::default());
    for (to, from) in rows.chunks_exact_mut(row).zip(tile.chunks_exact(length.max(1))).take(count) {
        if let Some(to) = to.get_mut(at..at + length) {
            to.copy_from_slice(from);
        }
    }
}

fn odd_samples() -> Error {
    Error::Unsupported("a TIFF of unusual samples".to_owned())
}

fn unreadable(error: TiffError) -> Error {
    match error {
        TiffError::LimitsExceeded => Error::TooLarge("more than a TIFF may need".to_owned()),
        TiffError::UnsupportedError(what) => Error::Unsupported(what.to_string()),
        TiffError::IoError(error) => broken(&error),
        other => Error::damaged(other),
    }
}
