//! JPEG by libjpeg-turbo, scaled while decoding where nobody sees it.

use super::{check_size, check_streamed_size};
use crate::{
    error::{Error, Result},
    image::{
        Decoded, Picture, Pixels, color,
        planes::{self, Planes},
        resize,
        shrink::Wanted,
    },
};
use metadata::jpeg::segments;
use turbojpeg::{Colorspace, Decompressor, PixelFormat, ScalingFactor, Subsamp, YuvImage};

/// A progressive bomb has thousands of scans over the same picture.
const MAX_SCANS: u32 = 500;

pub(crate) fn decode(bytes: &[u8], wanted: Wanted) -> Result<Decoded> {
    let mut decompressor = Decompressor::new().map_err(Error::damaged)?;
    decompressor.set_scan_limit(MAX_SCANS).map_err(Error::damaged)?;
    let header = decompressor.read_header(bytes).map_err(Error::damaged)?;
    let (full_width, full_height) = (header.width as u64, header.height as u64);
    // Of a progressive picture the decoder holds every coefficient; lossless ones are not scaled.
    match header.is_lossless || is_progressive(bytes) {
        true => check_size(full_width, full_height)?,
        false => check_streamed_size(full_width, full_height)?,
    }
    let factor = if header.is_lossless { ScalingFactor::ONE } else { scaling(header.width, header.height, wanted) };
    decompressor.set_scaling_factor(factor).map_err(Error::damaged)?;
    let (width, height) = (factor.scale(header.width), factor.scale(header.height));
    let shown = resize::to_shorter_side((width as u32, height as u32), wanted.side);
    let is_larger = !wanted.fullsize && shown != (width as u32, height as u32);
    let mut icc_profile = icc_profile(bytes);
    let picture = match header.colorspace {
        Colorspace::YCbCr | Colorspace::Gray if is_larger && header.subsamp != Subsamp::Unknown => {
            in_planes(&mut decompressor, bytes, (width, height, header.subsamp), shown)?
        }
        Colorspace::CMYK | Colorspace::YCCK => {
            let ink = pixels(&mut decompressor, bytes, (width, height), PixelFormat::CMYK)?;
            let data = color::cmyk_to_rgb(ink, icc_profile.take().as_deref(), is_written_by_adobe(bytes));
            Pixels { width: width as u32, height: height as u32, channels: 3, data }.into()
        }
        _ => {
            let data = pixels(&mut decompressor, bytes, (width, height), PixelFormat::RGB)?;
            Pixels { width: width as u32, height: height as u32, channels: 3, data }.into()
        }
    };
    Ok(Decoded {
        picture,
        orientation: metadata::exif::orientation(bytes),
        icc_profile,
        hdr: None,
        full_width: header.width as u32,
        full_height: header.height as u32,
    })
}

/// As they are stored, and shrunk at once: most photos have less colour than brightness.
fn in_planes(
    decompressor: &mut Decompressor,
    bytes: &[u8],
    (width, height, subsamp): (usize, usize, Subsamp),
    shown: (u32, u32),
) -> Result<Picture> {
    let length = turbojpeg::yuv_pixels_len(width, 1, height, subsamp).map_err(Error::damaged)?;
    let mut stored = YuvImage { pixels: vec![0; length], width, align: 1, height, subsamp };
    unless_harmless(decompressor.decompress_to_yuv(bytes, stored.as_deref_mut()))?;
    let size = (width as u32, height as u32);
    Ok(Picture::Planes(Planes::shrunk(&planes::stored(&stored.as_deref()), size, shown)?))
}

fn pixels(
    decompressor: &mut Decompressor,
    bytes: &[u8],
    (width, height): (usize, usize),
    format: PixelFormat,
) -> Result<Vec<u8>> {
    let pitch = width * format.size();
    let mut data = vec![0; pitch * height];
    let output = turbojpeg::Image { pixels: data.as_mut_slice(), width, pitch, height, format };
    unless_harmless(decompressor.decompress(bytes, output))?;
    Ok(data)
}

fn unless_harmless(done: turbojpeg::Result<()>) -> Result<()> {
    match done {
        Err(error) if error.to_string().contains("Insufficient memory") => Err(Error::OutOfMemory),
        Err(error) if !is_harmless(&error) => Err(Error::damaged(error)),
        _ => Ok(()),
    }
}

