//! The ways into the parsers. Each builds a container around the input, so that no mutation is spent on finding one.

use crate::{
    promises::keep,
    tiff::{Tiff, UNDEFINED, text},
};
use metadata::{Found, date, exif as exif_blocks, film as films, heif, jpeg, position};
use std::io::Cursor;

/// A file as it is uploaded.
pub fn still(input: &[u8]) {
    keep(input, || Found::in_still(input));
    let _ = (heif::shape(input), heif::icc_profile(input));
    assert!((1..=8).contains(&exif_blocks::orientation(input)));
    assert!(jpeg::segments(input).map(|(_, content)| content.len()).sum::<usize>() <= input.len());
}

pub fn exif(input: &[u8]) {
    if input.starts_with(b"II*\0") || input.starts_with(b"MM\0*") {
        keep(input, || Found::in_still(input));
    } else {
        let tiff = [b"II*\0\x08\0\0\0", input].concat();
        keep(&tiff, || Found::in_still(&tiff));
    }
}

/// The first byte chooses the maker, the rest is what stands in its note.
pub fn maker_note(input: &[u8]) {
    const MAKERS: [&str; 8] =
        ["Apple", "Canon", "NIKON CORPORATION", "OLYMPUS", "Panasonic", "SONY", "PENTAX", "FUJIFILM"];
    let Some((&first, note)) = input.split_first() else { return };
    let maker = MAKERS[usize::from(first) % MAKERS.len()];
    let tiff = Tiff {
        picture: vec![text(0x010f, maker.as_bytes())],
        camera: vec![(0x927c, UNDEFINED, note.to_vec())],
        ..Tiff::default()
    };
    let tiff = tiff.encode();
    let answer = keep(&tiff, || Found::in_still(&tiff));
    assert_eq!(answer.make.as_deref(), Some(maker), "the note did not get where it belongs");
}

/// A line for each field that tells a time or belongs to one.
pub fn dates(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let camera: Vec<_> = [0x9003, 0x9291, 0x9011, 0x9004, 0x9292].map(|tag| text(tag, line())).into();
    let position = vec![text(0x001d, line())];
    let tiff = Tiff { camera, position, ..Tiff::default() }.encode();
    keep(&tiff, || Found::in_still(&tiff));
    let line = String::from_utf8_lossy(line());
    let taken = date::parse_iso(&line);
    keep(input, || Found {
        dates: taken.map(|taken| (date::DateField::Other, taken)).into_iter().collect(),
        ..Found::default()
    });
    if let Some((latitude, longitude)) = position::parse_iso6709(&line) {
        keep(input, || {
            let mut found = Found::default();
            position::set(&mut found.metadata, latitude, longitude);
            found
        });
    }
}

/// A packet beside a picture, and one somewhere in a file.
pub fn xmp(input: &[u8]) {
    keep(input, || {
        let mut found = Found::default();
        found.add_sidecar(input);
        found
    });
    keep(input, || Found::in_still(input));
}

/// Resources of Photoshop, IPTC among them.
pub fn iptc(input: &[u8]) {
    let length = u32::try_from(input.len()).unwrap_or(u32::MAX).to_be_bytes();
    let psd = [b"8BPS".as_slice(), &[0; 26], &length, input].concat();
    keep(&psd, || Found::in_still(&psd));
}

pub fn png(input: &[u8]) {
    let file = [b"\x89PNG\r\n\x1a\n", input].concat();
    keep(&file, || Found::in_still(&file));
}

pub fn gif(input: &[u8]) {
    let file = [b"GIF89a", input].concat();
    let answer = keep(&file, || Found::in_still(&file));
    assert!(answer.duration_ms.is_none_or(|duration| duration > 0), "what moves takes time");
}

/// Boxes of HEIC, AVIF, JPEG XL and CR3: the first byte chooses the kind.
pub fn boxes(input: &[u8]) {
    const HEADS: [&[u8]; 4] = [
        b"\0\0\0\x10ftypheic\0\0\0\0",
        b"\0\0\0\x10ftypavif\0\0\0\0",
        b"\0\0\0\x10ftypcrx \0\0\0\x01",
        b"\0\0\0\x0cJXL \r\n\x87\n",
    ];
    let Some((&first, boxes)) = input.split_first() else { return };
    let file = [HEADS[usize::from(first) % HEADS.len()], boxes].concat();
    keep(&file, || Found::in_still(&file));
    let _ = (heif::shape(&file), heif::icc_profile(&file));
}

pub fn film(input: &[u8]) {
    keep(input, || {
        let mut found = Found::default();
        films::read(&mut found, &mut Cursor::new(input)).expect("memory can always be read");
        found
    });
}

/// A JPEG whose packet may say where the video is, and what stands behind the picture. The first byte says where the one
/// ends and the other begins.
pub fn motion_photo(input: &[u8]) {
    let Some((&first, rest)) = input.split_first() else { return };
    let (packet, behind) = rest.split_at(rest.len().min(usize::from(first) * 4));
    let packet = [b"http://ns.adobe.com/xap/1.0/\0", packet].concat();
    let length = u16::try_from(packet.len() + 2).expect("a kilobyte").to_be_bytes();
    let file = [b"\xff\xd8\xff\xe1".as_slice(), &length, &packet, b"\xff\xd9", behind].concat();
    let answer = keep(&file, || Found::in_still(&file));
    if let Some(range) = answer.motion_video {
        let kind = usize::try_from(range.offset).ok().and_then(|at| file.get(at + 4..at + 8));
        assert_eq!(kind, Some(b"ftyp".as_slice()), "no video begins there");
    }
}
