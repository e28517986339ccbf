//! What a file is, by its first bytes: names lie.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    /// HEIC, HEIF and AVIF.
    Heif,
    Other(image::ImageFormat),
}

pub(crate) fn format(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(Format::Jpeg);
    }
    if bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..).is_some_and(is_heif_brand) {
        return Some(Format::Heif);
    }
    image::guess_format(bytes).ok().map(Format::Other)
}

/// Major or compatible brand of a still picture.
fn is_heif_brand(brands: &[u8]) -> bool {
    const STILL: [&[u8; 4]; 8] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"];
    brands.chunks_exact(4).take(8).any(|brand| STILL.iter().any(|still| brand == *still))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        assert_eq!(format(b"\xff\xd8\xff\xe0rest"), Some(Format::Jpeg));
        assert_eq!(format(b"\0\0\0\x18ftypheic\0\0\0\0mif1"), Some(Format::Heif));
        assert_eq!(format(b"\0\0\0\x18ftypmp42\0\0\0\0isom"), None);
        assert_eq!(format(b"\x89PNG\r\n\x1a\nrest"), Some(Format::Other(image::ImageFormat::Png)));
        assert_eq!(format(b""), None);
    }
}
