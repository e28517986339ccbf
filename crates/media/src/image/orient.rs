//! EXIF orientation: how the stored picture is turned and mirrored.

use super::Pixels;

/// Size once upright.
pub(crate) fn upright(width: u32, height: u32, orientation: u8) -> (u32, u32) {
    if orientation >= 5 { (height, width) } else { (width, height) }
}

/// Turns a picture upright.
pub(crate) fn apply(pixels: Pixels, orientation: u8) -> Pixels {
    if !(2..=8).contains(&orientation) {
        return pixels;
    }
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let (new_width, new_height) = upright(pixels.width, pixels.height, orientation);
    let channels = pixels.channels;
    let mut data = Vec::with_capacity(pixels.data.len());
    for y in 0..new_height as usize {
        for x in 0..new_width as usize {
            // Where the pixel that belongs here is stored.
            let (from_x, from_y) = match orientation {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                _ => (width - 1 - y, x),
            };
            let at = (from_y * width + from_x) * channels;
            data.extend_from_slice(&pixels.data[at..at + channels]);
        }
    }
    Pixels { width: new_width, height: new_height, channels, data }
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
            let data = values.iter().flat_map(|&value| [value; 3]).collect();
            let turned = apply(Pixels { width, height: 6 / width, channels: 3, data }, orientation);
            let values: Vec<u8> = turned.data.iter().copied().step_by(3).collect();
            assert_eq!((turned.width, turned.height), (3, 2), "orientation {orientation}");
            assert_eq!(values, [1, 2, 3, 4, 5, 6], "orientation {orientation}");
        }
    }
}
