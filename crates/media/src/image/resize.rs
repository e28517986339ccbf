//! Smaller, never larger.

use super::{Pixels, kernel::Kernel, transpose::transpose};
use crate::error::{Error, Result};
use fast_image_resize::{
    PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8, U8x3, U8x4},
};

/// Samples that are worked on at once: what is done to them stays near the processor.
const STRIP_SAMPLES: usize = 900_000;

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
    let whole = (0.0, 0.0, f64::from(pixels.width), f64::from(pixels.height));
    let mut data = vec![0; width as usize * height as usize * pixels.channels];
    let mut reducer = Reducer { resizer: Resizer::new(), kernel: Kernel::Lanczos };
    match pixels.channels {
        4 => reducer.reduce::<U8x4>(&pixels.data, stored, whole, &mut data, (width, height))?,
        _ => reducer.reduce::<U8x3>(&pixels.data, stored, whole, &mut data, (width, height))?,
    }
    Ok(Pixels { width, height, channels: pixels.channels, data })
}

/// Of one plane of samples, the part of it that is shown.
pub(crate) fn plane(
    samples: &[u8],
    stored: (u32, u32),
    shown: (f64, f64),
    size: (u32, u32),
    kernel: Kernel,
) -> Result<Vec<u8>> {
    Reducer { resizer: Resizer::new(), kernel }.plane(samples, stored, shown, size, STRIP_SAMPLES)
}

struct Reducer {
    resizer: Resizer,
    kernel: Kernel,
}

/// Of the rows of a plane.
#[derive(Clone, Copy)]
struct Span {
    from: f64,
    length: f64,
}

impl Span {
    /// Of what is shown in `all` rows, what is shown in so many of them.
    fn of(shown: f64, all: u32, first: usize, rows: usize) -> Self {
        let step = shown / f64::from(all);
        let (from, mut length) = (first as f64 * step, rows as f64 * step);
        // What is rounded may not reach beyond the picture.
        while from + length > shown {
            length = length.next_down();
        }
        Self { from, length }
    }
}

impl Reducer {
    /// Single samples are slow to mix along a row, so each strip is turned on its side for that, and back.
    fn plane(
        &mut self,
        samples: &[u8],
        stored: (u32, u32),
        shown: (f64, f64),
        (width, height): (u32, u32),
        strip_samples: usize,
    ) -> Result<Vec<u8>> {
        // What stands beyond the picture must not be seen in what is beside it.
        let inner = (shown.0.ceil() as u32, shown.1.ceil() as u32);
        let samples = &samples[..stored.0 as usize * inner.1 as usize];
        let across = Span { from: 0.0, length: shown.0 };
        let mut plane = vec![0; width as usize * height as usize];
        let strip = (strip_samples / inner.0 as usize).clamp(1, height as usize);
        let mut strips = [inner.0, inner.0, width].map(|width| vec![0; width as usize * strip]);
        for (number, made) in plane.chunks_mut(width as usize * strip).enumerate() {
            let rows = made.len() / width as usize;
            let [low, turned, narrow] = &mut strips;
            let low = &mut low[..inner.0 as usize * rows];
            let turned = &mut turned[..low.len()];
            let narrow = &mut narrow[..made.len()];
            let down = Span::of(shown.1, height, number * strip, rows);
            self.rows(samples, (stored.0, inner.1), down, low, (inner.0, rows as u32))?;
            transpose(low, inner.0 as usize, turned);
            self.rows(turned, (rows as u32, inner.0), across, narrow, (rows as u32, width))?;
            transpose(narrow, rows, made);
        }
        Ok(plane)
    }

    /// Of as many columns as the result has.
    fn rows(
        &mut self,
        samples: &[u8],
        stored: (u32, u32),
        span: Span,
        target: &mut [u8],
        size: (u32, u32),
    ) -> Result<()> {
        let part = (0.0, span.from, f64::from(size.0), span.length);
        self.reduce::<U8>(samples, stored, part, target, size)
    }

    /// By kind of pixel: asked without it, the library compiles all of its kinds into this crate, which takes minutes.
    fn reduce<P: PixelTrait>(
        &mut self,
        samples: &[u8],
        (stored_width, stored_height): (u32, u32),
        (left, top, part_width, part_height): (f64, f64, f64, f64),
        target: &mut [u8],
        (width, height): (u32, u32),
    ) -> Result<()> {
        let stored = TypedImageRef::<P>::from_buffer(stored_width, stored_height, samples).map_err(Error::damaged)?;
        let mut target = TypedImage::<P>::from_buffer(width, height, target).map_err(Error::damaged)?;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(self.kernel.into()));
        let options = options.crop(left, top, part_width, part_height);
        self.resizer.resize_typed(&stored, &mut target, &options).map_err(Error::damaged)
    }
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

    proptest::proptest! {
        #[test]
        fn strips_make_the_same_plane(
            (width, height) in (1_u32..150, 1_u32..150),
            (to_width, to_height) in (1_u32..150, 1_u32..150),
            strip_samples in 1_usize..2000,
            (right, below) in (0.0..0.9, 0.0..0.9),
            seed: u8,
        ) {
            let samples: Vec<u8> = (0..width * height).map(|at| (at * 31 % 251) as u8 ^ seed).collect();
            let shown = (f64::from(width) - right, f64::from(height) - below);
            let mut reducer = Reducer { resizer: Resizer::new(), kernel: Kernel::Gauss };
            let size = (to_width, to_height);
            let found = reducer.plane(&samples, (width, height), shown, size, strip_samples).unwrap();
            let mut whole = vec![0; (to_width * to_height) as usize];
            let part = (0.0, 0.0, shown.0, shown.1);
            reducer.reduce::<U8>(&samples, (width, height), part, &mut whole, size).unwrap();
            // The library mixes in the same order, and rounds in between as well.
            proptest::prop_assert!(found.iter().zip(&whole).all(|(one, other)| one.abs_diff(*other) <= 1));
        }
    }

    #[test]
    fn what_is_even_stays_even() {
        let grey = Pixels { width: 400, height: 300, channels: 3, data: vec![128; 400 * 300 * 3] };
        let small = pixels(&grey, (200, 150)).unwrap();
        assert_eq!((small.width, small.height, small.channels), (200, 150, 3));
        assert_eq!(small.data, vec![128; 200 * 150 * 3]);
    }
}
