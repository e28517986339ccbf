//! The smallest rectangle, turned as it may be, around some points.

/// Corners, upper left first, clockwise.
pub type Corners = [(f64, f64); 4];

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    pub corners: Corners,
    pub shorter_side: f64,
}

/// None without points.
pub fn smallest_rectangle(points: &mut Vec<(i32, i32)>) -> Option<Rectangle> {
    let hull = convex_hull(points);
    let first = *hull.first()?;
    if hull.len() == 1 {
        let corner = (f64::from(first.0), f64::from(first.1));
        return Some(Rectangle { corners: [corner; 4], shorter_side: 0.0 });
    }
    // One side of the smallest rectangle lies on a side of the hull.
    let edges = hull.iter().zip(hull.iter().cycle().skip(1));
    let along = edges.filter_map(|(a, b)| along_edge(&hull, *a, *b));
    let (_, rectangle) = along.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(rectangle)
}

pub fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn direction(a: (f64, f64), b: (f64, f64)) -> Option<(f64, f64)> {
    let length = distance(a, b);
    (length > 1e-9).then(|| ((b.0 - a.0) / length, (b.1 - a.1) / length))
}

/// Area and rectangle with a side along this edge.
fn along_edge(hull: &[(i32, i32)], a: (i32, i32), b: (i32, i32)) -> Option<(f64, Rectangle)> {
    let place = |(x, y): (i32, i32)| (f64::from(x), f64::from(y));
    let (x, y) = direction(place(a), place(b))?;
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    for &point in hull {
        let (px, py) = place(point);
        let (u, v) = (px * x + py * y, py * x - px * y);
        low = (low.0.min(u), low.1.min(v));
        high = (high.0.max(u), high.1.max(v));
    }
    let back = |(u, v): (f64, f64)| (u * x - v * y, u * y + v * x);
    let corners = [back(low), back((high.0, low.1)), back(high), back((low.0, high.1))];
    let (width, height) = (high.0 - low.0, high.1 - low.1);
    Some((width * height, Rectangle { corners: ordered(corners), shorter_side: width.min(height) }))
}

/// Of the two leftmost corners the upper one first, then the upper and the lower of the others.
fn ordered(mut corners: Corners) -> Corners {
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [a, b, c, d] = corners;
    let (upper_left, lower_left) = if b.1 > a.1 { (a, b) } else { (b, a) };
    let (upper_right, lower_right) = if d.1 > c.1 { (c, d) } else { (d, c) };
    [upper_left, upper_right, lower_right, lower_left]
}

/// Andrew's monotone chain.
fn convex_hull(points: &mut Vec<(i32, i32)>) -> Vec<(i32, i32)> {
    points.sort_unstable();
    points.dedup();
    if points.len() < 3 {
        return points.clone();
    }
    let mut hull = half(points.iter().copied());
    hull.pop();
    let mut other = half(points.iter().rev().copied());
    other.pop();
    hull.append(&mut other);
    hull
}

fn half(points: impl Iterator<Item = (i32, i32)>) -> Vec<(i32, i32)> {
    let mut chain: Vec<(i32, i32)> = Vec::new();
    for point in points {
        while let [.., a, b] = chain[..] {
            if turn(a, b, point) > 0 {
                break;
            }
            chain.pop();
        }
        chain.push(point);
    }
    chain
}

fn turn(a: (i32, i32), b: (i32, i32), c: (i32, i32)) -> i64 {
    let d = |a: i32, b: i32| i64::from(b) - i64::from(a);
    d(a.0, b.0) * d(a.1, c.1) - d(a.1, b.1) * d(a.0, c.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upright_points_have_an_upright_rectangle() {
        let mut points = (0..=10).flat_map(|x| (0..=4).map(move |y| (x + 5, y + 7))).collect();
        let found = smallest_rectangle(&mut points).unwrap();
        assert_eq!(found.corners, [(5.0, 7.0), (15.0, 7.0), (15.0, 11.0), (5.0, 11.0)]);
        assert_eq!(found.shorter_side, 4.0);
    }

    #[test]
    fn slanted_points_have_a_slanted_rectangle() {
        // Along (4, 3), whose length is 5.
        let mut points: Vec<_> = (0..10).flat_map(|i| [(4 * i, 3 * i), (4 * i - 6, 3 * i + 8)]).collect();
        let found = smallest_rectangle(&mut points).unwrap();
        assert!((found.shorter_side - 10.0).abs() < 1e-9);
        assert!((distance(found.corners[0], found.corners[2]) - 45.0_f64.hypot(10.0)).abs() < 1e-9);
    }

    #[test]
    fn few_points_are_no_trouble() {
        assert_eq!(smallest_rectangle(&mut Vec::new()), None);
        assert_eq!(smallest_rectangle(&mut vec![(3, 4); 2]).unwrap().corners, [(3.0, 4.0); 4]);
        let line = smallest_rectangle(&mut vec![(0, 0), (9, 0), (5, 0)]).unwrap();
        assert_eq!(line.shorter_side, 0.0);
    }
}
