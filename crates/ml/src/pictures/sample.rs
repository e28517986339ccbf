//! Taking a turned or slanted part out of a picture, as OpenCV and Pillow do it.

use super::Picture;

/// x' = a·x + b·y + c, y' = d·x + e·y + f.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine(pub [f64; 6]);

impl Affine {
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + b * y + c, d * x + e * y + f)
    }

    /// None if it maps everything onto a line.
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.0;
        let determinant = a * e - b * d;
        if determinant.abs() < 1e-12 {
            return None;
        }
        let (ia, ib, id, ie) = (e / determinant, -b / determinant, -d / determinant, a / determinant);
        Some(Self([ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)]))
    }
}

/// A square of `side` pixels; the map leads from its pixels to the picture's. Black where there is no picture, as
/// OpenCV's `warpAffine` with a constant border.
pub fn warp_affine(picture: &Picture, map: &Affine, side: u32) -> Picture {
    Picture::from_fn(side, side, |x, y| {
        let (x, y) = map.apply(f64::from(x), f64::from(y));
        bilinear(picture, x, y)
    })
}

/// Pixels have their middle at whole numbers.
fn bilinear(picture: &Picture, x: f64, y: f64) -> image::Rgb<u8> {
    let (left, top) = (x.floor(), y.floor());
    let (right_weight, lower_weight) = (x - left, y - top);
    let (left, top) = (left as i64, top as i64);
    let corners = [
        (pixel(picture, left, top), (1.0 - right_weight) * (1.0 - lower_weight)),
        (pixel(picture, left + 1, top), right_weight * (1.0 - lower_weight)),
        (pixel(picture, left, top + 1), (1.0 - right_weight) * lower_weight),
        (pixel(picture, left + 1, top + 1), right_weight * lower_weight),
    ];
    image::Rgb(std::array::from_fn(|color| {
        let sum: f64 = corners.iter().map(|(bytes, weight)| f64::from(bytes[color]) * weight).sum();
        sum.round() as u8
    }))
}

fn pixel(picture: &Picture, x: i64, y: i64) -> [u8; 3] {
    match (u32::try_from(x), u32::try_from(y)) {
        (Ok(x), Ok(y)) if x < picture.width() && y < picture.height() => picture.get_pixel(x, y).0,
        _ => [0; 3],
    }
}

/// (a·x + b·y + c) / (g·x + h·y + 1), (d·x + e·y + f) / (g·x + h·y + 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perspective([f64; 8]);

impl Perspective {
    /// Maps a rectangle of this size, from its upper left corner clockwise, onto four points. None if they lie on a line.
    pub fn onto(width: f64, height: f64, points: &[(f64, f64); 4]) -> Option<Self> {
        let corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
        let mut rows = [[0.0; 9]; 8];
        for (index, ((x, y), (u, v))) in corners.iter().zip(points).enumerate() {
            rows[2 * index] = [*x, *y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, *u];
            rows[2 * index + 1] = [0.0, 0.0, 0.0, *x, *y, 1.0, -v * x, -v * y, *v];
        }
        solve(rows).map(Self)
    }

    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f, g, h] = self.0;
        let depth = g * x + h * y + 1.0;
        ((a * x + b * y + c) / depth, (d * x + e * y + f) / depth)
    }
}

/// Gauss' elimination, the largest number of a column first.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let largest = (column..8).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, largest);
        let pivot = rows[column];
        if pivot[column].abs() < 1e-12 {
            return None;
        }
        for (index, row) in rows.iter_mut().enumerate().filter(|(index, _)| *index != column) {
            let factor = row[column] / pivot[column];
            debug_assert!(index != column);
            row.iter_mut().zip(pivot).for_each(|(value, of_pivot)| *value -= factor * of_pivot);
        }
    }
    Some(std::array::from_fn(|index| rows[index][8] / rows[index][index]))
}

