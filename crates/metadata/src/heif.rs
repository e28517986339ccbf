//! Boxes of HEIC and AVIF that say how large a picture is and how it is turned. (EXIF and XMP are found by others.)
//!
//! Only the `meta` box is read.

use crate::isobmff::{be16, be32, boxes, find};

/// Of the primary picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// Pixels as stored.
    pub width: u32,
    pub height: u32,
    /// As EXIF would say it.
    pub orientation: u8,
}

pub fn shape(bytes: &[u8]) -> Option<Shape> {
    let meta = find(bytes, b"meta")?.get(4..)?;
    let primary = primary_item(find(meta, b"pitm")?)?;
    let properties = find(meta, b"iprp")?;
    let all: Vec<([u8; 4], &[u8])> = boxes(find(properties, b"ipco")?).collect();
    let mut shape = Shape { orientation: 1, ..Shape::default() };
    let (mut quarters, mut mirror) = (0, None);
    for index in associated(find(properties, b"ipma")?, primary)? {
        let Some((kind, content)) = index.checked_sub(1).and_then(|index| all.get(index)) else { continue };
        match kind {
            b"ispe" => (shape.width, shape.height) = (be32(content, 4)?, be32(content, 8)?),
            b"irot" => quarters = content.first()? & 3,
            b"imir" => mirror = Some(content.first()? & 1),
            _ => {}
        }
    }
    shape.orientation = orientation(quarters, mirror);
    (shape.width > 0 && shape.height > 0).then_some(shape)
}

/// The first colour profile there is: alpha and depth have none.
pub fn icc_profile(bytes: &[u8]) -> Option<&[u8]> {
    let meta = find(bytes, b"meta")?.get(4..)?;
    let mut properties = boxes(find(find(meta, b"iprp")?, b"ipco")?).filter(|(kind, _)| kind == b"colr");
    properties.find_map(|(_, content)| content.strip_prefix(b"prof").or_else(|| content.strip_prefix(b"rICC")))
}

/// Quarter turns against the clock, then a flip: 0 upside down, 1 left to right.
fn orientation(quarters: u8, mirror: Option<u8>) -> u8 {
    match (quarters, mirror) {
        (0, None) => 1,
        (1, None) => 8,
        (2, None) => 3,
        (3, None) => 6,
        (0, Some(1)) | (2, Some(0)) => 2,
        (0, Some(_)) | (2, Some(_)) => 4,
        // A turn to the left and a flip across, or one to the right and a flip over.
        (1, Some(1)) | (3, Some(0)) => 7,
        _ => 5,
    }
}

fn primary_item(pitm: &[u8]) -> Option<u32> {
    if *pitm.first()? == 0 { be16(pitm, 4) } else { be32(pitm, 4) }
}

/// Numbers, from 1, of the properties that belong to an item, in their order.
fn associated(ipma: &[u8], item: u32) -> Option<Vec<usize>> {
    let (version, is_wide) = (*ipma.first()?, ipma.get(3)? & 1 == 1);
    let entries = be32(ipma, 4)?;
    let mut at = 8;
    for _ in 0..entries {
        let id = if version == 0 { be16(ipma, at)? } else { be32(ipma, at)? };
        at += if version == 0 { 2 } else { 4 };
        let count = usize::from(*ipma.get(at)?);
        at += 1;
        let length = count * if is_wide { 2 } else { 1 };
        let list = ipma.get(at..at + length)?;
        at += length;
        if id == item {
            // The highest bit only says whether a reader must understand the property.
            let wide = |pair: &[u8]| usize::from(u16::from_be_bytes([pair[0], pair[1]]) & 0x7fff);
            return Some(match is_wide {
                true => list.chunks_exact(2).map(wide).collect(),
                false => list.iter().map(|index| usize::from(index & 0x7f)).collect(),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
    }

    fn file(turn: &[u8], properties: &[u8]) -> Vec<u8> {
        let ispe = boxed(b"ispe", &[0, 0, 0, 0, 0, 0, 0x0f, 0xc0, 0, 0, 0x0b, 0xd0]);
        let ipco = boxed(b"ipco", &[ispe, turn.to_vec()].concat());
        let head = [0, 0, 0, 0, 0, 0, 0, 1, 0, 7, properties.len() as u8];
        let ipma = boxed(b"ipma", &[&head, properties].concat());
        let iprp = boxed(b"iprp", &[ipco, ipma].concat());
        let pitm = boxed(b"pitm", &[0, 0, 0, 0, 0, 7]);
        [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"meta", &[vec![0; 4], pitm, iprp].concat())].concat()
    }

    #[test]
    fn size_and_turn_belong_to_the_primary_picture() {
        let turned = file(&boxed(b"irot", &[3]), &[1, 0x82]);
        assert_eq!(shape(&turned), Some(Shape { width: 4032, height: 3024, orientation: 6 }));
        let straight = file(&boxed(b"irot", &[3]), &[1]);
        assert_eq!(shape(&straight).map(|shape| shape.orientation), Some(1));
    }

    #[test]
    fn truncated_and_random_boxes_are_no_shape() {
        let whole = file(&boxed(b"irot", &[1]), &[1, 2]);
        for length in 0..whole.len() {
            assert_eq!(shape(&whole[..length]), None, "{length} bytes");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), at in 0usize..150, value: u8) {
            let _ = shape(&bytes);
            let mut damaged = file(&boxed(b"irot", &[1]), &[1, 2]);
            let at = at % damaged.len();
            damaged[at] = value;
            let _ = shape(&damaged);
        }
    }
}
