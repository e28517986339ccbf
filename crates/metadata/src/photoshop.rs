//! Image resources of Photoshop: in segments of JPEGs, and in PSD files.

use crate::isobmff::{be16, be32};

pub(crate) const IPTC: u32 = 0x0404;
pub(crate) const EXIF: u32 = 0x0422;
pub(crate) const XMP: u32 = 0x0424;
/// More than any real file has.
const MAX_RESOURCES: usize = 1000;

/// The resources of a PSD file: behind the header and the palette.
pub(crate) fn resources_of_psd(bytes: &[u8]) -> Option<&[u8]> {
    const HEADER: usize = 26;
    let palette = be32(bytes, HEADER)? as usize;
    let at = HEADER + 4 + palette;
    let length = be32(bytes, at)? as usize;
    bytes.get(at + 4..)?.get(..length)
}

/// The first resource with this number.
pub(crate) fn find(resources: &[u8], wanted: u32) -> Option<&[u8]> {
    let mut rest = resources;
    for _ in 0..MAX_RESOURCES {
        if rest.get(..4)? != b"8BIM" {
            return None;
        }
        let number = be16(rest, 4)?;
        // A name with its length in front; everything is padded to even lengths.
        let name = 1 + usize::from(*rest.get(6)?);
        let at = 6 + name + name % 2;
        let length = be32(rest, at)? as usize;
        let content = rest.get(at + 4..)?.get(..length)?;
        if number == wanted {
            return Some(content);
        }
        rest = rest.get(at + 4 + length + length % 2..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(number: u32, name: &[u8], content: &[u8]) -> Vec<u8> {
        let mut bytes = b"8BIM".to_vec();
        bytes.extend((number as u16).to_be_bytes());
        bytes.push(name.len() as u8);
        bytes.extend(name);
        if name.len().is_multiple_of(2) {
            bytes.push(0);
        }
        bytes.extend((content.len() as u32).to_be_bytes());
        bytes.extend(content);
        if content.len() % 2 == 1 {
            bytes.push(0);
        }
        bytes
    }

    #[test]
    fn resources_are_found_behind_padded_ones() {
        let all = [resource(1, b"odd", b"abc"), resource(2, b"even", b"ab"), resource(IPTC, b"", b"iptc")].concat();
        assert_eq!(find(&all, IPTC), Some(b"iptc".as_slice()));
        assert_eq!(find(&all, XMP), None);
        for length in 0..all.len() {
            assert_eq!(find(&all[..length], IPTC), None, "{length} bytes");
        }
        let psd = [&[0; 26][..], &[0, 0, 0, 2, 9, 9], &(all.len() as u32).to_be_bytes(), &all].concat();
        assert_eq!(resources_of_psd(&psd), Some(all.as_slice()));
    }
}
