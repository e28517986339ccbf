//! What matters here of Apple's maker note: what the two halves of a live photo, and the pictures of a burst, have in
//! common.

use crate::tidy;

const BURST: u16 = 0x000b;
const CONTENT_IDENTIFIER: u16 = 0x0011;
const ASCII: u16 = 2;
/// Magic, version, byte order.
const DIRECTORY_AT: usize = 14;

pub(crate) fn content_identifier(note: &[u8]) -> Option<String> {
    text(note, CONTENT_IDENTIFIER)
}

pub(crate) fn burst_id(note: &[u8]) -> Option<String> {
    text(note, BURST)
}

/// A directory as in TIFF, big-endian, its offsets counted from the start of the note.
fn text(note: &[u8], wanted: u16) -> Option<String> {
    if !note.starts_with(b"Apple iOS\0") || note.get(12..DIRECTORY_AT)? != b"MM" {
        return None;
    }
    let be16 = |at: usize| Some(u16::from_be_bytes(note.get(at..at + 2)?.try_into().ok()?));
    let be32 = |at: usize| Some(u32::from_be_bytes(note.get(at..at + 4)?.try_into().ok()?) as usize);
    let fields = usize::from(be16(DIRECTORY_AT)?);
    for field in 0..fields {
        let at = DIRECTORY_AT + 2 + field * 12;
        if be16(at)? == wanted && be16(at + 2)? == ASCII {
            let (length, value) = (be32(at + 4)?, be32(at + 8)?);
            return tidy(&String::from_utf8_lossy(note.get(value..value.checked_add(length)?)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found() {
        let id = b"6F1C2B1E-6C6B-4B39-9E5B-1B2C3D4E5F60\0";
        let burst = b"FC52ED9E-AD83-4E3E-AF64-D2F42D3421A0\0";
        let mut note = b"Apple iOS\0\0\x01MM\0\x03".to_vec();
        note.extend([0, 1, 0, 9, 0, 0, 0, 1, 0, 0, 0, 13]);
        note.extend([0, 0x0b, 0, 2, 0, 0, 0, burst.len() as u8, 0, 0, 0, 52]);
        note.extend([0, 0x11, 0, 2, 0, 0, 0, id.len() as u8, 0, 0, 0, 52 + burst.len() as u8]);
        assert_eq!(note.len(), 52);
        note.extend(burst);
        note.extend(id);
        assert_eq!(burst_id(&note).as_deref(), Some("FC52ED9E-AD83-4E3E-AF64-D2F42D3421A0"));
        assert_eq!(content_identifier(&note).as_deref(), Some("6F1C2B1E-6C6B-4B39-9E5B-1B2C3D4E5F60"));
        for length in 0..note.len() {
            assert_eq!(content_identifier(&note[..length]), None, "{length} bytes");
        }
    }
}
