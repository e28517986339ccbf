//! A small square picture of somebody's face, cut out of the picture in which it was found.

use super::{Decoded, Picture, Pixels, color, decode, encode, hdr, orient, shrink::Wanted, write};
use crate::error::{Error, Result};
use config::system::{
    choices::ImageFormat,
    image::{GeneratedImage, Image},
};
use model::faces::FaceBox;
use std::path::Path;

/// Of the square. A face that has fewer pixels is not enlarged.
const SIDE: u32 = 250;
/// How much more than the face is shown.
const AROUND: f64 = 1.1;
/// For the smallest face it is not worth to decode a larger picture.
const MAX_DECODED_SIDE: f64 = 8000.0;

/// Of a picture file.
pub fn make(source: &Path, face: &FaceBox, settings: &Image, target: &Path) -> Result<()> {
    let wanted = Wanted { side: side_to_decode(face), fullsize: false, colorspace: settings.colorspace };
    let decoded = decode::decode(source, wanted, settings.extract_embedded)?;
    cut(decoded, face, settings, target)
}

/// Of a frame that is decoded and upright.
pub fn make_from_rgb(
    (width, height): (u32, u32),
    rgb: Vec<u8>,
    face: &FaceBox,
    settings: &Image,
    target: &Path,
) -> Result<()> {
    let pixels = Pixels { width, height, channels: 3, data: rgb };
    let (full_width, full_height) = (width, height);
    let decoded =
        Decoded { picture: pixels.into(), orientation: 1, icc_profile: None, hdr: None, full_width, full_height };
    cut(decoded, face, settings, target)
}

/// Cutting first makes all else cheap.
fn cut(decoded: Decoded, face: &FaceBox, settings: &Image, target: &Path) -> Result<()> {
    let Decoded { picture, orientation, icc_profile, hdr, .. } = decoded;
    let pixels = picture.into_pixels();
    let square = Square::around(face, orient::upright(pixels.width, pixels.height, orientation))?;
    let cut = square.as_stored(pixels.width, pixels.height, orientation).cut_out(&pixels);
    let small = Picture::from(cut).with_shorter_side(SIDE)?;
    let plain = match hdr {
        Some(hdr) => hdr::to_srgb(small.into_pixels(), hdr).into(),
        None => small,
    };
    let color::Shown { picture, icc_profile } = color::show(plain, icc_profile.as_deref(), settings.colorspace);
    let encoding = GeneratedImage {
        format: ImageFormat::Jpeg,
        progressive: false,
        quality: settings.thumbnail.quality,
        size: SIDE,
    };
    let (_, bytes) = encode::encode(picture.upright(orientation), icc_profile.as_deref(), (&encoding).into())?;
    let mut file = write::Batch::default();
    file.add(target, bytes)?;
    file.finish()
}

/// The shorter side of a picture in which the square has enough pixels.
fn side_to_decode(face: &FaceBox) -> u32 {
    let shorter = f64::from(face.image_width.min(face.image_height));
    (f64::from(SIDE) * shorter / length(face, (1.0, 1.0)).max(1.0)).clamp(f64::from(SIDE), MAX_DECODED_SIDE).ceil()
        as u32
}

