//! Pictures made on the spot: nothing is stored in the repository, and no two are the same bytes unless they should be.

use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A picture to be made. The seed decides its content: the same seed and size give the same bytes.
#[derive(Debug, Clone)]
pub struct Picture {
    seed: u32,
    width: u32,
    height: u32,
    color: Option<[u8; 3]>,
    exif: exif::Exif,
    faces: Vec<Face>,
}

/// A plain red rectangle, and whose face that is.
#[derive(Debug, Clone)]
struct Face {
    name: String,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

const RED: Rgb<u8> = Rgb([230, 20, 20]);

impl Picture {
    pub fn new(seed: u32) -> Self {
        Self { seed, width: 64, height: 48, color: None, exif: exif::Exif::default(), faces: Vec::new() }
    }

    /// One that no other test has.
    pub fn random() -> Self {
        let [a, b, c, d, ..] = *uuid::Uuid::new_v4().as_bytes();
        Self::new(u32::from_be_bytes([a, b, c, d]))
    }

    pub fn size(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Of one color, but for a corner by which its bytes are its own.
    pub fn plain(mut self, color: [u8; 3]) -> Self {
        self.color = Some(color);
        self
    }

    /// Wall clock as `2024:05:01 10:00:00`, offset as `+02:00`.
    pub fn taken(mut self, wall_clock: &str, offset: &str) -> Self {
        self.exif.taken = Some((wall_clock.to_owned(), offset.to_owned()));
        self
    }

    /// In degrees, south and west negative.
    pub fn at(mut self, latitude: f64, longitude: f64) -> Self {
        self.exif.position = Some((latitude, longitude));
        self
    }

    pub fn camera(mut self, make: &str, model: &str) -> Self {
        self.exif.camera = Some((make.to_owned(), model.to_owned()));
        self
    }

    /// 1 to 8, as EXIF counts.
    pub fn orientation(mut self, orientation: u16) -> Self {
        self.exif.orientation = Some(orientation);
        self
    }

    /// What a phone of Apple's writes into both halves of a live photo.
    pub fn content_id(mut self, id: &str) -> Self {
        self.exif.content_id = Some(id.to_owned());
        self
    }

    /// Left, top, width and height in the stored picture, of which a JPEG's XMP tells.
    pub fn face(mut self, name: &str, [left, top, width, height]: [u32; 4]) -> Self {
        self.faces.push(Face { name: name.to_owned(), left, top, width, height });
        self
    }

    /// With the EXIF and the faces that were asked for.
    pub fn jpeg(&self) -> Vec<u8> {
        let plain = self.encode(ImageFormat::Jpeg);
        let plain = if self.faces.is_empty() { plain } else { with_xmp(&plain, "", &self.regions()) };
        if self.exif.is_empty() {
            return plain;
        }
        let tiff = self.exif.tiff();
        let length = u16::try_from(tiff.len() + 8).expect("hand-made EXIF is short");
        // Start of image, then our APP1 segment, then the rest.
        let mut bytes = plain[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(b"Exif\0\0");
        bytes.extend(tiff);
        bytes.extend(&plain[2..]);
        bytes
    }

    /// With an XMP packet that holds these attributes and elements.
    pub fn xmp_jpeg(&self, attributes: &str, elements: &str) -> Vec<u8> {
        with_xmp(&self.jpeg(), attributes, elements)
    }

    /// The faces, as photo software writes them into XMP.
    pub fn regions(&self) -> String {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let item = |face: &Face| {
            let middle = |from: u32, length: u32, of: f64| (f64::from(from) + f64::from(length) / 2.0) / of;
            format!(
                "<rdf:li><rdf:Description mwg-rs:Name='{}' mwg-rs:Type='Face'><mwg-rs:Area stArea:x='{}' stArea:y='{}'
                stArea:w='{}' stArea:h='{}' stArea:unit='normalized'/></rdf:Description></rdf:li>",
                face.name,
                middle(face.left, face.width, width),
                middle(face.top, face.height, height),
                f64::from(face.width) / width,
                f64::from(face.height) / height
            )
        };
        let items: String = self.faces.iter().map(item).collect();
        format!(
            "<mwg-rs:Regions rdf:parseType='Resource'><mwg-rs:AppliedToDimensions stDim:w='{width}' stDim:h='{height}'
            stDim:unit='pixel'/><mwg-rs:RegionList><rdf:Bag>{items}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
        )
    }

    /// As phones with Google's camera write it: XMP says how long the video is that follows the picture.
    pub fn motion_jpeg(&self, video: &[u8]) -> Vec<u8> {
        let item = |semantic, length| {
            format!("<rdf:li><Container:Item Item:Semantic='{semantic}' Item:Length='{length}'/></rdf:li>")
        };
        let items = item("Primary", 0) + &item("MotionPhoto", video.len());
        let directory = format!("<Container:Directory><rdf:Seq>{items}</rdf:Seq></Container:Directory>");
        [&self.xmp_jpeg("GCamera:MotionPhoto='1'", &directory), video].concat()
    }

    pub fn png(&self) -> Vec<u8> {
        self.encode(ImageFormat::Png)
    }

    pub fn webp(&self) -> Vec<u8> {
        self.encode(ImageFormat::WebP)
    }

    pub fn gif(&self) -> Vec<u8> {
        self.encode(ImageFormat::Gif)
    }

    fn encode(&self, format: ImageFormat) -> Vec<u8> {
        let [red, green, blue, slope] = self.seed.to_be_bytes();
        let picture = RgbImage::from_fn(self.width, self.height, |x, y| {
            let shade = |base: u8, across: u32| {
                (u32::from(base) + across * 255 / self.width.max(self.height) + u32::from(slope) * y / 64) as u8
            };
            let is_face = self.faces.iter().any(|face| face.holds(x, y));
            match self.color {
                _ if is_face => RED,
                Some(color) if x > 3 || y > 3 => Rgb(color),
                _ => Rgb([shade(red, x), shade(green, y), shade(blue, x / 2 + y / 2)]),
            }
        });
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("write a picture to memory");
        bytes.into_inner()
    }
}

impl Face {
    fn holds(&self, x: u32, y: u32) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.top..self.top + self.height).contains(&y)
    }
}

fn with_xmp(jpeg: &[u8], attributes: &str, elements: &str) -> Vec<u8> {
    let xmp = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description {attributes}>
        {elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    let length = u16::try_from(xmp.len() + 2).expect("hand-made XMP is short").to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, xmp.as_bytes(), &jpeg[2..]].concat()
}

/// Just enough of EXIF to say when, where, by what and which way up.
pub mod exif {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const ASCII: u16 = 2;
    const RATIONAL: u16 = 5;
    const UNDEFINED: u16 = 7;

