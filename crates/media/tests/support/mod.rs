//! Files as cameras, scanners and attackers make them, built byte by byte.
#![allow(dead_code, clippy::allow_attributes, reason = "each test program uses a part of it")]

use config::system::image::Image;
use media::image::{Outputs, Pictures};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use turbojpeg::{Compressor, PixelFormat, Subsamp};

/// Where cargo built the programs of the children.
pub fn programs() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_image-child"));
    program.parent().expect("a program is in a folder").to_owned()
}

/// A folder with one source at a time and the pictures made of it.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("write the source");
        path
    }

    pub fn make(&self, source: &Path, settings: &Image) -> media::Result<Made> {
        let (preview, thumbnail) = (self.path("preview"), self.path("thumbnail"));
        let outputs = Outputs { preview: &preview, thumbnail: &thumbnail, fullsize: None };
        let pictures = media::image::make(source, settings, &outputs)?;
        let read = |path: &Path| std::fs::read(path).expect("a picture that was made");
        Ok(Made { pictures, preview: read(&preview), thumbnail: read(&thumbnail) })
    }

    /// Writes `bytes` and makes the pictures of them.
    pub fn make_of(&self, name: &str, bytes: &[u8]) -> Made {
        let source = self.write(name, bytes);
        self.make(&source, &Image::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn fail_on(&self, name: &str, bytes: &[u8]) -> media::Error {
        let source = self.write(name, bytes);
        for made_before in ["preview", "thumbnail"] {
            let _ = std::fs::remove_file(self.path(made_before));
        }
        let error = self.make(&source, &Image::default()).err().unwrap_or_else(|| panic!("{name} was accepted"));
        assert!(!self.path("preview").exists() && !self.path("thumbnail").exists(), "{name} left a picture behind");
        error
    }
}

pub struct Made {
    pub pictures: Pictures,
    pub preview: Vec<u8>,
    pub thumbnail: Vec<u8>,
}

/// Decoded by another decoder than the product's.
pub fn pixels(bytes: &[u8]) -> image::RgbaImage {
    image::load_from_memory(bytes).expect("a picture").into_rgba8()
}

/// Written by the ffmpeg command, in the format of the name.
pub fn by_ffmpeg(bench: &Bench, picture: &image::RgbImage, name: &str) -> PathBuf {
    let (source, target) =
        (bench.write("source.png", &encoded(picture.clone(), image::ImageFormat::Png)), bench.path(name));
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .args([&source, &target])
        .status()
        .expect("the ffmpeg command");
    assert!(made.success(), "{name}");
    target
}

/// A file of the folder with real photos, or nothing, said aloud, where that is absent.
pub fn real(name: &str) -> Option<PathBuf> {
    let folder =
        option_env!("FERROTYPE_MEDIA").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let path = Path::new(folder).join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// Four colours, one for each quarter: red, green / blue, white.
pub fn quarters(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| match (x * 2 < width, y * 2 < height) {
        (true, true) => image::Rgb([220, 30, 30]),
        (false, true) => image::Rgb([30, 200, 30]),
        (true, false) => image::Rgb([30, 30, 220]),
        (false, false) => image::Rgb([240, 240, 240]),
    })
}

pub fn encoded(picture: impl Into<image::DynamicImage>, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).expect("encode");
    bytes.into_inner()
}

pub fn jpeg(picture: &image::RgbImage) -> Vec<u8> {
    jpeg_of(picture.as_raw(), (picture.width(), picture.height()), PixelFormat::RGB)
}

pub fn jpeg_of(samples: &[u8], (width, height): (u32, u32), format: PixelFormat) -> Vec<u8> {
    let mut compressor = Compressor::new().expect("a compressor");
    compressor.set_quality(95).expect("quality");
    let colors = if format == PixelFormat::GRAY { Subsamp::Gray } else { Subsamp::None };
    compressor.set_subsamp(colors).expect("subsampling");
    let (width, height) = (width as usize, height as usize);
    let pitch = width * format.size();
    compressor.compress_to_vec(turbojpeg::Image { pixels: samples, width, pitch, height, format }).expect("encode")
}

/// Puts a segment behind the start of a JPEG.
pub fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a segment holds 64 KB").to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

pub fn with_exif(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xe1, &[b"Exif\0\0", tiff].concat())
}

pub fn with_xmp(jpeg: &[u8], packet: &str) -> Vec<u8> {
    with_segment(jpeg, 0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat())
}

pub fn with_profile(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x01", profile].concat())
}

/// A value of an EXIF field.
#[derive(Debug, Clone)]
pub enum Field {
    Text(&'static str),
    Short(u16),
    Rationals(Vec<(u32, u32)>),
    Bytes(Vec<u8>),
}

/// TIFF with the first directory and, where given, those of camera settings and of the position.
pub fn tiff(first: &[(u16, Field)], camera: &[(u16, Field)], position: &[(u16, Field)]) -> Vec<u8> {
    let pointers = usize::from(!camera.is_empty()) + usize::from(!position.is_empty());
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    let first_length = directory_length(first, pointers);
    let camera_at = 8 + first_length;
    let position_at = camera_at + if camera.is_empty() { 0 } else { directory_length(camera, 0) };
    let mut more = Vec::new();
    if !camera.is_empty() {
        more.push((0x8769, camera_at as u32));
    }
    if !position.is_empty() {
        more.push((0x8825, position_at as u32));
    }
    push_directory(&mut bytes, first, &more);
    for directory in [camera, position] {
        if !directory.is_empty() {
            push_directory(&mut bytes, directory, &[]);
        }
    }
    bytes
}

fn directory_length(fields: &[(u16, Field)], pointers: usize) -> usize {
    let values = fields.iter().map(|(_, field)| field.encode().2.len()).filter(|length| *length > 4).sum::<usize>();
    2 + 12 * (fields.len() + pointers) + 4 + values
}

fn push_directory(bytes: &mut Vec<u8>, fields: &[(u16, Field)], pointers: &[(u16, u32)]) {
    let entries = fields.len() + pointers.len();
    let mut values_at = bytes.len() + 2 + 12 * entries + 4;
    let mut values = Vec::new();
    bytes.extend((entries as u16).to_le_bytes());
    for (tag, field) in fields {
        let (kind, count, mut value) = field.encode();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        if value.len() > 4 {
            bytes.extend((values_at as u32).to_le_bytes());
            values_at += value.len();
            values.extend(value);
        } else {
            value.resize(4, 0);
            bytes.extend(value);
        }
    }
    for (tag, at) in pointers {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(4u16.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(at.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(values);
}

impl Field {
    /// Type, count and bytes.
    fn encode(&self) -> (u16, u32, Vec<u8>) {
        match self {
            Self::Text(text) => (2, text.len() as u32 + 1, [text.as_bytes(), b"\0"].concat()),
            Self::Short(value) => (3, 1, value.to_le_bytes().to_vec()),
            Self::Rationals(values) => {
                let bytes = values.iter().flat_map(|(n, d)| [n.to_le_bytes(), d.to_le_bytes()].concat()).collect();
                (5, values.len() as u32, bytes)
            }
            Self::Bytes(bytes) => (7, bytes.len() as u32, bytes.clone()),
        }
    }
}
