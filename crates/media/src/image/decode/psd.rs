//! Photoshop documents: the picture of all layers together, which stands at their end.
//!
//! Channels are stored one after the other, so each is read and shrunk on its own.

use super::{broken, check_streamed_size, open};
use crate::{
    error::{Error, Result},
    image::{
        Decoded, Pixels, color,
        shrink::{self, Kept, Samples, Shrinker, Wanted},
    },
};
use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

const MAX_PROFILE_BYTES: u64 = 16 * 1024 * 1024;
const ICC_PROFILE: u16 = 1039;

type Reader = BufReader<File>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Grey,
    Palette,
    Rgb,
    Ink,
    Lab,
    /// Black or white.
    Bits,
}

impl Mode {
    fn channels(self) -> usize {
        match self {
            Self::Grey | Self::Palette | Self::Bits => 1,
            Self::Rgb | Self::Lab => 3,
            Self::Ink => 4,
        }
    }
}

struct Header {
    /// The form for large documents has wider numbers.
    is_large: bool,
    channels: usize,
    width: u32,
    height: u32,
    /// Bits of a sample: 1, 8 or 16.
    depth: u16,
    mode: Mode,
}

pub(crate) fn decode(source: &Path, wanted: Wanted) -> Result<Decoded> {
    let mut reader = BufReader::new(open(source)?);
    let header = read_header(&mut reader).map_err(|error| broken(&error))??;
    check_streamed_size(header.width.into(), header.height.into())?;
    let palette = section(&mut reader, false, 768).map_err(|error| broken(&error))?;
    let resources = section(&mut reader, false, MAX_PROFILE_BYTES).map_err(|error| broken(&error))?;
    skip_section(&mut reader, header.is_large).map_err(|error| broken(&error))?;
    let mut icc_profile = icc_profile(&resources);
    let (width, height, planes) = read_planes(&mut reader, &header, wanted)?;
    let kept = interleaved(planes);
    let (pixels, profile) = match header.mode {
        Mode::Grey | Mode::Bits => (shrink::in_color(width, height, 1, kept.into_narrow()), None),
        Mode::Palette => {
            // All reds, then all greens, then all blues.
            let color = |index: u8, of: usize| palette.get(of * 256 + usize::from(index)).copied().unwrap_or_default();
            let colors = |index: u8| [color(index, 0), color(index, 1), color(index, 2)];
            let data = kept.into_narrow().into_iter().flat_map(colors).collect();
            (Pixels { width, height, channels: 3, data }, icc_profile)
        }
        Mode::Rgb => {
            let (data, profile) = color::narrowed(kept, 3, icc_profile, wanted.colorspace);
            (Pixels { width, height, channels: 3, data }, profile)
        }
        // Light as it were: no light is full ink.
        Mode::Ink => {
            let data = color::cmyk_to_rgb(kept.into_narrow(), icc_profile.take().as_deref(), true);
            (Pixels { width, height, channels: 3, data }, None)
        }
        Mode::Lab => (Pixels { width, height, channels: 3, data: from_lab(&kept) }, None),
    };
    Ok(Decoded {
        picture: pixels.into(),
        orientation: 1,
        icc_profile: profile,
        hdr: None,
        full_width: header.width,
        full_height: header.height,
    })
}

pub(crate) fn size(source: &Path) -> Option<(u32, u32)> {
    let header = read_header(&mut BufReader::new(open(source).ok()?)).ok()?.ok()?;
    Some((header.width, header.height))
}

fn read_header(reader: &mut Reader) -> std::io::Result<Result<Header>> {
    let mut bytes = [0; 26];
    reader.read_exact(&mut bytes)?;
    let short = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let long = |at: usize| u32::from(short(at)) << 16 | u32::from(short(at + 2));
    let (depth, channels) = (short(22), usize::from(short(12)));
    let mode = match short(24) {
        0 => Mode::Bits,
        // Duotone is stored as grey.
        1 | 8 => Mode::Grey,
        2 => Mode::Palette,
        3 => Mode::Rgb,
        4 => Mode::Ink,
        9 => Mode::Lab,
        other => return Ok(Err(Error::Unsupported(format!("a Photoshop document of colour mode {other}")))),
    };
    let is_known = match mode {
        Mode::Bits => depth == 1,
        Mode::Palette => depth == 8,
        Mode::Grey | Mode::Rgb | Mode::Ink | Mode::Lab => matches!(depth, 8 | 16),
    };
    if !is_known {
        return Ok(Err(Error::Unsupported(format!("a Photoshop document of {depth} bits in a sample"))));
    }
    if channels < mode.channels() {
        return Ok(Err(Error::damaged("the document has too few channels for its colours")));
    }
    let (height, width) = (long(14), long(18));
    Ok(Ok(Header { is_large: short(4) == 2, channels, width, height, depth, mode }))
}

