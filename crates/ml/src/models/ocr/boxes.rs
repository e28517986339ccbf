//! From the map of likelihoods to boxes around lines, as the reference of DB networks does it.

use super::{
    Line,
    detect::Options,
    hull::{Corners, Rectangle, distance, smallest_rectangle},
    widen::widen,
};

/// A pixel that is likelier belongs to a line.
const THRESHOLD: f32 = 0.3;
/// Lines are found slimmer than they are: by how much of their area over their edge they are widened.
const WIDENING: f64 = 1.6;
/// In pixels of the map, before and after.
const SMALLEST: f64 = 3.0;
const SMALLEST_WIDENED: f64 = 5.0;
/// In pixels of the picture.
const SMALLEST_IN_PICTURE: f32 = 3.0;
const MOST_LINES: usize = 1000;
/// What begins less than this lower stands in the same row; in pixels of the picture.
const SAME_ROW: f32 = 10.0;

/// Over what the likelihoods of a line are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scoring {
    /// Its box.
    Fast,
    /// Its own pixels.
    Slow,
}

pub fn find_lines(map: &[f32], columns: usize, picture: (u32, u32), options: Options) -> Vec<Line> {
    let rows = map.len() / columns.max(1);
    let mut spots = spots(map, columns, rows);
    // Of too many the lowest are looked at, as OpenCV's contours come.
    spots.reverse();
    spots.truncate(MOST_LINES);
    let size = Size { map: (columns, rows), picture };
    let mut lines: Vec<Line> = spots.iter().filter_map(|spot| line(map, &size, spot, options)).collect();
    in_reading_order(&mut lines);
    lines
}

/// From top to bottom, and from left to right what begins at the same height.
fn in_reading_order(lines: &mut [Line]) {
    let top = |line: &Line| line.corners[0].1;
    lines.sort_by(|a, b| top(a).total_cmp(&top(b)));
    let rows = lines.chunk_by_mut(|above, below| top(below) - top(above) < SAME_ROW);
    rows.for_each(|row| row.sort_by(|a, b| a.corners[0].0.total_cmp(&b.corners[0].0)));
}

struct Size {
    map: (usize, usize),
    picture: (u32, u32),
}

fn line(map: &[f32], size: &Size, spot: &[(i32, i32)], options: Options) -> Option<Line> {
    let mut points = spot.to_vec();
    let found = smallest_rectangle(&mut points).filter(|found| found.shorter_side >= SMALLEST)?;
    let score = match options.scoring {
        Scoring::Fast => mean_within(map, size.map, &found.corners),
        Scoring::Slow => mean_of(map, size.map.0, spot),
    };
    if score < options.min_score {
        return None;
    }
    let mut shape = widen(&found.corners, widening(&found));
    let widened = smallest_rectangle(&mut shape).filter(|widened| widened.shorter_side >= SMALLEST_WIDENED)?;
    let scale = |place: f64, of_map: usize, of_picture: u32| {
        let place = (place / of_map as f64 * f64::from(of_picture)).round_ties_even();
        place.clamp(0.0, f64::from(of_picture.saturating_sub(1))) as f32
    };
    let corners =
        widened.corners.map(|(x, y)| (scale(x, size.map.0, size.picture.0), scale(y, size.map.1, size.picture.1)));
    let side = |a: (f32, f32), b: (f32, f32)| (a.0 - b.0).hypot(a.1 - b.1).trunc();
    let is_large =
        side(corners[0], corners[1]) > SMALLEST_IN_PICTURE && side(corners[0], corners[3]) > SMALLEST_IN_PICTURE;
    is_large.then_some(Line { corners, score })
}

/// By how much every side is moved.
fn widening(found: &Rectangle) -> f64 {
    let (width, height) = (distance(found.corners[0], found.corners[1]), distance(found.corners[0], found.corners[3]));
    width * height * WIDENING / (2.0 * (width + height)).max(1e-9)
}

/// Pixels that hang together, corners included, in the order of their first ones.
fn spots(map: &[f32], columns: usize, rows: usize) -> Vec<Vec<(i32, i32)>> {
    let mut is_open = dilated(map, columns);
    let mut spots = Vec::new();
    for start in 0..is_open.len() {
        if !is_open[start] {
            continue;
        }
        is_open[start] = false;
        let (mut spot, mut next) = (Vec::new(), vec![start]);
        while let Some(index) = next.pop() {
            let (x, y) = (index % columns, index / columns);
            spot.push((x as i32, y as i32));
            for near_y in y.saturating_sub(1)..=(y + 1).min(rows - 1) {
                for near_x in x.saturating_sub(1)..=(x + 1).min(columns - 1) {
                    let near = near_y * columns + near_x;
                    if std::mem::take(&mut is_open[near]) {
                        next.push(near);
                    }
                }
            }
        }
        spots.push(spot);
    }
    spots
}

