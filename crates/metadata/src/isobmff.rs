//! Boxes, as HEIC, AVIF, JPEG XL, CR3, MP4 and QuickTime are made of.
//!
//! What must stay true: every length comes from a stranger, so nothing is indexed without `get`, boxes are looked at only
//! inside their parent, and every loop moves forward.

/// More than any real parent has.
const MAX_BOXES: usize = 4096;

/// The boxes one after the other, as (kind, content).
pub(crate) fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let kind: [u8; 4] = rest.get(4..8)?.try_into().ok()?;
        let (head, length) = match be32(rest, 0)? {
            // To the end of the file.
            0 => (8, rest.len()),
            1 => (16, usize::try_from(be64(rest, 8)?).ok()?),
            length => (8, length as usize),
        };
        let content = rest.get(head..length)?;
        rest = &rest[length..];
        Some((kind, content))
    })
    .take(MAX_BOXES)
}

pub(crate) fn find<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(kind, _)| kind == wanted).map(|(_, content)| content)
}

/// What stands in the first `uuid` box of this name.
pub(crate) fn find_uuid<'a>(bytes: &'a [u8], wanted: &[u8; 16]) -> Option<&'a [u8]> {
    boxes(bytes).filter(|(kind, _)| kind == b"uuid").find_map(|(_, content)| content.strip_prefix(wanted.as_slice()))
}

pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?).into())
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

pub(crate) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
