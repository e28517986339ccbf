//! Brightness and colour apart, as JPEG stores them.
//!
//! Most photos store a quarter of the colour. Shrunk before they are put together they are half as many samples as red,
//! green and blue are, and a preview takes them as they are.

use super::{Picture, Pixels, kernel::Kernel, orient, resize};
use crate::error::Result;
use turbojpeg::{Subsamp, YuvImage};

/// Planes of the same size, rows without padding. BT.601 in full range, which is what JPEG means by YCbCr.
#[derive(Debug, Clone)]
pub(crate) struct Planes {
    pub width: u32,
    pub height: u32,
    /// Brightness and, unless the picture is grey, its difference to blue and to red.
    pub samples: Vec<Vec<u8>>,
}

/// One plane as a decoder leaves it.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub samples: &'a [u8],
    /// With what stands between rows.
    pub width: usize,
    pub height: usize,
    /// Pixels across and down that share a sample.
    pub shared: (usize, usize),
}

/// The planes of a picture one behind the other.
pub(crate) fn stored<'a>(picture: &YuvImage<&'a [u8]>) -> Vec<Stored<'a>> {
    let (width, height) = picture.y_size();
    let mut rest = picture.pixels;
    let mut plane = |(width, height): (usize, usize), shared| {
        let (samples, behind) = rest.split_at(width * height);
        rest = behind;
        Stored { samples, width, height, shared }
    };
    let brightness = plane((width, height), (1, 1));
    if picture.subsamp == Subsamp::Gray {
        return vec![brightness];
    }
    let color = [(); 2].map(|()| plane(picture.uv_size(), picture.subsamp.size()));
    [&[brightness][..], &color].concat()
}

impl Planes {
    /// Shrinks planes of which those of colour may be smaller than the one of brightness. Colour that has fewer samples
    /// than the result grows, as it would in any other way of showing it.
    pub fn shrunk(stored: &[Stored<'_>], size: (u32, u32), (width, height): (u32, u32)) -> Result<Self> {
        let shrunk = |plane: &Stored<'_>| {
            // There may be more than the picture, since what shares a sample is stored whole.
            let (across, down) = (plane.shared.0 as f64, plane.shared.1 as f64);
            let shown = (f64::from(size.0) / across, f64::from(size.1) / down);
            let kernel = if plane.shared == (1, 1) { Kernel::Lanczos } else { Kernel::Gauss };
            resize::plane(plane.samples, (plane.width as u32, plane.height as u32), shown, (width, height), kernel)
        };
        let samples = stored.iter().map(shrunk).collect::<Result<_>>()?;
        Ok(Self { width, height, samples })
    }

    pub fn is_grey(&self) -> bool {
        self.samples.len() == 1
    }

    pub fn resize(self, (width, height): (u32, u32)) -> Result<Self> {
        let whole = (f64::from(self.width), f64::from(self.height));
        let resized =
            |plane: Vec<u8>| resize::plane(&plane, (self.width, self.height), whole, (width, height), Kernel::Lanczos);
        let samples = self.samples.into_iter().map(resized).collect::<Result<_>>()?;
        Ok(Self { width, height, samples })
    }

    /// Turns it as the EXIF orientation says.
    pub fn upright(self, orientation: u8) -> Self {
        let size = (self.width, self.height);
        let samples = self.samples.into_iter().map(|plane| orient::turn::<1>(plane, size, orientation)).collect();
        let (width, height) = orient::upright(self.width, self.height, orientation);
        Self { width, height, samples }
    }

    pub fn into_pixels(self) -> Pixels {
        let mut data = vec![0; self.samples[0].len() * 3];
        let (pixels, _) = data.as_chunks_mut::<3>();
        match &self.samples[..] {
            [brightness, blue, red] => {
                for (((pixel, &y), &cb), &cr) in pixels.iter_mut().zip(brightness).zip(blue).zip(red) {
                    *pixel = rgb(y, cb, cr);
                }
            }
            grey => pixels.iter_mut().zip(&grey[0]).for_each(|(pixel, &value)| *pixel = [value; 3]),
        }
        Pixels { width: self.width, height: self.height, channels: 3, data }
    }
}

/// The equations of JFIF, in units of a 65,536th.
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
    let sample = |difference: i32| (i32::from(y) + ((difference + HALF) >> 16)).clamp(0, 255) as u8;
    [sample(91_881 * cr), sample(-22_554 * cb - 46_802 * cr), sample(116_130 * cb)]
}

