//! What a file is, by its first bytes: names lie. Only RAW files of cameras are taken by their name, since most of them
//! look like a TIFF.

use model::mime;
use std::path::Path;

/// So many bytes tell.
pub(crate) const HEAD_BYTES: u64 = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    /// HEIC, HEIF and AVIF.
    Heif,
    Png,
    Tiff,
    JpegXl,
    Jpeg2000,
    Psd,
    Svg,
    Raw,
    /// GIF, WebP and BMP.
    Other(image::ImageFormat),
}

/// `head` is what the file begins with.
pub(crate) fn format(head: &[u8], path: &Path) -> Option<Format> {
    if head.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(Format::Jpeg);
    }
    if head.get(4..8) == Some(b"ftyp") {
        if head.get(8..12) == Some(b"crx ") {
            return Some(Format::Raw);
        }
        if head.get(8..).is_some_and(is_heif_brand) {
            return Some(Format::Heif);
        }
    }
    const MAGIC: [(&[u8], Format); 13] = [
        (b"\x89PNG\r\n\x1a\n", Format::Png),
        (b"\xff\x0a", Format::JpegXl),
        (b"\0\0\0\x0cJXL \r\n\x87\n", Format::JpegXl),
        (b"\xff\x4f\xff\x51", Format::Jpeg2000),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Format::Jpeg2000),
        (b"8BPS", Format::Psd),
        // Fujifilm, Sigma, Minolta, Panasonic, Olympus thrice.
        (b"FUJIFILMCCD-RAW", Format::Raw),
        (b"FOVb", Format::Raw),
        (b"\0MRM", Format::Raw),
        (b"IIU\0", Format::Raw),
        (b"IIRO", Format::Raw),
        (b"IIRS", Format::Raw),
        (b"MMOR", Format::Raw),
    ];
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*format);
    }
    let is_named_raw = path.to_str().is_some_and(mime::is_raw);
    let other = image::guess_format(head).ok();
    match other {
        Some(image::ImageFormat::Tiff) if is_named_raw => Some(Format::Raw),
        Some(image::ImageFormat::Tiff) => Some(Format::Tiff),
        _ if is_tiff(head) => Some(if is_named_raw { Format::Raw } else { Format::Tiff }),
        Some(image::ImageFormat::Gif | image::ImageFormat::WebP | image::ImageFormat::Bmp) => other.map(Format::Other),
        _ if is_named_raw => Some(Format::Raw),
        _ => is_svg(head).then_some(Format::Svg),
    }
}

/// The kind with addresses of 64 bits, which `image` does not know.
fn is_tiff(head: &[u8]) -> bool {
    head.starts_with(b"II\x2b\0") || head.starts_with(b"MM\0\x2b")
}

/// Major or compatible brand of a still picture.
fn is_heif_brand(brands: &[u8]) -> bool {
    const STILL: [&[u8; 4]; 8] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"];
    brands.chunks_exact(4).take(8).any(|brand| STILL.iter().any(|still| brand == *still))
}

/// Text whose first elements are, after comments and declarations, those of a drawing.
fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<') && text.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(head: &[u8], name: &str) -> Option<Format> {
        format(head, Path::new(name))
    }

    #[test]
    fn content_decides() {
        assert_eq!(named(b"\xff\xd8\xff\xe0rest", "a.nef"), Some(Format::Jpeg));
        assert_eq!(named(b"\0\0\0\x18ftypheic\0\0\0\0mif1", "a.jpg"), Some(Format::Heif));
        assert_eq!(named(b"\0\0\0\x18ftypmp42\0\0\0\0isom", "a.jpg"), None);
        assert_eq!(named(b"\x89PNG\r\n\x1a\nrest", "a.jpg"), Some(Format::Png));
        assert_eq!(named(b"FUJIFILMCCD-RAW 0201", "a.jpg"), Some(Format::Raw));
        assert_eq!(named(b"\xef\xbb\xbf<?xml version='1.0'?><!-- a --><svg>", "a.jpg"), Some(Format::Svg));
        assert_eq!(named(b"<html>", "a.svg"), None);
        assert_eq!(named(b"", "a.jpg"), None);
    }

    #[test]
    fn the_name_tells_raw_from_tiff() {
        for head in [b"II\x2a\0\x08\0\0\0", b"MM\0\x2a\0\0\0\x08", b"II\x2b\0\x08\0\0\0"] {
            assert_eq!(named(head, "scan.tif"), Some(Format::Tiff));
            assert_eq!(named(head, "DSC_0001.NEF"), Some(Format::Raw));
        }
        assert_eq!(named(b"something of its own", "old.k25"), Some(Format::Raw));
    }
}