    #[derive(Debug, Clone, Default)]
    pub struct Exif {
        pub taken: Option<(String, String)>,
        pub position: Option<(f64, f64)>,
        pub camera: Option<(String, String)>,
        pub orientation: Option<u16>,
        pub content_id: Option<String>,
    }

    /// Tag, type, count, value as it is stored.
    type Entry = (u16, u16, u32, Vec<u8>);

    impl Exif {
        pub fn is_empty(&self) -> bool {
            let says_when_and_where = self.taken.is_some() || self.position.is_some();
            !says_when_and_where && self.camera.is_none() && self.orientation.is_none() && self.content_id.is_none()
        }

        /// A little-endian TIFF: main directory, then those of the photo and of the position.
        pub fn tiff(&self) -> Vec<u8> {
            let mut main = Vec::new();
            if let Some((make, model)) = &self.camera {
                main.extend([text(0x010f, make), text(0x0110, model)]);
            }
            if let Some(orientation) = self.orientation {
                main.push((0x0112, SHORT, 1, orientation.to_le_bytes().to_vec()));
            }
            let mut photo = Vec::new();
            if let Some((wall_clock, offset)) = &self.taken {
                photo.extend([text(0x9003, wall_clock), text(0x9011, offset)]);
            }
            if let Some(id) = &self.content_id {
                let note = apple_note(id);
                photo.push((0x927c, UNDEFINED, note.len() as u32, note));
            }
            let position = self.position.map(|(latitude, longitude)| gps(latitude, longitude)).unwrap_or_default();

            // The size of a directory is known before its content: the pointers to the two others come last.
            let pointers = usize::from(!photo.is_empty()) + usize::from(!position.is_empty());
            let photo_at = 8 + size(&main) + 12 * pointers;
            let position_at = photo_at + if photo.is_empty() { 0 } else { size(&photo) };
            if !photo.is_empty() {
                main.push((0x8769, LONG, 1, (photo_at as u32).to_le_bytes().to_vec()));
            }
            if !position.is_empty() {
                main.push((0x8825, LONG, 1, (position_at as u32).to_le_bytes().to_vec()));
            }
            let mut tiff = b"II*\0\x08\0\0\0".to_vec();
            for directory in [&main, &photo, &position].into_iter().filter(|directory| !directory.is_empty()) {
                write(&mut tiff, directory);
            }
            tiff
        }
    }

