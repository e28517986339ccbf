//! The segments of JPEG files.

/// The segments before the picture itself, as (marker, content).
pub fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    const START_OF_SCAN: u8 = 0xda;
    let mut at = 2;
    std::iter::from_fn(move || {
        // Any number of 0xff may stand before a marker.
        while bytes.get(at..at + 2)? == [0xff, 0xff] {
            at += 1;
        }
        let &[0xff, marker, high, low] = bytes.get(at..at + 4)? else { return None };
        if marker == START_OF_SCAN {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let content = bytes.get(at + 4..at + 2 + length)?;
        at += 2 + length;
        Some((marker, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let jpeg = [b"\xff\xd8".as_slice(), &bytes].concat();
            assert!(segments(&jpeg).map(|(_, content)| content.len()).sum::<usize>() <= jpeg.len());
        }
    }
}
