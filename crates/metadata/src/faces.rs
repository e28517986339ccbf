//! People whom a file names, and where in the upright picture they are.

use crate::Metadata;
use serde::{Deserialize, Serialize};

/// No picture is longer.
const MAX_SIDE: f64 = 1_000_000.0;

/// Somebody whom a file names, and where. The box counts pixels of the upright picture, which has that width and height;
/// right and bottom are outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedFace {
    pub name: String,
    pub image_width: i32,
    pub image_height: i32,
    pub x1: i32,
    pub y1: i32,
    pub x2: i32,
    pub y2: i32,
}

/// What was said of faces, of the picture as it is stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regions {
    /// Width and height of the picture when it was said.
    pub size: Option<(f64, f64)>,
    pub list: Vec<Region>,
}

/// Somebody's place, in shares of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub name: String,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Turned as the picture is turned to be shown, and counted in its pixels. What is not inside it is left out.
pub(crate) fn upright(regions: &Regions, metadata: &Metadata) -> Vec<NamedFace> {
    let known = metadata.image_width.zip(metadata.image_height);
    let said =
        regions.size.filter(|(width, height)| (1.0..=MAX_SIDE).contains(width) && (1.0..=MAX_SIDE).contains(height));
    let size = said.map(|(width, height)| (width as i32, height as i32)).or(known);
    let Some((width, height)) = size.filter(|(width, height)| *width > 0 && *height > 0) else { return Vec::new() };
    let orientation = metadata.orientation.unwrap_or(1);
    let (image_width, image_height) = if orientation >= 5 { (height, width) } else { (width, height) };
    let face = |region: &Region| {
        let [left, top, right, bottom] = turned(region, orientation);
        let pixel = |share: f64, length: i32| (share.clamp(0.0, 1.0) * f64::from(length)).round() as i32;
        let (x1, x2) = (pixel(left, image_width), pixel(right, image_width));
        let (y1, y2) = (pixel(top, image_height), pixel(bottom, image_height));
        let is_inside = x1 < x2 && y1 < y2;
        is_inside.then(|| NamedFace { name: region.name.clone(), image_width, image_height, x1, y1, x2, y2 })
    };
    regions.list.iter().filter_map(face).collect()
}

/// Left, top, right and bottom once the picture is upright.
fn turned(region: &Region, orientation: u8) -> [f64; 4] {
    let &Region { left, top, right, bottom, .. } = region;
    let [left, top, right, bottom] =
        if orientation >= 5 { [top, left, bottom, right] } else { [left, top, right, bottom] };
    // With the axes as they shall be, what is left are reflections.
    let across = matches!(orientation, 2 | 3 | 6 | 7);
    let down = matches!(orientation, 3 | 4 | 7 | 8);
    let (left, right) = if across { (1.0 - right, 1.0 - left) } else { (left, right) };
    let (top, bottom) = if down { (1.0 - bottom, 1.0 - top) } else { (top, bottom) };
    [left, top, right, bottom]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region([left, top, right, bottom]: [f64; 4]) -> Region {
        Region { name: "Ann".to_owned(), left, top, right, bottom }
    }

    fn stored(width: i32, height: i32, orientation: u8) -> Metadata {
        Metadata {
            image_width: Some(width),
            image_height: Some(height),
            orientation: Some(orientation),
            ..Metadata::default()
        }
    }

    fn boxes(regions: &Regions, metadata: &Metadata) -> Vec<[i32; 4]> {
        upright(regions, metadata).iter().map(|face| [face.x1, face.y1, face.x2, face.y2]).collect()
    }

    /// A face in the upper left of an upright picture of 80 × 40, in the eight ways in which that can be stored.
    #[test]
    fn faces_turn_with_the_picture() {
        let in_stored: [(u8, [f64; 4]); 8] = [
            (1, [0.125, 0.25, 0.25, 0.5]),
            (2, [0.75, 0.25, 0.875, 0.5]),
            (3, [0.75, 0.5, 0.875, 0.75]),
            (4, [0.125, 0.5, 0.25, 0.75]),
            (5, [0.25, 0.125, 0.5, 0.25]),
            (6, [0.25, 0.75, 0.5, 0.875]),
            (7, [0.5, 0.75, 0.75, 0.875]),
            (8, [0.5, 0.125, 0.75, 0.25]),
        ];
        for (orientation, place) in in_stored {
            let (width, height) = if orientation >= 5 { (40, 80) } else { (80, 40) };
            let regions = Regions { size: None, list: vec![region(place)] };
            let faces = upright(&regions, &stored(width, height, orientation));
            let face =
                NamedFace { name: "Ann".to_owned(), image_width: 80, image_height: 40, x1: 10, y1: 10, x2: 20, y2: 20 };
            assert_eq!(faces, [face], "orientation {orientation}");
        }
    }

    #[test]
    fn the_size_that_was_said_counts_before_that_of_the_file() {
        let regions = Regions { size: Some((400.0, 200.0)), list: vec![region([0.5, 0.5, 0.75, 1.5])] };
        assert_eq!(boxes(&regions, &stored(80, 40, 1)), [[200, 100, 300, 200]]);
        let nonsense = Regions { size: Some((0.0, f64::MAX)), ..regions };
        assert_eq!(boxes(&nonsense, &stored(80, 40, 1)), [[40, 20, 60, 40]]);
        assert!(boxes(&nonsense, &Metadata::default()).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn a_face_is_inside_its_picture(
            place in proptest::array::uniform4(proptest::num::f64::ANY), near in proptest::array::uniform4(-0.5f64..1.5),
            size in proptest::option::of((proptest::num::f64::ANY, proptest::num::f64::ANY)),
            orientation: u8, width: i32, height: i32,
        ) {
            let regions = Regions { size, list: vec![region(place), region(near)] };
            for face in upright(&regions, &stored(width, height, orientation)) {
                proptest::prop_assert!(0 <= face.x1 && face.x1 < face.x2 && face.x2 <= face.image_width, "{:?}", face);
                proptest::prop_assert!(0 <= face.y1 && face.y1 < face.y2 && face.y2 <= face.image_height, "{:?}", face);
            }
        }
    }
}