/// Likely pixels, and those to the right of and below them.
fn dilated(map: &[f32], columns: usize) -> Vec<bool> {
    let is_likely = |x: usize, y: usize| map.get(y * columns + x).is_some_and(|&likelihood| likelihood > THRESHOLD);
    let is_line = |index: usize| {
        let (x, y) = (index % columns, index / columns);
        (x.saturating_sub(1)..=x).any(|x| (y.saturating_sub(1)..=y).any(|y| is_likely(x, y)))
    };
    (0..map.len()).map(is_line).collect()
}

/// Over all pixels in or on the rectangle.
fn mean_within(map: &[f32], (columns, rows): (usize, usize), corners: &Corners) -> f32 {
    let bound = |pick: fn(&(f64, f64)) -> f64, most: usize| {
        let places = corners.iter().map(pick);
        let (low, high) = places.fold((f64::MAX, f64::MIN), |(low, high), place| (low.min(place), high.max(place)));
        let last = most as f64 - 1.0;
        (low.floor().clamp(0.0, last) as usize, high.ceil().clamp(0.0, last) as usize)
    };
    let ((left, right), (top, bottom)) = (bound(|corner| corner.0, columns), bound(|corner| corner.1, rows));
    // In whole numbers from the first pixel on, as the reference draws it.
    let (x, y) = (left as f64, top as f64);
    let corners = &corners.map(|corner| ((corner.0 - x).trunc() + x, (corner.1 - y).trunc() + y));
    let (mut sum, mut count) = (0.0, 0_u32);
    for y in top..=bottom {
        for x in left..=right {
            if is_within(corners, x as f64, y as f64) {
                sum += f64::from(map[y * columns + x]);
                count += 1;
            }
        }
    }
    (sum / f64::from(count.max(1))) as f32
}

/// Half a pixel beside an edge counts as on it: the reference draws the edges, too.
fn is_within(corners: &Corners, x: f64, y: f64) -> bool {
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    edges.into_iter().all(|(a, b)| {
        let cross = (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0);
        cross >= -0.5 * (b.0 - a.0).abs().max((b.1 - a.1).abs())
    })
}

fn mean_of(map: &[f32], columns: usize, spot: &[(i32, i32)]) -> f32 {
    let sum: f64 = spot.iter().map(|&(x, y)| f64::from(map[y as usize * columns + x as usize])).sum();
    (sum / spot.len().max(1) as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(min_score: f32, scoring: Scoring) -> Options {
        Options { min_score, max_resolution: 736, scoring }
    }

    #[test]
    fn lines_are_found_widened_and_in_reading_order() {
        let (columns, rows) = (100, 60);
        let mut map = vec![0.0; columns * rows];
        for (top, left) in [(10, 20), (40, 30)] {
            for y in top..top + 8 {
                map[y * columns + left..y * columns + left + 50].fill(0.9);
            }
        }
        map[5] = 0.9;
        let lines = find_lines(&map, columns, (200, 120), options(0.5, Scoring::Fast));
        assert_eq!(lines.len(), 2, "the spot of one pixel is none");
        let [(left, top), _, (right, bottom), _] = lines[1].corners;
        // 50 × 8 pixels, both sides a pixel more for the widening brush, minus one: the middles of pixels are meant.
        let distance = 50.0 * 8.0 * 1.6 / (2.0 * 58.0);
        let near = |found: f32, wanted: f64| (f64::from(found) - 2.0 * wanted).abs() <= 2.0;
        assert!(near(left, 30.0 - distance) && near(right, 80.0 + distance), "{lines:?}");
        assert!(near(top, 40.0 - distance) && near(bottom, 48.0 + distance), "{lines:?}");
        assert!(lines[1].score > 0.65 && lines[1].score < 0.9);
        assert!(lines[0].corners[0].1 < top);
        let sure = find_lines(&map, columns, (200, 120), options(0.95, Scoring::Slow));
        assert!(sure.is_empty());
    }
}