    fn text(tag: u16, text: &str) -> Entry {
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        (tag, ASCII, bytes.len() as u32, bytes)
    }

    /// A directory of its own, with one entry; its offsets count from its start.
    fn apple_note(content_id: &str) -> Vec<u8> {
        let mut note = b"Apple iOS\0\0\x01MM\0\x01\0\x11\0\x02".to_vec();
        note.extend((content_id.len() as u32 + 1).to_be_bytes());
        note.extend([0, 0, 0, 32, 0, 0, 0, 0]);
        note.extend(content_id.as_bytes());
        note.push(0);
        note
    }

    fn gps(latitude: f64, longitude: f64) -> Vec<Entry> {
        let degrees = |tag, value: f64| {
            let seconds_100 = (value.abs() * 360_000.0).round() as u32;
            let parts = [(seconds_100 / 360_000, 1), (seconds_100 / 6_000 % 60, 1), (seconds_100 % 6_000, 100u32)];
            let bytes = parts.iter().flat_map(|(n, d)| [n.to_le_bytes(), d.to_le_bytes()].concat()).collect();
            (tag, RATIONAL, 3, bytes)
        };
        vec![
            text(1, if latitude < 0.0 { "S" } else { "N" }),
            degrees(2, latitude),
            text(3, if longitude < 0.0 { "W" } else { "E" }),
            degrees(4, longitude),
        ]
    }

    /// Count, entries, pointer to the next; then the values that do not fit into four bytes.
    fn size(directory: &[Entry]) -> usize {
        let outside: usize = directory.iter().map(|entry| entry.3.len()).filter(|&length| length > 4).sum();
        2 + 12 * directory.len() + 4 + outside
    }

    fn write(tiff: &mut Vec<u8>, directory: &[Entry]) {
        let mut outside_at = tiff.len() + 2 + 12 * directory.len() + 4;
        let mut outside: Vec<u8> = Vec::new();
        tiff.extend((directory.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in directory {
            tiff.extend(tag.to_le_bytes());
            tiff.extend(kind.to_le_bytes());
            tiff.extend(count.to_le_bytes());
            if value.len() > 4 {
                tiff.extend((outside_at as u32).to_le_bytes());
                outside_at += value.len();
                outside.extend(value);
            } else {
                let mut inline = value.clone();
                inline.resize(4, 0);
                tiff.extend(inline);
            }
        }
        tiff.extend([0; 4]);
        tiff.extend(outside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_picture() {
        assert_eq!(Picture::new(7).jpeg(), Picture::new(7).jpeg());
        assert_ne!(Picture::new(7).jpeg(), Picture::new(8).jpeg());
        let made = image::load_from_memory(&Picture::new(7).size(33, 21).taken("2024:05:01 10:00:00", "+02:00").jpeg());
        assert_eq!((made.as_ref().unwrap().width(), made.unwrap().height()), (33, 21));
    }
}
