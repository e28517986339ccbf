//! JPEG XL, in its container or as a bare stream. Its decoder turns the picture upright.

use super::{check_size_up_to, open};
use crate::{
    error::{Error, Result},
    image::{
        Decoded,
        color::{self, Primaries},
        hdr::{Curve, Hdr},
        shrink,
    },
};
use jxl_oxide::{AllocTracker, HdrType, JxlImage, PixelFormat};
use std::{io::BufReader, path::Path};

/// Each sample takes several bytes, more than once, while it is decoded.
const MAX_PIXELS: u64 = 100_000_000;
const MAX_ALLOCATED_BYTES: usize = 2 * 1024 * 1024 * 1024;

pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded> {
    let tracker = AllocTracker::with_limit(MAX_ALLOCATED_BYTES);
    let image = JxlImage::builder().alloc_tracker(tracker).read(bytes).map_err(unreadable)?;
    let (width, height) = (image.width(), image.height());
    check_size_up_to(MAX_PIXELS, width.into(), height.into())?;
    let format = image.pixel_format();
    let channels = format.channels();
    let frame = image.render_frame(0).map_err(unreadable)?;
    let mut stream = frame.stream();
    if (stream.width(), stream.height(), stream.channels() as usize) != (width, height, channels) {
        return Err(Error::damaged("the picture has another size than it says"));
    }
    let mut data = vec![0u8; width as usize * height as usize * channels];
    stream.write_to_buffer(&mut data);
    let (mut icc_profile, hdr) = colors(&image);
    let pixels = match format {
        PixelFormat::Cmyk => {
            // As JPEG XL has it, no light is full ink.
            let rgb = color::cmyk_to_rgb(data, icc_profile.take().as_deref(), true);
            shrink::in_color(width, height, 3, rgb)
        }
        PixelFormat::Cmyka => return Err(Error::Unsupported("a JPEG XL of inks that can be seen through".to_owned())),
        _ => shrink::in_color(width, height, channels, data),
    };
    Ok(Decoded { picture: pixels.into(), orientation: 1, icc_profile, hdr, full_width: width, full_height: height })
}

/// From the numbers by which video formats name spaces, or from a profile.
fn colors(image: &JxlImage) -> (Option<Vec<u8>>, Option<Hdr>) {
    let curve = match image.hdr_type() {
        Some(HdrType::Pq) => Some(Curve::Pq),
        Some(HdrType::Hlg) => Some(Curve::Hlg),
        None => None,
    };
    let Some(curve) = curve else { return (Some(image.rendered_icc()), None) };
    const BT2020: u8 = 9;
    const DCI_P3: u8 = 11;
    const DISPLAY_P3: u8 = 12;
    let primaries = match image.rendered_cicp() {
        Some([BT2020, ..]) => Primaries::Bt2020,
        Some([DCI_P3 | DISPLAY_P3, ..]) => Primaries::P3,
        _ => Primaries::Srgb,
    };
    (None, Some(Hdr { curve, primaries }))
}

/// Once upright.
pub(crate) fn size(source: &Path) -> Option<(u32, u32)> {
    let image = JxlImage::builder().read(BufReader::new(open(source).ok()?)).ok()?;
    Some((image.width(), image.height()))
}

fn unreadable(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::damaged(error)
}
