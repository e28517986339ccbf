//! Widening a box: every edge is moved outwards and the corners are rounded, in the whole numbers of the Clipper library,
//! with which the reference does it. Half a pixel here is three in the photo, and decides over a letter at the edge.

use super::hull::Corners;
use std::f64::consts::{PI, TAU};

/// How far a rounded corner may be from a circle.
const ARC_TOLERANCE: f64 = 0.25;

type Point = (i32, i32);

/// The corners of the widened shape; none if nothing is left of the box in whole numbers.
pub fn widen(corners: &Corners, distance: f64) -> Vec<Point> {
    let mut path = corners.map(|(x, y)| (x as i32, y as i32)).to_vec();
    path.dedup();
    if path.len() > 1 && path.first() == path.last() {
        path.pop();
    }
    if path.len() < 3 || distance < 1e-9 {
        return Vec::new();
    }
    let normals: Vec<(f64, f64)> = (0..path.len()).map(|i| normal(path[i], path[(i + 1) % path.len()])).collect();
    let arc = Arc::new(distance);
    let mut widened = Vec::new();
    for (index, &corner) in path.iter().enumerate() {
        let before = normals[(index + path.len() - 1) % path.len()];
        arc.around(corner, before, normals[index], &mut widened);
    }
    widened
}

/// Outwards from an edge, of length one.
fn normal(a: Point, b: Point) -> (f64, f64) {
    let (x, y) = (f64::from(b.0 - a.0), f64::from(b.1 - a.1));
    let length = x.hypot(y);
    (y / length, -x / length)
}

struct Arc {
    distance: f64,
    steps_per_radian: f64,
    sin: f64,
    cos: f64,
}

impl Arc {
    fn new(distance: f64) -> Self {
        let tolerance = ARC_TOLERANCE.min(distance * ARC_TOLERANCE);
        let steps = (PI / (1.0 - tolerance / distance).acos()).min(distance * PI);
        let (sin, cos) = (TAU / steps).sin_cos();
        Self { distance, steps_per_radian: steps / TAU, sin, cos }
    }

    /// From the direction of one edge to that of the next.
    fn around(&self, corner: Point, before: (f64, f64), after: (f64, f64), shape: &mut Vec<Point>) {
        let moved = |(x, y): (f64, f64)| {
            let place = |corner: i32, by: f64| (f64::from(corner) + by * self.distance).round() as i32;
            (place(corner.0, x), place(corner.1, y))
        };
        let sin = before.0 * after.1 - after.0 * before.1;
        let cos = before.0 * after.0 + before.1 * after.1;
        if (sin * self.distance).abs() < 1.0 && cos > 0.0 {
            shape.push(moved(before));
            return;
        }
        let steps = (self.steps_per_radian * sin.clamp(-1.0, 1.0).atan2(cos).abs()).round().max(1.0) as usize;
        let (mut x, mut y) = before;
        for _ in 0..steps {
            shape.push(moved((x, y)));
            (x, y) = (x * self.cos - self.sin * y, x * self.sin + y * self.cos);
        }
        shape.push(moved(after));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_edges_move_outwards_and_corners_are_round() {
        let shape = widen(&[(10.2, 20.9), (50.7, 20.9), (50.7, 30.1), (10.2, 30.1)], 5.4);
        let bounds = |pick: fn(&Point) -> i32| (shape.iter().map(pick).min(), shape.iter().map(pick).max());
        assert_eq!(bounds(|point| point.0), (Some(5), Some(55)));
        assert_eq!(bounds(|point| point.1), (Some(15), Some(35)));
        assert!(!shape.contains(&(5, 15)) && shape.len() > 8, "{shape:?}");
    }

    #[test]
    fn a_box_without_area_has_no_shape() {
        assert!(widen(&[(3.0, 3.0), (3.2, 3.0), (3.2, 3.4), (3.0, 3.4)], 2.0).is_empty());
    }
}
