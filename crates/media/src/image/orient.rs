//! EXIF orientation: how the stored picture is turned and mirrored.

use super::Pixels;

/// Size once upright.
pub(crate) fn upright(width: u32, height: u32, orientation: u8) -> (u32, u32) {
    if orientation >= 5 { (height, width) } else { (width, height) }
}

/// Side of the squares in which a picture is turned.
const TILE: usize = 32;

/// Turns a picture upright.
pub(crate) fn pixels(pixels: Pixels, orientation: u8) -> Pixels {
    let size = (pixels.width, pixels.height);
    let data = match pixels.channels {
        4 => turn::<4>(pixels.data, size, orientation),
        _ => turn::<3>(pixels.data, size, orientation),
    };
    let (width, height) = upright(pixels.width, pixels.height, orientation);
    Pixels { width, height, channels: pixels.channels, data }
}

/// The same of rows of `N` samples for each pixel.
pub(crate) fn turn<const N: usize>(stored: Vec<u8>, (width, height): (u32, u32), orientation: u8) -> Vec<u8> {
    let (width, height) = (width as usize, height as usize);
    let mut turned = stored;
    let (in_place, _) = turned.as_chunks_mut::<N>();
    match orientation {
        2 => in_place.chunks_exact_mut(width).for_each(<[_]>::reverse),
        3 => in_place.reverse(),
        4 => {
            let (above, below) = in_place.split_at_mut(height / 2 * width);
            let below = below.chunks_exact_mut(width).rev();
            above.chunks_exact_mut(width).zip(below).for_each(|(above, below)| above.swap_with_slice(below));
        }
        5..=8 => return on_its_side::<N>(&turned, (width, height), orientation),
        _ => {}
    }
    turned
}

/// Columns become rows. In squares, so that what is read down the columns is still at hand for the next of them.
fn on_its_side<const N: usize>(stored: &[u8], (width, height): (usize, usize), orientation: u8) -> Vec<u8> {
    let mut turned = vec![0; stored.len()];
    let (from, _) = stored.as_chunks::<N>();
    let (to, _) = turned.as_chunks_mut::<N>();
    for (top, left) in (0..width).step_by(TILE).flat_map(|top| (0..height).step_by(TILE).map(move |left| (top, left))) {
        for y in top..(top + TILE).min(width) {
            for x in left..(left + TILE).min(height) {
                // Where the pixel that belongs here is stored.
                let column = if orientation >= 7 { width - 1 - y } else { y };
                let row = if matches!(orientation, 6 | 7) { height - 1 - x } else { x };
                to[y * height + x] = from[row * width + column];
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of three: 1 2 3 / 4 5 6, stored as the orientation says, must come out the same.
    #[test]
    fn every_orientation_comes_out_upright() {
        let stored: [(u8, u32, &[u8]); 8] = [
            (1, 3, &[1, 2, 3, 4, 5, 6]),
            (2, 3, &[3, 2, 1, 6, 5, 4]),
            (3, 3, &[6, 5, 4, 3, 2, 1]),
            (4, 3, &[4, 5, 6, 1, 2, 3]),
            (5, 2, &[1, 4, 2, 5, 3, 6]),
            (6, 2, &[3, 6, 2, 5, 1, 4]),
            (7, 2, &[6, 3, 5, 2, 4, 1]),
            (8, 2, &[4, 1, 5, 2, 6, 3]),
        ];
        for (orientation, width, values) in stored {
            let turned = turn::<1>(values.to_vec(), (width, 6 / width), orientation);
            assert_eq!(turned, [1, 2, 3, 4, 5, 6], "orientation {orientation}");
            let data = values.iter().flat_map(|&value| [value; 3]).collect();
            let turned = pixels(Pixels { width, height: 6 / width, channels: 3, data }, orientation);
            assert_eq!((turned.width, turned.height), (3, 2), "orientation {orientation}");
            assert_eq!(turned.data, [1, 2, 3, 4, 5, 6].map(|value| [value; 3]).concat(), "orientation {orientation}");
        }
    }

    /// Larger than a square, and no multiple of one.
    #[test]
    fn turned_four_times_it_is_as_before() {
        let (width, height) = (TILE as u32 * 2 + 5, TILE as u32 + 3);
        let stored: Vec<u8> = (0..width * height * 3).map(|at| (at % 251) as u8).collect();
        for (once, back) in [(6, 8), (5, 5), (7, 7), (2, 2), (3, 3), (4, 4)] {
            let turned = turn::<3>(stored.clone(), (width, height), once);
            let turned = turn::<3>(turned, upright(width, height, once), back);
            assert_eq!(turned, stored, "orientation {once}");
        }
    }
}