/// The content of the next section, as much of it as is of use; the reader stands behind the section.
fn section(reader: &mut Reader, is_large: bool, max_bytes: u64) -> std::io::Result<Vec<u8>> {
    let length = section_length(reader, is_large)?;
    let mut content = Vec::new();
    reader.take(length.min(max_bytes)).read_to_end(&mut content)?;
    skip(reader, length - content.len() as u64)?;
    Ok(content)
}

fn skip_section(reader: &mut Reader, is_large: bool) -> std::io::Result<()> {
    let length = section_length(reader, is_large)?;
    skip(reader, length)
}

fn section_length(reader: &mut Reader, is_large: bool) -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    let start = if is_large { 0 } else { 4 };
    reader.read_exact(&mut bytes[start..])?;
    Ok(u64::from_be_bytes(bytes))
}

fn skip(reader: &mut Reader, bytes: u64) -> std::io::Result<()> {
    reader.seek(SeekFrom::Current(i64::try_from(bytes).unwrap_or(i64::MAX)))?;
    Ok(())
}

fn icc_profile(resources: &[u8]) -> Option<Vec<u8>> {
    let mut rest = resources;
    while let Some([b'8', b'B', b'I', b'M', high, low]) = rest.first_chunk::<6>() {
        let id = u16::from_be_bytes([*high, *low]);
        // A name with its length before it, both together of even length.
        let name = (usize::from(*rest.get(6)?) + 2) & !1;
        let length = u32::from_be_bytes(rest.get(6 + name..10 + name)?.try_into().ok()?) as usize;
        let content = rest.get(10 + name..)?.get(..length)?;
        if id == ICC_PROFILE {
            return Some(content.to_vec());
        }
        rest = rest.get(10 + name + length + length % 2..)?;
    }
    None
}

/// The colours' channels, shrunk; what comes after them are masks.
fn read_planes(reader: &mut Reader, header: &Header, wanted: Wanted) -> Result<(u32, u32, Vec<Kept>)> {
    let count = header.mode.channels();
    let is_wide = header.depth == 16;
    // The mean of two places in a palette is no colour.
    let factor = if header.mode == Mode::Palette {
        super::check_size(header.width.into(), header.height.into())?;
        1
    } else {
        wanted.factor(header.width, header.height, Samples { channels: count, has_alpha: false, is_wide })
    };
    let mut compression = [0; 2];
    reader.read_exact(&mut compression).map_err(|error| broken(&error))?;
    let row_bytes = (header.width as usize * usize::from(header.depth)).div_ceil(8);
    let lengths = match u16::from_be_bytes(compression) {
        0 => None,
        1 => Some(packed_lengths(reader, header).map_err(|error| broken(&error))?),
        other => return Err(Error::Unsupported(format!("a Photoshop document of compression {other}"))),
    };
    let mut lengths = lengths.map(Vec::into_iter);
    let mut planes = Vec::new();
    let (mut packed, mut row) = (Vec::new(), Vec::new());
    let mut kept = (0, 0);
    for _ in 0..count {
        let grey = Samples { channels: 1, has_alpha: false, is_wide };
        let mut shrinker = Shrinker::new(header.width, header.height, grey, factor);
        for _ in 0..header.height {
            match &mut lengths {
                None => {
                    row.resize(row_bytes, 0);
                    reader.read_exact(&mut row).map_err(|error| broken(&error))?;
                }
                Some(lengths) => {
                    packed.resize(lengths.next().unwrap_or_default() as usize, 0);
                    reader.read_exact(&mut packed).map_err(|error| broken(&error))?;
                    unpack(&packed, row_bytes, &mut row)?;
                }
            }
            take(&mut shrinker, &row, header)?;
        }
        let (width, height, plane) = shrinker.finish()?;
        kept = (width, height);
        planes.push(plane);
    }
    Ok((kept.0, kept.1, planes))
}

