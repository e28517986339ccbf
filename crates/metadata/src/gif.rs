//! The blocks of GIF that say how long it moves.

/// What browsers show a frame for that names less than [`MIN_DELAY_MS`].
const USUAL_DELAY_MS: i64 = 100;
const MIN_DELAY_MS: i64 = 20;

/// Header, size, flags, background and shape of a pixel.
const HEAD_LENGTH: usize = 13;
const EXTENSION: u8 = 0x21;
const GRAPHIC_CONTROL: u8 = 0xf9;
const FRAME: u8 = 0x2c;

/// How long all frames take together, if there are several. Of a file that was cut off, those that are there.
pub(crate) fn duration_ms(gif: &[u8]) -> Option<i64> {
    let mut rest = gif.get(HEAD_LENGTH + colors_length(*gif.get(10)?)..)?;
    let (mut frames, mut duration_ms, mut delay_ms) = (0, 0, 0);
    while let Some(next) = rest.split_first().and_then(|(kind, behind)| match (*kind, behind) {
        (EXTENSION, [GRAPHIC_CONTROL, 4, _, low, high, ..]) => {
            delay_ms = i64::from(u16::from_le_bytes([*low, *high])) * 10;
            without_data(behind.get(1..)?)
        }
        (EXTENSION, [_label, behind @ ..]) => without_data(behind),
        (FRAME, _) => {
            frames += 1;
            duration_ms += if delay_ms < MIN_DELAY_MS { USUAL_DELAY_MS } else { delay_ms };
            delay_ms = 0;
            // Place and size, flags, colours, and how many bits a code begins with.
            without_data(behind.get(10 + colors_length(*behind.get(8)?)..)?)
        }
        _ => None,
    }) {
        rest = next;
    }
    (frames > 1).then_some(duration_ms)
}

/// Three bytes for each, if the flags say that there are any.
fn colors_length(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// What stands behind the pieces of a block, the last of which is empty.
fn without_data(mut pieces: &[u8]) -> Option<&[u8]> {
    loop {
        let (&length, rest) = pieces.split_first()?;
        pieces = rest.get(length.into()..)?;
        if length == 0 {
            return Some(pieces);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of one pixel, each shown for so many hundredths of a second.
    fn gif(delays: &[u16]) -> Vec<u8> {
        let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0".to_vec();
        for delay in delays {
            gif.extend([EXTENSION, GRAPHIC_CONTROL, 4, 0]);
            gif.extend(delay.to_le_bytes());
            gif.extend(b"\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        gif.push(0x3b);
        gif
    }

    #[test]
    fn frames_add_up() {
        assert_eq!(duration_ms(&gif(&[20, 30])), Some(500));
        assert_eq!(duration_ms(&gif(&[20])), None, "one frame does not move");
        assert_eq!(duration_ms(&gif(&[0, 1, 2])), Some(220), "too short a delay is the usual one");
        assert_eq!(duration_ms(b"GIF89a"), None);
    }

    #[test]
    fn what_was_cut_off_counts_as_far_as_it_goes() {
        let whole = gif(&[20, 30, 40]);
        assert_eq!(duration_ms(&whole[..whole.len() - 8]), Some(900));
        assert_eq!(duration_ms(&whole[..whole.len() - 30]), Some(500));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = duration_ms(&[b"GIF89a".as_slice(), &bytes].concat());
        }
    }
}
