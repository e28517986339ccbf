//! Lines taken out of the picture, upright and from left to right.

use super::Line;
use crate::pictures::{Perspective, Picture, warp_perspective};
use image::imageops::rotate270;

/// From here on a line is taken for one that runs downwards.
const UPRIGHT: f64 = 1.5;
/// Of a box that is larger nothing is read: it would only take memory.
const LARGEST_PIXELS: f64 = 64e6;

/// None if the box is none.
pub fn crop(picture: &Picture, line: &Line) -> Option<Picture> {
    let [a, b, c, d] = line.corners.map(|(x, y)| (f64::from(x), f64::from(y)));
    let length = |from: (f64, f64), to: (f64, f64)| (from.0 - to.0).hypot(from.1 - to.1);
    let width = length(a, b).max(length(d, c)).trunc();
    let height = length(a, d).max(length(b, c)).trunc();
    if width < 1.0 || height < 1.0 || width * height > LARGEST_PIXELS {
        return None;
    }
    let map = Perspective::onto(width, height, &[a, b, c, d])?;
    let part = warp_perspective(picture, &map, width as u32, height as u32);
    Some(if height / width >= UPRIGHT { rotate270(&part) } else { part })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_run_downwards_are_turned_against_the_clock() {
        let picture = Picture::from_fn(50, 90, |_, y| image::Rgb([if y < 45 { 250 } else { 10 }; 3]));
        let corners = [(10.0, 10.0), (30.0, 10.0), (30.0, 80.0), (10.0, 80.0)];
        let part = crop(&picture, &Line { corners, score: 1.0 }).unwrap();
        assert_eq!(part.dimensions(), (70, 20));
        assert!(part.get_pixel(3, 10)[0] > 200 && part.get_pixel(66, 10)[0] < 50);
        assert!(crop(&picture, &Line { corners: [(5.0, 5.0); 4], score: 1.0 }).is_none());
    }
}