/// As Pillow's `transform` with its bicubic filter: pixels have their middle at halves, and what lies outside is black.
pub fn warp_perspective(picture: &Picture, map: &Perspective, width: u32, height: u32) -> Picture {
    Picture::from_fn(width, height, |x, y| {
        let (x, y) = map.apply(f64::from(x) + 0.5, f64::from(y) + 0.5);
        bicubic(picture, x, y)
    })
}

/// Far less than a step of a byte, far more than what reckoning loses.
const LAST_BITS: f64 = 1e-6;

fn bicubic(picture: &Picture, x: f64, y: f64) -> image::Rgb<u8> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    if !(x >= 0.0 && y >= 0.0 && x < width && y < height) {
        return image::Rgb([0; 3]);
    }
    let (x, y) = (x - 0.5, y - 0.5);
    let (column_weights, row_weights) = (cubic(x - x.floor()), cubic(y - y.floor()));
    let near =
        |place: f64, offset: usize, side: f64| (place.floor() - 1.0 + offset as f64).clamp(0.0, side - 1.0) as u32;
    let mut sums = [0.0; 3];
    for (row, row_weight) in row_weights.iter().enumerate() {
        for (column, column_weight) in column_weights.iter().enumerate() {
            let pixel = picture.get_pixel(near(x, column, width), near(y, row, height));
            let weight = row_weight * column_weight;
            sums.iter_mut().zip(pixel.0).for_each(|(sum, byte)| *sum += weight * f64::from(byte));
        }
    }
    // Cut off, not rounded. Where a pixel is only copied, Pillow loses one to the last bit of its map now and then; here a
    // copy is one.
    image::Rgb(sums.map(|sum| (sum + LAST_BITS).clamp(0.0, 255.0) as u8))
}

/// Of the four pixels in a row around a place `t` behind the second one. Sharper than the curve for resizing: its
/// parameter is -1.
fn cubic(t: f64) -> [f64; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-t + 2.0 * t2 - t3, 1.0 - 2.0 * t2 + t3, t + t2 - t3, -t2 + t3]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Picture {
        Picture::from_fn(100, 100, |x, y| image::Rgb([x as u8 * 2, y as u8 * 2, 50]))
    }

    #[test]
    fn affine_maps_have_inverses() {
        let map = Affine([0.5, -0.25, 10.0, 0.25, 0.5, -3.0]);
        let (x, y) = map.apply(7.0, 11.0);
        let (back_x, back_y) = map.inverse().unwrap().apply(x, y);
        assert!((back_x - 7.0).abs() < 1e-9 && (back_y - 11.0).abs() < 1e-9);
        assert_eq!(Affine([1.0, 1.0, 0.0, 1.0, 1.0, 0.0]).inverse(), None);
    }

    #[test]
    fn a_part_is_taken_out_and_black_is_around() {
        let part = warp_affine(&ramp(), &Affine([1.0, 0.0, 90.5, 0.0, 1.0, 20.0]), 20);
        assert_eq!(part.get_pixel(0, 0).0, [181, 40, 50]);
        assert_eq!(part.get_pixel(15, 5).0, [0; 3]);
    }

    #[test]
    fn four_points_become_a_rectangle() {
        let corners = [(20.0, 10.0), (60.0, 14.0), (64.0, 44.0), (18.0, 40.0)];
        let map = Perspective::onto(40.0, 30.0, &corners).unwrap();
        for ((x, y), corner) in [(0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0)].iter().zip(corners) {
            let (u, v) = map.apply(*x, *y);
            assert!((u - corner.0).abs() < 1e-9 && (v - corner.1).abs() < 1e-9);
        }
        let upright = [(20.0, 10.0), (60.0, 10.0), (60.0, 40.0), (20.0, 40.0)];
        let part = warp_perspective(&ramp(), &Perspective::onto(40.0, 30.0, &upright).unwrap(), 40, 30);
        assert!((0..40).all(|x| part.get_pixel(x, 7).0 == [(20 + x as u8) * 2, 34, 50]));
        assert_eq!(Perspective::onto(40.0, 30.0, &[(0.0, 0.0); 4]), None);
    }
}
