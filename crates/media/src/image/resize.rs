//! Smaller, never larger.

use super::Pixels;
use crate::error::{Error, Result};
use fast_image_resize::{
    FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedCroppedImage, TypedImage, TypedImageRef},
    pixels::{U8, U8x3, U8x4},
};

/// The size at which the shorter side has at most `side` pixels.
pub(crate) fn to_shorter_side((width, height): (u32, u32), side: u32) -> (u32, u32) {
    shrunk((width, height), side, width.min(height))
}

/// The size at which the longer side has at most `side` pixels.
pub(crate) fn to_longer_side((width, height): (u32, u32), side: u32) -> (u32, u32) {
    shrunk((width, height), side, width.max(height))
}

fn shrunk((width, height): (u32, u32), side: u32, measured: u32) -> (u32, u32) {
    if measured <= side {
        return (width, height);
    }
    let scaled = |length: u32| -> u32 {
        let exact = f64::from(length) * f64::from(side) / f64::from(measured);
        (exact.round() as u32).max(1)
    };
    (scaled(width), scaled(height))
}

pub(crate) fn pixels(pixels: &Pixels, (width, height): (u32, u32)) -> Result<Pixels> {
    let stored = (pixels.width, pixels.height);
    let whole = (f64::from(pixels.width), f64::from(pixels.height));
    let data = match pixels.channels {
        4 => lanczos::<U8x4>(&pixels.data, stored, whole, (width, height))?,
        _ => lanczos::<U8x3>(&pixels.data, stored, whole, (width, height))?,
    };
    Ok(Pixels { width, height, channels: pixels.channels, data })
}

/// Of one plane of samples, the part of it that is shown.
pub(crate) fn plane(samples: &[u8], stored: (u32, u32), shown: (f64, f64), size: (u32, u32)) -> Result<Vec<u8>> {
    lanczos::<U8>(samples, stored, shown, size)
}

/// By kind of pixel: asked without it, the library compiles all of its kinds into this crate, which takes minutes.
fn lanczos<P: PixelTrait>(
    samples: &[u8],
    (stored_width, stored_height): (u32, u32),
    shown: (f64, f64),
    (width, height): (u32, u32),
) -> Result<Vec<u8>> {
    let stored = TypedImageRef::<P>::from_buffer(stored_width, stored_height, samples).map_err(Error::damaged)?;
    // What stands beyond the picture must not be seen in what is beside it.
    let (inner_width, inner_height) = (shown.0.ceil() as u32, shown.1.ceil() as u32);
    let source = TypedCroppedImage::from_ref(&stored, 0, 0, inner_width, inner_height).map_err(Error::damaged)?;
    let mut data = vec![0; width as usize * height as usize * P::size()];
    let mut target = TypedImage::<P>::from_buffer(width, height, &mut data).map_err(Error::damaged)?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    let options = options.crop(0.0, 0.0, shown.0, shown.1);
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(Error::damaged)?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_side_fits_and_nothing_grows() {
        assert_eq!(to_shorter_side((400, 300), 150), (200, 150));
        assert_eq!(to_longer_side((400, 300), 100), (100, 75));
        assert_eq!(to_shorter_side((40, 30), 150), (40, 30));
        assert_eq!(to_longer_side((4000, 1), 100), (100, 1));
    }

    #[test]
    fn what_is_even_stays_even() {
        let grey = Pixels { width: 400, height: 300, channels: 3, data: vec![128; 400 * 300 * 3] };
        let small = pixels(&grey, (200, 150)).unwrap();
        assert_eq!((small.width, small.height, small.channels), (200, 150, 3));
        assert_eq!(small.data, vec![128; 200 * 150 * 3]);
    }
}
