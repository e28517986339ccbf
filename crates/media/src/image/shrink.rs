//! Takes a picture row by row and keeps a smaller one, so that giants are never whole in memory.
//!
//! Each kept sample is the mean of a square of samples. That is exact enough while the result is still several times
//! larger than what will be shown of it.

use super::Pixels;
use crate::error::{Error, Result};
use config::system::choices::Colorspace;

/// Below this ratio of what is kept to what is shown the squares would be seen.
const KEEP: u32 = 2;
/// Of what is kept, so that all that is done to it afterwards fits into half a gigabyte.
const MAX_KEPT_BYTES: u64 = 200_000_000;
/// Of what is kept where a picture in full size is wanted.
const MAX_FULLSIZE_BYTES: u64 = 400_000_000;

/// How much of a picture is needed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The shorter side that is needed at least.
    pub side: u32,
    /// Every pixel, as far as memory allows.
    pub fullsize: bool,
    /// In which it will be shown.
    pub colorspace: Colorspace,
}

impl Wanted {
    /// How many samples in a row may become one.
    pub fn factor(self, width: u32, height: u32, samples: Samples) -> u32 {
        // Grey becomes red, green and blue.
        let in_color = if samples.channels < 3 { samples.channels + 2 } else { samples.channels };
        let bytes = if samples.is_wide { in_color * 2 } else { in_color };
        (self.unseen(width, height)..).find(|factor| self.fits(width, height, bytes, *factor)).unwrap_or(u32::MAX)
    }

    /// The largest factor that nobody sees.
    pub fn unseen(self, width: u32, height: u32) -> u32 {
        if self.fullsize { 1 } else { (width.min(height) / self.side.max(1) / KEEP).max(1) }
    }

    /// With so many bytes for a pixel.
    pub fn fits(self, width: u32, height: u32, bytes: usize, factor: u32) -> bool {
        let max_bytes = if self.fullsize { MAX_FULLSIZE_BYTES } else { MAX_KEPT_BYTES };
        u64::from(width.div_ceil(factor)) * u64::from(height.div_ceil(factor)) * bytes as u64 <= max_bytes
    }
}

/// How the samples of a row are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Samples {
    /// Of each pixel.
    pub channels: usize,
    /// The last channel says how much of the others is there.
    pub has_alpha: bool,
    /// 16 bits, not 8.
    pub is_wide: bool,
}

/// Samples of as many bits as came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

impl Kept {
    pub fn into_narrow(self) -> Vec<u8> {
        match self {
            Self::Narrow(samples) => samples,
            Self::Wide(samples) => samples.into_iter().map(|sample| narrow(sample.into())).collect(),
        }
    }
}

pub(crate) struct Shrinker {
    samples: Samples,
    width: usize,
    height: u32,
    factor: usize,
    rows_taken: u32,
    /// Of the kept row in the making.
    sums: Vec<u64>,
    rows_in_sums: usize,
    kept: Kept,
}

impl Shrinker {
    pub fn new(width: u32, height: u32, samples: Samples, factor: u32) -> Self {
        let kept_width = width.div_ceil(factor) as usize * samples.channels;
        let sums = vec![0; kept_width];
        let length = kept_width * height.div_ceil(factor) as usize;
        let kept = match samples.is_wide {
            true => Kept::Wide(Vec::with_capacity(length)),
            false => Kept::Narrow(Vec::with_capacity(length)),
        };
        let (width, factor) = (width as usize, factor as usize);
        Self { samples, width, height, factor, rows_taken: 0, sums, rows_in_sums: 0, kept }
    }

    /// Takes the next row of 8-bit samples.
    pub fn take(&mut self, row: &[u8]) -> Result<()> {
        self.check(row.len())?;
        match &mut self.kept {
            Kept::Narrow(kept) if self.factor == 1 => kept.extend_from_slice(row),
            _ => self.add(row, |value| u64::from(value) * 257),
        }
        Ok(())
    }

    /// Takes the next row of 16-bit samples.
    pub fn take_wide(&mut self, row: &[u16]) -> Result<()> {
        self.check(row.len())?;
        match &mut self.kept {
            Kept::Wide(kept) if self.factor == 1 => kept.extend_from_slice(row),
            _ => self.add(row, u64::from),
        }
        Ok(())
    }

    fn check(&mut self, samples: usize) -> Result<()> {
        self.rows_taken += 1;
        if self.rows_taken > self.height || samples != self.width * self.samples.channels {
            return Err(Error::damaged("the picture has more rows or longer ones than it says"));
        }
        Ok(())
    }

    fn add<T: Copy>(&mut self, row: &[T], value: impl Fn(T) -> u64 + Copy) {
        let (per_square, has_alpha) = (self.factor, self.samples.has_alpha);
        // With the number of channels known, a square costs a few additions.
        match self.samples.channels {
            1 => add_row::<1, T>(&mut self.sums, row, per_square, has_alpha, value),
            2 => add_row::<2, T>(&mut self.sums, row, per_square, has_alpha, value),
            3 => add_row::<3, T>(&mut self.sums, row, per_square, has_alpha, value),
            4 => add_row::<4, T>(&mut self.sums, row, per_square, has_alpha, value),
            _ => add_row::<5, T>(&mut self.sums, row, per_square, has_alpha, value),
        }
        self.rows_in_sums += 1;
        if self.rows_in_sums == self.factor || self.rows_taken == self.height {
            self.keep_sums();
        }
    }