/// How films and what comes of them store colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Equations {
    /// Shares of red and of blue in brightness.
    pub red: f32,
    pub blue: f32,
    /// From 0 to 255, not from 16 to 235.
    pub is_full_range: bool,
}

impl Equations {
    /// Those of JPEG.
    pub const BT601_FULL: Self = Self { red: 0.299, blue: 0.114, is_full_range: true };

    /// As JPEG would have stored it.
    pub fn to_jpeg(self, planes: Planes) -> Picture {
        if self == Self::BT601_FULL || planes.is_grey() && self.is_full_range {
            return Picture::Planes(planes);
        }
        let (width, height) = (planes.width, planes.height);
        let [brightness, blue, red] = &planes.samples[..] else { return Picture::Planes(planes) };
        let colors = brightness.iter().zip(blue).zip(red);
        let data = colors.flat_map(|((&y, &cb), &cr)| self.rgb(y, cb, cr)).collect();
        Picture::Pixels(Pixels { width, height, channels: 3, data })
    }

    fn rgb(self, y: u8, cb: u8, cr: u8) -> [u8; 3] {
        let (black, of_y, of_color) =
            if self.is_full_range { (0.0, 1.0, 1.0) } else { (16.0, 255.0 / 219.0, 255.0 / 224.0) };
        let y = (f32::from(y) - black) * of_y;
        let (cb, cr) = ((f32::from(cb) - 128.0) * of_color, (f32::from(cr) - 128.0) * of_color);
        let (red, blue) = (2.0 * (1.0 - self.red) * cr, 2.0 * (1.0 - self.blue) * cb);
        let green = -(self.red * red + self.blue * blue) / (1.0 - self.red - self.blue);
        [red, green, blue].map(|difference| (y + difference).round().clamp(0.0, 255.0) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_jfif() {
        for (ycc, expected) in [
            ([0, 128, 128], [0, 0, 0]),
            ([255, 128, 128], [255, 255, 255]),
            ([76, 85, 255], [254, 0, 0]),
            ([150, 44, 21], [0, 255, 1]),
            ([29, 255, 107], [0, 0, 254]),
        ] {
            assert_eq!(rgb(ycc[0], ycc[1], ycc[2]), expected);
        }
    }

    #[test]
    fn films_have_equations_of_their_own() {
        let hd = Equations { red: 0.2126, blue: 0.0722, is_full_range: false };
        for (ycc, expected) in
            [([16, 128, 128], [0, 0, 0]), ([235, 128, 128], [255, 255, 255]), ([63, 102, 240], [255, 1, 0])]
        {
            assert_eq!(hd.rgb(ycc[0], ycc[1], ycc[2]), expected);
        }
        for ycc in [[29, 255, 107], [150, 44, 21], [200, 120, 140]] {
            let found = Equations::BT601_FULL.rgb(ycc[0], ycc[1], ycc[2]);
            let exact = rgb(ycc[0], ycc[1], ycc[2]);
            assert!(found.iter().zip(exact).all(|(one, other)| one.abs_diff(other) <= 1), "{found:?} {exact:?}");
        }
    }

    /// Odd sides: the planes of colour reach half a pixel beyond the picture.
    #[test]
    fn what_is_stored_beyond_the_picture_is_not_shown() {
        let (width, height) = (5, 3);
        // 6 × 4 of brightness with rubbish in the last column and row; 3 × 2 of either colour.
        let row = [100, 100, 100, 100, 100, 255];
        let stored = [row.repeat(3), vec![255; 6], vec![90; 6], vec![200; 6]].concat();
        let stored = YuvImage { pixels: stored.as_slice(), width, height, align: 1, subsamp: Subsamp::Sub2x2 };
        let shrunk = Planes::shrunk(&super::stored(&stored), (width as u32, height as u32), (3, 2)).unwrap();
        assert_eq!(shrunk.samples, [vec![100; 6], vec![90; 6], vec![200; 6]]);
    }

    #[test]
    fn grey_has_no_colour() {
        let pixels = [10, 20, 30, 40];
        let stored = YuvImage { pixels: &pixels[..], width: 2, height: 2, align: 1, subsamp: Subsamp::Gray };
        let planes = Planes::shrunk(&super::stored(&stored), (2, 2), (1, 1)).unwrap();
        assert_eq!(planes.samples, [[25]]);
        assert_eq!(planes.into_pixels().data, [25, 25, 25]);
    }
}
