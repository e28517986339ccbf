//! From pixels to the bytes of a file.

use super::{Picture, Pixels, embed, huffman, planes::Planes};
use crate::error::{Error, Result};
use config::system::{
    choices::ImageFormat,
    image::{GeneratedFullsizeImage, GeneratedImage},
};
use turbojpeg::{Compressor, PixelFormat, Subsamp, YuvPlanesImage};

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

    fn quality(self) -> i32 {
        i32::try_from(self.quality.clamp(1, 100)).unwrap_or(100)
    }
}

/// With the profile of its colours, unless they are sRGB. Gives the picture back for what is still to be made of it.
pub(crate) fn encode(picture: Picture, icc_profile: Option<&[u8]>, encoding: Encoding) -> Result<(Picture, Vec<u8>)> {
    let (picture, plain) = match (picture, encoding.format) {
        (Picture::Planes(planes), ImageFormat::Jpeg) if suits(&planes, icc_profile, encoding) => {
            let bytes = shortest(jpeg_of_planes(&planes, encoding)?);
            (Picture::Planes(planes), bytes)
        }
        (picture, format) => {
            let pixels = picture.into_pixels();
            let bytes = match format {
                ImageFormat::Jpeg => shortest(jpeg(&pixels, encoding)?),
                ImageFormat::Webp => webp(&pixels, encoding.quality())?,
            };
            (pixels.into(), bytes)
        }
    };
    let bytes = match icc_profile {
        Some(profile) => embed::profile(plain, encoding.format, profile),
        None => plain,
    };
    Ok((picture, bytes))
}

/// Whether the planes can be stored as they are: with all of their colour, or grey without a profile, which would be one
/// of red, green and blue.
fn suits(planes: &Planes, icc_profile: Option<&[u8]>, encoding: Encoding) -> bool {
    if planes.is_grey() { icc_profile.is_none() } else { encoding.quality() >= FULL_COLOR_FROM }
}

fn jpeg_of_planes(planes: &Planes, settings: Encoding) -> Result<Vec<u8>> {
    let (width, height) = (planes.width as usize, planes.height as usize);
    let mut compressor = compressor(settings)?;
    let [brightness, blue, red] = &planes.samples[..] else {
        compressor.set_subsamp(Subsamp::Gray).map_err(Error::damaged)?;
        let pixels = planes.samples[0].as_slice();
        let image = turbojpeg::Image { pixels, width, pitch: width, height, format: PixelFormat::GRAY };
        return compressor.compress_to_vec(image).map_err(Error::damaged);
    };
    let image = YuvPlanesImage {
        y_plane: brightness.as_slice(),
        u_plane: blue.as_slice(),
        v_plane: red.as_slice(),
        width,
        height,
        y_stride: width,
        u_stride: width,
        v_stride: width,
        subsamp: Subsamp::None,
    };
    compressor.compress_yuv_planes_to_vec(&image).map_err(Error::damaged)
}

fn jpeg(pixels: &Pixels, settings: Encoding) -> Result<Vec<u8>> {
    let flat;
    let rgb = if pixels.channels == 4 {
        flat = flattened(&pixels.data);
        &flat
    } else {
        &pixels.data
    };
    let mut compressor = compressor(settings)?;
    // Full colour: text and red roses suffer first from halved chroma. Below that nobody looks closely.
    let chroma = if settings.quality() >= FULL_COLOR_FROM { Subsamp::None } else { Subsamp::Sub2x2 };
    compressor.set_subsamp(chroma).map_err(Error::damaged)?;
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let image = turbojpeg::Image { pixels: rgb.as_slice(), width, pitch: width * 3, height, format: PixelFormat::RGB };
    compressor.compress_to_vec(image).map_err(Error::damaged)
}

fn compressor(settings: Encoding) -> Result<Compressor> {
    let mut compressor = Compressor::new().map_err(Error::damaged)?;
    compressor.set_quality(settings.quality()).map_err(Error::damaged)?;
    compressor.set_progressive(settings.progressive).map_err(Error::damaged)?;
    Ok(compressor)
}

fn shortest(jpeg: Vec<u8>) -> Vec<u8> {
    huffman::shortened(&jpeg).unwrap_or(jpeg)
}

fn webp(pixels: &Pixels, quality: i32) -> Result<Vec<u8>> {
    let encoder = match pixels.channels {
        4 => webp::Encoder::from_rgba(&pixels.data, pixels.width, pixels.height),
        _ => webp::Encoder::from_rgb(&pixels.data, pixels.width, pixels.height),
    };
    let encoded = encoder.encode_simple(false, quality as f32);
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