/// Many cameras write a little nonsense that the decoder mentions and gets over: the pixels are all there.
fn is_harmless(error: &turbojpeg::Error) -> bool {
    const COMPLAINTS: [&str; 4] = [
        "Corrupt JPEG data: ",
        "Inconsistent progression sequence",
        "Unknown Adobe color transform",
        "Invalid SOS param",
    ];
    let turbojpeg::Error::TurboJpegError(text) = error else { return false };
    // This one means that data is missing in the middle.
    !text.contains("premature end") && COMPLAINTS.iter().any(|complaint| text.starts_with(complaint))
}

/// Half, a quarter or an eighth while the result is still far larger than what is wanted, or than what fits.
fn scaling(width: usize, height: usize, wanted: Wanted) -> ScalingFactor {
    const FACTORS: [(u32, ScalingFactor); 4] = [
        (1, ScalingFactor::ONE),
        (2, ScalingFactor::ONE_HALF),
        (4, ScalingFactor::ONE_QUARTER),
        (8, ScalingFactor::ONE_EIGHTH),
    ];
    let (width, height) = (width as u32, height as u32);
    let unseen = wanted.unseen(width, height);
    let smallest_unseen = FACTORS.iter().rposition(|(factor, _)| *factor <= unseen).unwrap_or(0);
    let chosen = FACTORS[smallest_unseen..].iter().find(|(factor, _)| wanted.fits(width, height, 3, *factor));
    chosen.map_or(ScalingFactor::ONE_EIGHTH, |(_, factor)| *factor)
}

/// Whether the picture comes in several passes, by its frame header.
fn is_progressive(bytes: &[u8]) -> bool {
    segments(bytes).any(|(marker, _)| matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce))
}

/// The colour profile, put together from its segments.
pub(crate) fn icc_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<(u8, &[u8])> = segments(bytes)
        .filter(|(marker, _)| *marker == 0xe2)
        .filter_map(|(_, content)| match content.strip_prefix(b"ICC_PROFILE\0")? {
            [number, _, part @ ..] => Some((*number, part)),
            _ => None,
        })
        .collect();
    parts.sort_by_key(|(number, _)| *number);
    let profile = parts.into_iter().flat_map(|(_, part)| part).copied().collect::<Vec<u8>>();
    (!profile.is_empty()).then_some(profile)
}

/// Adobe's programs store ink inverted, and leave their mark.
fn is_written_by_adobe(bytes: &[u8]) -> bool {
    segments(bytes).any(|(marker, content)| marker == 0xee && content.starts_with(b"Adobe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_decoding_waits_until_nobody_sees_it() {
        let wanted = Wanted { side: 1440, fullsize: false, colorspace: config::system::choices::Colorspace::P3 };
        let scaling_of = |shorter| scaling(shorter * 4 / 3, shorter, wanted);
        assert_eq!(scaling_of(3000), ScalingFactor::ONE);
        assert_eq!(scaling_of(5760), ScalingFactor::ONE_HALF);
        assert_eq!(scaling_of(11520), ScalingFactor::ONE_QUARTER);
        assert_eq!(scaling_of(17280), ScalingFactor::ONE_QUARTER);
        assert_eq!(scaling_of(23040), ScalingFactor::ONE_EIGHTH);
    }

    #[test]
    fn full_size_is_given_as_long_as_it_fits() {
        let wanted = Wanted { side: 1440, fullsize: true, colorspace: config::system::choices::Colorspace::P3 };
        assert_eq!(scaling(11_000, 9000, wanted), ScalingFactor::ONE);
        assert_eq!(scaling(30_000, 15_000, wanted), ScalingFactor::ONE_HALF);
        let strip = scaling(60_000, 2500, Wanted { fullsize: false, ..wanted });
        assert_eq!(strip, ScalingFactor::ONE_HALF, "memory goes before quality");
    }

    #[test]
    fn complaints_are_told_from_damage() {
        let said = |text: &str| is_harmless(&turbojpeg::Error::TurboJpegError(text.to_owned()));
        assert!(said("Corrupt JPEG data: 2 extraneous bytes before marker 0xd9"));
        assert!(!said("Corrupt JPEG data: premature end of data segment"));
        assert!(!said("Premature end of JPEG file"));
        assert!(!said("Unsupported marker type 0x05"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let jpeg = [b"\xff\xd8".as_slice(), &bytes].concat();
            let _ = icc_profile(&jpeg);
        }
    }
}