/// Of a side of the square, when the picture is larger by these factors across and down.
fn length(face: &FaceBox, (across, down): (f64, f64)) -> f64 {
    let (width, height) = (f64::from(face.x2) - f64::from(face.x1), f64::from(face.y2) - f64::from(face.y1));
    (width * across).max(height * down) * AROUND
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Square {
    left: u32,
    top: u32,
    side: u32,
}

impl Square {
    /// With the face in its middle, or as near to that as the edges of the picture allow.
    fn around(face: &FaceBox, (width, height): (u32, u32)) -> Result<Self> {
        if face.image_width <= 0 || face.image_height <= 0 {
            return Err(Error::Damaged("the face is in a picture without pixels".to_owned()));
        }
        let across = f64::from(width) / f64::from(face.image_width);
        let down = f64::from(height) / f64::from(face.image_height);
        let side = length(face, (across, down)).round().clamp(1.0, f64::from(width.min(height)));
        let start = |from: i32, to: i32, factor: f64, length: u32| {
            let middle = (f64::from(from) + f64::from(to)) / 2.0 * factor;
            (middle - side / 2.0).round().clamp(0.0, f64::from(length) - side) as u32
        };
        let (left, top) = (start(face.x1, face.x2, across, width), start(face.y1, face.y2, down, height));
        Ok(Self { left, top, side: side as u32 })
    }

    /// Where that lies in the picture as it is stored, which has this size.
    fn as_stored(self, width: u32, height: u32, orientation: u8) -> Self {
        let Self { left: x, top: y, side } = self;
        let (from_right, from_bottom) = (width - side, height - side);
        let (left, top) = match orientation {
            2 => (from_right - x, y),
            3 => (from_right - x, from_bottom - y),
            4 => (x, from_bottom - y),
            5 => (y, x),
            6 => (y, from_bottom - x),
            7 => (from_right - y, from_bottom - x),
            8 => (from_right - y, x),
            _ => (x, y),
        };
        Self { left, top, side }
    }

    fn cut_out(self, pixels: &Pixels) -> Pixels {
        let (left, side) = (self.left as usize * pixels.channels, self.side as usize * pixels.channels);
        let rows = pixels.data.chunks_exact(pixels.width as usize * pixels.channels);
        let rows = rows.skip(self.top as usize).take(self.side as usize);
        let data = rows.flat_map(|row| &row[left..left + side]).copied().collect();
        Pixels { width: self.side, height: self.side, channels: pixels.channels, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face([x1, y1, x2, y2]: [i32; 4]) -> FaceBox {
        FaceBox { image_width: 400, image_height: 200, x1, y1, x2, y2 }
    }

    fn around(place: [i32; 4], size: (u32, u32)) -> [u32; 3] {
        let Square { left, top, side } = Square::around(&face(place), size).unwrap();
        [left, top, side]
    }

    #[test]
    fn the_face_is_in_the_middle_unless_the_picture_ends() {
        assert_eq!(around([150, 50, 250, 150], (400, 200)), [145, 45, 110]);
        assert_eq!(around([150, 75, 250, 125], (400, 200)), [145, 45, 110], "as high as it is wide");
        assert_eq!(around([150, 50, 250, 150], (800, 400)), [290, 90, 220], "in a larger picture");
        assert_eq!(around([0, 0, 100, 100], (400, 200)), [0, 0, 110]);
        assert_eq!(around([300, 100, 400, 200], (400, 200)), [290, 90, 110]);
        assert_eq!(around([0, 0, 400, 200], (400, 200)), [100, 0, 200], "no more than there is");
        assert_eq!(around([5, 5, 6, 6], (4, 2)), [0, 0, 1]);
    }

    #[test]
    fn enough_is_decoded_for_the_square_and_no_more() {
        assert_eq!(side_to_decode(&face([0, 0, 100, 100])), 455);
        assert_eq!(side_to_decode(&face([0, 0, 400, 200])), 250);
        assert_eq!(side_to_decode(&face([0, 0, 1, 1])), 8000);
    }

    /// Each pixel says where it is in the upright picture.
    #[test]
    fn cutting_and_turning_may_change_places() {
        let upright: Vec<[u8; 3]> = (0..6).flat_map(|y| (0..9).map(move |x| [x, y, 0])).collect();
        let (width, height) = (9u32, 6u32);
        let square = Square { left: 5, top: 1, side: 3 };
        for orientation in 1..=8 {
            let (stored_width, stored_height) = orient::upright(width, height, orientation);
            // Turning undoes itself, but for the quarters.
            let back = match orientation {
                6 => 8,
                8 => 6,
                same => same,
            };
            let data = upright.iter().flatten().copied().collect();
            let stored = orient::pixels(Pixels { width, height, channels: 3, data }, back);
            assert_eq!((stored.width, stored.height), (stored_width, stored_height));
            let cut = square.as_stored(stored_width, stored_height, orientation).cut_out(&stored);
            let expected: Vec<u8> = (1..4).flat_map(|y| (5..8).flat_map(move |x| [x, y, 0])).collect();
            assert_eq!(orient::pixels(cut, orientation).data, expected, "orientation {orientation}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_square_is_inside_its_picture(
            image_width: i32, image_height: i32, x1: i32, y1: i32, x2: i32, y2: i32,
            width in 1u32..100_000, height in 1u32..100_000,
        ) {
            let face = FaceBox { image_width, image_height, x1, y1, x2, y2 };
            if let Ok(Square { left, top, side }) = Square::around(&face, (width, height)) {
                proptest::prop_assert!(side > 0 && left + side <= width && top + side <= height);
                let _ = side_to_decode(&face);
            }
        }
    }
}
