//! Resizing in the two ways that the references have: with all pixels that fall into a new one, as Pillow does it, and
//! between the four nearest, as OpenCV does it.

use super::Picture;
use anyhow::bail;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    Bilinear,
    Bicubic,
    Lanczos,
    Nearest,
}

impl Filter {
    /// As the models' configurations write it.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "bilinear" => Ok(Self::Bilinear),
            "bicubic" => Ok(Self::Bicubic),
            "lanczos" => Ok(Self::Lanczos),
            "nearest" => Ok(Self::Nearest),
            other => bail!("pictures cannot be resized by {other:?}"),
        }
    }

    fn algorithm(self) -> ResizeAlg {
        match self {
            Self::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            // Both have the same curve, with -0.5 for its parameter.
            Self::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Self::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
            Self::Nearest => ResizeAlg::Nearest,
        }
    }
}

/// As Pillow resizes: shrinking blurs just enough.
pub fn resize(picture: &Picture, width: u32, height: u32, filter: Filter) -> anyhow::Result<Picture> {
    if picture.dimensions() == (width, height) {
        return Ok(picture.clone());
    }
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3)?;
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(filter.algorithm());
    Resizer::new().resize(&source, &mut target, &options)?;
    match Picture::from_raw(width, height, target.into_vec()) {
        Some(picture) => Ok(picture),
        None => bail!("a picture of {width} × {height} has another number of bytes"),
    }
}

/// The same in Pillow's order, across and then down, for what the last bit decides over; it takes longer.
pub fn resize_across_first(picture: &Picture, width: u32, height: u32, filter: Filter) -> anyhow::Result<Picture> {
    resize(&resize(picture, width, picture.height(), filter)?, width, height, filter)
}

/// As OpenCV resizes: between the four pixels around each new one's middle, however much smaller it gets. In the same whole
/// numbers, too: models that find things are steered by the last bit where two guesses are nearly equal.
pub fn resize_bilinear(picture: &Picture, width: u32, height: u32) -> Picture {
    let columns = steps(picture.width(), width);
    let rows = steps(picture.height(), height);
    let mut target = Vec::with_capacity(width as usize * height as usize * 3);
    let (mut upper, mut lower) = (Line::default(), Line::default());
    for row in &rows {
        // Two new rows often lie between the same old ones.
        if lower.of == Some(row.first) {
            std::mem::swap(&mut upper, &mut lower);
        }
        upper.fill(picture, row.first, &columns);
        lower.fill(picture, row.second, &columns);
        let blended = upper.values.iter().zip(&lower.values).map(|(above, below)| {
            let sum = ((row.first_weight * (above >> 4)) >> 16) + ((row.second_weight * (below >> 4)) >> 16);
            ((sum + 2) >> 2).clamp(0, 255) as u8
        });
        target.extend(blended);
    }
    Picture::from_raw(width, height, target).unwrap_or_default()
}

/// A row of the picture, as wide as the new one, in parts of [`UNIT`].
#[derive(Default)]
struct Line {
    of: Option<usize>,
    values: Vec<i32>,
}

impl Line {
    fn fill(&mut self, picture: &Picture, row: usize, columns: &[Step]) {
        if self.of == Some(row) {
            return;
        }
        let stride = picture.width() as usize * 3;
        let bytes = &picture.as_raw()[row * stride..][..stride];
        self.of = Some(row);
        self.values.clear();
        for column in columns {
            for color in 0..3 {
                let first = i32::from(bytes[column.first * 3 + color]);
                let second = i32::from(bytes[column.second * 3 + color]);
                self.values.push(first * column.first_weight + second * column.second_weight);
            }
        }
    }
}

/// Between which two pixels of the source a new one lies, and how much of each it has, in parts of [`UNIT`].
struct Step {
    first: usize,
    second: usize,
    first_weight: i32,
    second_weight: i32,
}

const UNIT: f32 = 2048.0;

fn steps(source: u32, target: u32) -> Vec<Step> {
    let scale = f64::from(source) / f64::from(target);
    let last = source.saturating_sub(1) as usize;
    let step = |index: u32| {
        let place = ((f64::from(index) + 0.5) * scale - 0.5) as f32;
        let first = (place.max(0.0) as usize).min(last);
        let weight = if place < 0.0 || first == last { 0.0 } else { place - first as f32 };
        let part = |weight: f32| (weight * UNIT).round_ties_even() as i32;
        Step { first, second: (first + 1).min(last), first_weight: part(1.0 - weight), second_weight: part(weight) }
    };
    (0..target).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Picture {
        Picture::from_fn(64, 32, |x, y| image::Rgb([(x * 4) as u8, (y * 8) as u8, 77]))
    }

    #[test]
    fn all_ways_keep_ramps_and_plain_colours() {
        for filter in ["bilinear", "bicubic", "lanczos", "nearest"] {
            let small = resize(&ramp(), 16, 8, Filter::named(filter).unwrap()).unwrap();
            assert_eq!(small.dimensions(), (16, 8));
            // The middle of four steps of 4, from 32 on.
            assert!(small.get_pixel(8, 4)[0].abs_diff(134) <= 6, "{filter}: {:?}", small.get_pixel(8, 4));
            assert!(small.pixels().all(|pixel| pixel[2] == 77), "{filter}");
        }
        assert!(Filter::named("magic").is_err());
    }

    #[test]
    fn between_four_pixels_as_opencv_reckons() {
        // 2 × 1 to 4 × 1: middles at -0.25, 0.25, 0.75 and 1.25 of the old ones.
        let picture = Picture::from_raw(2, 1, vec![0, 0, 0, 100, 100, 100]).unwrap();
        let wide: Vec<u8> = resize_bilinear(&picture, 4, 1).pixels().map(|pixel| pixel[0]).collect();
        assert_eq!(wide, [0, 25, 75, 100]);
        // Shrinking to a third takes the middle ones, without the others.
        let picture = Picture::from_fn(9, 3, |x, _| image::Rgb([if x % 3 == 1 { 200 } else { 0 }; 3]));
        assert!(resize_bilinear(&picture, 3, 1).pixels().all(|pixel| pixel[0] == 200));
    }
}
