//! JPEG 2000, in its container or as a bare stream.

use super::{check_size, check_size_up_to};
use crate::{
    error::{Error, Result},
    image::{Decoded, Pixels, color, shrink},
};
use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};

/// Each sample takes several bytes while it is decoded.
const MAX_SAMPLES: u64 = 300_000_000;

pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded> {
    let image = Image::new(bytes, &DecodeSettings::default()).map_err(Error::damaged)?;
    let (width, height) = (image.width(), image.height());
    check_size(width.into(), height.into())?;
    let has_alpha = image.has_alpha();
    let channels = usize::from(image.color_space().num_channels()) + usize::from(has_alpha);
    check_size_up_to(MAX_SAMPLES, u64::from(width) * channels as u64, height.into())?;
    let mut context = DecoderContext::default();
    let data = image.decode(&mut context).map_err(Error::damaged)?.data_u8();
    if data.len() != width as usize * height as usize * channels {
        return Err(Error::damaged("the picture has another size than it says"));
    }
    let mut icc_profile = match image.color_space() {
        ColorSpace::Icc { profile, .. } => Some(profile.clone()),
        _ => None,
    };
    let is_ink = channels == 4 && !has_alpha;
    let pixels = match channels {
        _ if is_ink => {
            let rgb = color::cmyk_to_rgb(data, icc_profile.take().as_deref(), false);
            Pixels { width, height, channels: 3, data: rgb }
        }
        1..=4 => shrink::in_color(width, height, channels, data),
        more => return Err(Error::Unsupported(format!("a JPEG 2000 of {more} channels"))),
    };
    Ok(Decoded {
        picture: pixels.into(),
        orientation: 1,
        icc_profile,
        hdr: None,
        full_width: width,
        full_height: height,
    })
}

pub(crate) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let image = Image::new(bytes, &DecodeSettings::default()).ok()?;
    Some((image.width(), image.height()))
}