    fn keep_sums(&mut self) {
        let Self { samples, factor, rows_in_sums, width, .. } = *self;
        let squares = self.sums.chunks_exact_mut(samples.channels);
        let kept_width = squares.len();
        for (at, square) in squares.enumerate() {
            let columns = if at + 1 == kept_width { width - at * factor } else { factor };
            mean(square, (columns * rows_in_sums) as u64, samples.has_alpha);
            match &mut self.kept {
                Kept::Narrow(kept) => kept.extend(square.iter().map(|&value| narrow(value))),
                Kept::Wide(kept) => kept.extend(square.iter().map(|&value| value.min(0xffff) as u16)),
            }
            square.fill(0);
        }
        self.rows_in_sums = 0;
    }

    /// What was kept, and its size.
    pub fn finish(self) -> Result<(u32, u32, Kept)> {
        if self.rows_taken < self.height {
            return Err(Error::damaged("rows are missing at the end of the picture"));
        }
        Ok((self.width.div_ceil(self.factor) as u32, self.height.div_ceil(self.factor as u32), self.kept))
    }
}

/// Adds the pixels of a row, `N` samples each, to the sums of the squares that they belong to.
fn add_row<const N: usize, T: Copy>(
    sums: &mut [u64],
    row: &[T],
    per_square: usize,
    has_alpha: bool,
    value: impl Fn(T) -> u64,
) {
    for (square, pixels) in sums.chunks_exact_mut(N).zip(row.chunks(N * per_square)) {
        let mut sum = [0; N];
        for pixel in pixels.chunks_exact(N) {
            // What cannot be seen must not colour what can.
            let weight = if has_alpha { value(pixel[N - 1]) } else { 1 };
            let colors = if has_alpha { N - 1 } else { N };
            for at in 0..colors {
                sum[at] += value(pixel[at]) * weight;
            }
            if has_alpha {
                sum[N - 1] += weight;
            }
        }
        square.iter_mut().zip(sum).for_each(|(to, sum)| *to += sum);
    }
}

/// Makes a sum of so many pixels their mean.
fn mean(sums: &mut [u64], count: u64, has_alpha: bool) {
    if !has_alpha {
        sums.iter_mut().for_each(|sum| *sum = (*sum + count / 2) / count);
    } else if let Some((alpha, colors)) = sums.split_last_mut() {
        colors.iter_mut().for_each(|sum| *sum /= (*alpha).max(1));
        *alpha = (*alpha + count / 2) / count;
    }
}

/// 16 bits to 8, to the nearest.
pub(crate) fn narrow(value: u64) -> u8 {
    ((value.min(0xffff) + 128) / 257) as u8
}

/// Grey becomes RGB; the number of channels is that of what was kept.
pub(crate) fn in_color(width: u32, height: u32, channels: usize, data: Vec<u8>) -> Pixels {
    match channels {
        1 => Pixels { width, height, channels: 3, data: data.iter().flat_map(|&grey| [grey; 3]).collect() },
        2 => {
            let data = data.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect();
            Pixels { width, height, channels: 4, data }
        }
        _ => Pixels { width, height, channels, data },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: Samples = Samples { channels: 1, has_alpha: false, is_wide: false };
    const RGB: Samples = Samples { channels: 3, ..GREY };
    const SMALL: Wanted = Wanted { side: 1440, fullsize: false, colorspace: Colorspace::P3 };

    #[test]
    fn squares_become_their_mean_also_at_the_edges() {
        let mut shrinker = Shrinker::new(3, 3, GREY, 2);
        for row in [[10, 20, 100], [30, 40, 200], [50, 70, 9]] {
            shrinker.take(&row).unwrap();
        }
        assert_eq!(shrinker.finish().unwrap(), (2, 2, Kept::Narrow(vec![25, 150, 60, 9])));
    }

    #[test]
    fn sixteen_bits_are_rounded_not_cut() {
        for factor in [1, 2] {
            let mut shrinker = Shrinker::new(2, 2, Samples { is_wide: true, ..GREY }, factor);
            for _ in 0..2 {
                shrinker.take_wide(&[255, 255]).unwrap();
            }
            let (_, _, kept) = shrinker.finish().unwrap();
            assert!(matches!(&kept, Kept::Wide(kept) if kept.iter().all(|&value| value == 255)), "factor {factor}");
            assert!(kept.into_narrow().iter().all(|&value| value == 1), "factor {factor}");
        }
    }

    #[test]
    fn what_is_clear_does_not_colour_its_neighbours() {
        let mut shrinker = Shrinker::new(2, 1, Samples { channels: 4, has_alpha: true, is_wide: false }, 2);
        shrinker.take(&[200, 100, 50, 255, 0, 0, 0, 0]).unwrap();
        assert_eq!(shrinker.finish().unwrap().2, Kept::Narrow(vec![200, 100, 50, 128]));
    }

    #[test]
    fn rows_are_counted() {
        let mut shrinker = Shrinker::new(2, 2, GREY, 1);
        shrinker.take(&[1, 2]).unwrap();
        assert!(shrinker.take(&[1]).is_err());
        let mut shrinker = Shrinker::new(2, 2, GREY, 1);
        shrinker.take(&[1, 2]).unwrap();
        assert!(shrinker.finish().is_err());
    }

    #[test]
    fn only_giants_are_shrunk() {
        assert_eq!(SMALL.factor(4000, 3000, RGB), 1);
        assert_eq!(SMALL.factor(30_000, 20_000, RGB), 6);
        let strip = SMALL.factor(200_000, 2000, RGB);
        assert!(strip > 1, "memory goes before quality: {strip}");
        assert!(SMALL.factor(200_000, 2000, Samples { is_wide: true, ..RGB }) > strip, "more bits need more of it");
        assert_eq!(Wanted { fullsize: true, ..SMALL }.factor(11_000, 9000, RGB), 1);
        assert!(Wanted { fullsize: true, ..SMALL }.factor(30_000, 20_000, RGB) > 1);
    }
}
