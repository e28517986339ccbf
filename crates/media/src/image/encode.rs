//! From pixels to the bytes of a file.

use super::{Pixels, embed};
use crate::error::{Error, Result};
use config::system::{
    choices::ImageFormat,
    image::{GeneratedFullsizeImage, GeneratedImage},
};
use turbojpeg::{Compressor, PixelFormat, Subsamp};

/// From this JPEG quality on every pixel has a colour of its own.
const FULL_COLOR_FROM: i32 = 80;

/// What the settings say of a picture besides its size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoding {
    format: ImageFormat,
    quality: u32,
    progressive: bool,
}

impl From<&GeneratedImage> for Encoding {
    fn from(settings: &GeneratedImage) -> Self {
        Self { format: settings.format, quality: settings.quality, progressive: settings.progressive }
    }
}

impl From<&GeneratedFullsizeImage> for Encoding {
    fn from(settings: &GeneratedFullsizeImage) -> Self {
        Self { format: settings.format, quality: settings.quality, progressive: settings.progressive }
    }
}

impl Encoding {
    /// The longest side that the format can hold.
    pub fn max_side(self) -> u32 {
        match self.format {
            ImageFormat::Jpeg => 65_500,
            ImageFormat::Webp => 16_383,
        }
    }
}

/// With the profile of its colours, unless they are sRGB.
pub(crate) fn encode(pixels: &Pixels, icc_profile: Option<&[u8]>, encoding: Encoding) -> Result<Vec<u8>> {
    let plain = match encoding.format {
        ImageFormat::Jpeg => jpeg(pixels, encoding)?,
        ImageFormat::Webp => webp(pixels, encoding.quality)?,
    };
    Ok(match icc_profile {
        Some(profile) => embed::profile(plain, encoding.format, profile),
        None => plain,
    })
}

fn jpeg(pixels: &Pixels, settings: Encoding) -> Result<Vec<u8>> {
    let flat;
    let rgb = if pixels.channels == 4 {
        flat = flattened(&pixels.data);
        &flat
    } else {
        &pixels.data
    };
    let mut compressor = Compressor::new().map_err(Error::damaged)?;
    let quality = i32::try_from(settings.quality.clamp(1, 100)).unwrap_or(80);
    compressor.set_quality(quality).map_err(Error::damaged)?;
    // Full colour: text and red roses suffer first from halved chroma. Below that nobody looks closely.
    let chroma = if quality >= FULL_COLOR_FROM { Subsamp::None } else { Subsamp::Sub2x2 };
    compressor.set_subsamp(chroma).map_err(Error::damaged)?;
    compressor.set_progressive(settings.progressive).map_err(Error::damaged)?;
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let image = turbojpeg::Image { pixels: rgb.as_slice(), width, pitch: width * 3, height, format: PixelFormat::RGB };
    compressor.compress_to_vec(image).map_err(Error::damaged)
}

fn webp(pixels: &Pixels, quality: u32) -> Result<Vec<u8>> {
    let encoder = match pixels.channels {
        4 => webp::Encoder::from_rgba(&pixels.data, pixels.width, pixels.height),
        _ => webp::Encoder::from_rgb(&pixels.data, pixels.width, pixels.height),
    };
    let encoded = encoder.encode_simple(false, quality.clamp(1, 100) as f32);
    encoded.map(|bytes| bytes.to_vec()).map_err(|error| Error::Damaged(format!("the WebP encoder refused: {error:?}")))
}

/// On black, as players and other photo software show it.
fn flattened(rgba: &[u8]) -> Vec<u8> {
    let over_black = |value: u8, alpha: u8| (u16::from(value) * u16::from(alpha) / 255) as u8;
    rgba.chunks_exact(4)
        .flat_map(|p| [over_black(p[0], p[3]), over_black(p[1], p[3]), over_black(p[2], p[3])])
        .collect()
}

/// With an alpha channel, opaque if there was none.
pub(crate) fn rgba(pixels: &Pixels) -> Vec<u8> {
    match pixels.channels {
        4 => pixels.data.clone(),
        _ => pixels.data.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
    }
}