fn take(shrinker: &mut Shrinker, row: &[u8], header: &Header) -> Result<()> {
    match header.depth {
        1 => {
            // What is set is black.
            let bits =
                row.iter().flat_map(|byte| (0..8).rev().map(move |at| if byte >> at & 1 == 1 { 0 } else { 255 }));
            shrinker.take(&bits.take(header.width as usize).collect::<Vec<u8>>())
        }
        8 => shrinker.take(row),
        _ => {
            let row: Vec<u16> = row.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            shrinker.take_wide(&row)
        }
    }
}

/// How long each row of each channel is.
fn packed_lengths(reader: &mut Reader, header: &Header) -> std::io::Result<Vec<u32>> {
    let rows = header.channels as u64 * u64::from(header.height);
    let width = if header.is_large { 4 } else { 2 };
    let mut bytes = Vec::new();
    reader.take(rows * width).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != rows * width {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    // A row cannot be longer packed than twice itself and a little.
    let most = header.width.saturating_mul(4).saturating_add(64);
    let length = |bytes: &[u8]| bytes.iter().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte)).min(most);
    Ok(bytes.chunks_exact(width as usize).map(length).collect())
}

/// Runs and stretches, each with its length before it.
fn unpack(mut packed: &[u8], row_bytes: usize, row: &mut Vec<u8>) -> Result<()> {
    row.clear();
    while let Some((&length, rest)) = packed.split_first() {
        packed = rest;
        match length {
            0..=127 => {
                let stretch = packed.split_at_checked(usize::from(length) + 1);
                let (stretch, rest) = stretch.ok_or_else(|| Error::damaged("a row ends too early"))?;
                row.extend_from_slice(stretch);
                packed = rest;
            }
            128 => {}
            129..=255 => {
                let (&value, rest) = packed.split_first().ok_or_else(|| Error::damaged("a row ends too early"))?;
                row.resize(row.len() + 257 - usize::from(length), value);
                packed = rest;
            }
        }
    }
    if row.len() < row_bytes {
        return Err(Error::damaged("a row is too short"));
    }
    row.truncate(row_bytes);
    Ok(())
}

fn interleaved(mut planes: Vec<Kept>) -> Kept {
    fn mixed<T: Copy>(planes: &[&Vec<T>]) -> Vec<T> {
        let count = planes.first().map_or(0, |plane| plane.len());
        (0..count).flat_map(|at| planes.iter().map(move |plane| plane[at])).collect()
    }
    if planes.len() == 1 {
        return planes.remove(0);
    }
    let wide: Option<Vec<&Vec<u16>>> =
        planes.iter().map(|plane| if let Kept::Wide(plane) = plane { Some(plane) } else { None }).collect();
    match wide {
        Some(wide) => Kept::Wide(mixed(&wide)),
        None => {
            let narrow: Vec<Vec<u8>> = planes.into_iter().map(Kept::into_narrow).collect();
            Kept::Narrow(mixed(&narrow.iter().collect::<Vec<_>>()))
        }
    }
}

fn from_lab(kept: &Kept) -> Vec<u8> {
    match kept {
        Kept::Narrow(samples) => {
            let (colors, _) = samples.as_chunks::<3>();
            colors.iter().flat_map(|color| color::lab_to_rgb(color.map(f32::from))).collect()
        }
        Kept::Wide(samples) => {
            let (colors, _) = samples.as_chunks::<3>();
            colors.iter().flat_map(|color| color::lab_to_rgb(color.map(|value| f32::from(value) / 257.0))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_stretches_become_rows() {
        let mut row = Vec::new();
        unpack(&[2, 1, 2, 3, 254, 9, 128], 6, &mut row).unwrap();
        assert_eq!(row, [1, 2, 3, 9, 9, 9]);
        assert!(unpack(&[5, 1], 6, &mut row).is_err());
        assert!(unpack(&[254, 9], 6, &mut row).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = unpack(&bytes, 20, &mut Vec::new());
            let _ = icc_profile(&[b"8BIM\x04\x0f\0\0".as_slice(), &bytes].concat());
        }
    }
}
