//! The one thing in Apple's maker note that matters here: what the two halves of a live photo have in common.

use crate::tidy;

const CONTENT_IDENTIFIER: u16 = 0x0011;
const ASCII: u16 = 2;
/// Magic, version, byte order.
const DIRECTORY_AT: usize = 14;

/// A directory as in TIFF, big-endian, its offsets counted from the start of the note.
pub(crate) fn content_identifier(note: &[u8]) -> Option<String> {
    if !note.starts_with(b"Apple iOS\0") || note.get(12..DIRECTORY_AT)? != b"MM" {
        return None;
    }
    let be16 = |at: usize| Some(u16::from_be_bytes(note.get(at..at + 2)?.try_into().ok()?));
    let be32 = |at: usize| Some(u32::from_be_bytes(note.get(at..at + 4)?.try_into().ok()?) as usize);
    let fields = usize::from(be16(DIRECTORY_AT)?);
    for field in 0..fields {
        let at = DIRECTORY_AT + 2 + field * 12;
        if be16(at)? == CONTENT_IDENTIFIER && be16(at + 2)? == ASCII {
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
    fn the_identifier_is_found() {
        let id = b"6F1C2B1E-6C6B-4B39-9E5B-1B2C3D4E5F60\0";
        let mut note = b"Apple iOS\0\0\x01MM\0\x02".to_vec();
        note.extend([0, 1, 0, 9, 0, 0, 0, 1, 0, 0, 0, 13]);
        note.extend([0, 0x11, 0, 2, 0, 0, 0, id.len() as u8, 0, 0, 0, 40]);
        assert_eq!(note.len(), 40);
        note.extend(id);
        assert_eq!(content_identifier(&note).as_deref(), Some("6F1C2B1E-6C6B-4B39-9E5B-1B2C3D4E5F60"));
        for length in 0..note.len() {
            assert_eq!(content_identifier(&note[..length]), None, "{length} bytes");
        }
    }
}
