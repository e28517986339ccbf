//! Turning, scaling and shifting a face so that eyes, nose and mouth are where ArcFace expects them.

use crate::pictures::{Affine, Picture, warp_affine};

pub const SIDE: u32 = 112;

/// Where ArcFace's training had them, in a square of 112 pixels.
const TEMPLATE: [(f64, f64); 5] =
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)];

/// None if the points of the face all lie together.
pub fn align(picture: &Picture, landmarks: &[(f32, f32); 5]) -> Option<Picture> {
    let points = landmarks.map(|(x, y)| (f64::from(x), f64::from(y)));
    let to_picture = similarity(&points, &TEMPLATE)?.inverse()?;
    Some(warp_affine(picture, &to_picture, SIDE))
}

/// The turn, scale and shift that bring `from` nearest to `to`, by least squares.
fn similarity(from: &[(f64, f64); 5], to: &[(f64, f64); 5]) -> Option<Affine> {
    let (from_x, from_y) = mean(from);
    let (to_x, to_y) = mean(to);
    let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
    for (a, b) in from.iter().zip(to) {
        let (ax, ay, bx, by) = (a.0 - from_x, a.1 - from_y, b.0 - to_x, b.1 - to_y);
        along += ax * bx + ay * by;
        across += ax * by - ay * bx;
        spread += ax * ax + ay * ay;
    }
    if spread.is_nan() || spread < 1e-9 {
        return None;
    }
    let (cos, sin) = (along / spread, across / spread);
    Some(Affine([cos, -sin, to_x - cos * from_x + sin * from_y, sin, cos, to_y - sin * from_x - cos * from_y]))
}

fn mean(points: &[(f64, f64); 5]) -> (f64, f64) {
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    (x / 5.0, y / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_face_is_turned_back() {
        // A quarter to the right, twice as large, elsewhere.
        let turned = TEMPLATE.map(|(x, y)| (300.0 - 2.0 * y, 50.0 + 2.0 * x));
        let map = similarity(&turned, &TEMPLATE).unwrap();
        for (turned, wanted) in turned.iter().zip(TEMPLATE) {
            let (x, y) = map.apply(turned.0, turned.1);
            assert!((x - wanted.0).abs() < 1e-9 && (y - wanted.1).abs() < 1e-9);
        }
        assert_eq!(similarity(&[(7.0, 7.0); 5], &TEMPLATE), None);
    }
}
