//! Smaller, never larger.

use super::Pixels;
use crate::error::{Error, Result};
use fast_image_resize::{
    FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8x3, U8x4},
};

/// So that the shorter side has at most `side` pixels.
pub(crate) fn to_shorter_side(pixels: Pixels, side: u32) -> Result<Pixels> {
    let shorter = pixels.width.min(pixels.height);
    shrink(pixels, side, shorter)
}

/// So that the longer side has at most `side` pixels.
pub(crate) fn to_longer_side(pixels: Pixels, side: u32) -> Result<Pixels> {
    let longer = pixels.width.max(pixels.height);
    shrink(pixels, side, longer)
}

fn shrink(pixels: Pixels, side: u32, measured: u32) -> Result<Pixels> {
    if measured <= side {
        return Ok(pixels);
    }
    let scaled = |length: u32| -> u32 {
        let exact = f64::from(length) * f64::from(side) / f64::from(measured);
        (exact.round() as u32).max(1)
    };
    let (width, height) = (scaled(pixels.width), scaled(pixels.height));
    let data = match pixels.channels {
        4 => lanczos::<U8x4>(&pixels, width, height)?,
        _ => lanczos::<U8x3>(&pixels, width, height)?,
    };
    Ok(Pixels { width, height, channels: pixels.channels, data })
}

/// By kind of pixel: asked without it, the library compiles all of its kinds into this crate, which takes minutes.
fn lanczos<P: PixelTrait>(pixels: &Pixels, width: u32, height: u32) -> Result<Vec<u8>> {
    let source = TypedImageRef::<P>::from_buffer(pixels.width, pixels.height, &pixels.data).map_err(Error::damaged)?;
    let mut data = vec![0; width as usize * height as usize * P::size()];
    let mut target = TypedImage::<P>::from_buffer(width, height, &mut data).map_err(Error::damaged)?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(Error::damaged)?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32) -> Pixels {
        Pixels { width, height, channels: 3, data: vec![128; (width * height * 3) as usize] }
    }

    #[test]
    fn the_named_side_fits_and_nothing_grows() {
        let small = to_shorter_side(grey(400, 300), 150).unwrap();
        assert_eq!((small.width, small.height, small.data[0]), (200, 150, 128));
        let tiny = to_longer_side(grey(400, 300), 100).unwrap();
        assert_eq!((tiny.width, tiny.height), (100, 75));
        let same = to_shorter_side(grey(40, 30), 150).unwrap();
        assert_eq!((same.width, same.height), (40, 30));
        let strip = to_longer_side(grey(4000, 1), 100).unwrap();
        assert_eq!((strip.width, strip.height), (100, 1));
    }
}
