//! The short video inside a motion photo: where it lies in the file.
//!
//! Several ways to put it there are in use. Google says in XMP how long the parts are that follow the picture (in older
//! files, how far from the end the video begins); in HEIC it is a box of its own; Samsung has a directory at the very
//! end, or, in its first ones, only a name in front of the video. Whatever they claim, only what lies inside the file and
//! begins as a video does counts.

use crate::isobmff;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use serde::{Deserialize, Serialize};

/// Parts of a file that a real directory may name, and elements that a real packet may have.
const MAX_PARTS: usize = 100;
const MAX_ELEMENTS: usize = 50_000;
/// Shorter is no video.
const MIN_BYTES: u64 = 64;

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByteRange {
    pub offset: u64,
    pub length: u64,
}

impl ByteRange {
    /// Where what follows begins.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}

/// Looks for a video in a whole still; `xmp` is its packet.
pub(crate) fn find(bytes: &[u8], xmp: Option<&str>) -> Option<ByteRange> {
    in_box(bytes)
        .or_else(|| in_samsung_trailer(bytes))
        .or_else(|| said_by_xmp(bytes, xmp?))
        .or_else(|| behind_its_name(bytes))
        .filter(|_| !is_video(bytes, 0))
}

/// Whether a container of the MP4 family begins there, other than that of a still.
fn is_video(bytes: &[u8], offset: u64) -> bool {
    let Some(start) = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)) else { return false };
    let stills: [&[u8]; 6] = [b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"];
    start.get(4..8) == Some(b"ftyp") && start.get(8..12).is_some_and(|brand| !stills.contains(&brand))
}

fn checked(bytes: &[u8], offset: u64, length: u64) -> Option<ByteRange> {
    let end = offset.checked_add(length)?;
    let fits = offset > 0 && length >= MIN_BYTES && end <= bytes.len() as u64;
    (fits && is_video(bytes, offset)).then_some(ByteRange { offset, length })
}

/// HEIC: the content of the box `mpvd`.
fn in_box(bytes: &[u8]) -> Option<ByteRange> {
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let file_end = bytes.len() as u64;
    let mut at = 0u64;
    for _ in 0..MAX_PARTS {
        let head = bytes.get(usize::try_from(at).ok()?..)?;
        let (size, head_bytes) = match u64::from(be32(head, 0)?) {
            0 => (file_end - at, 8),
            1 => ((u64::from(be32(head, 8)?) << 32) | u64::from(be32(head, 12)?), 16),
            size => (size, 8),
        };
        if head.get(4..8) == Some(b"mpvd") {
            return checked(bytes, at + head_bytes, size.checked_sub(head_bytes)?);
        }
        at = at.checked_add(size.max(8))?;
    }
    None
}

/// Samsung: blocks with names, then `SEFH`, a directory of distances back from there, its length and `SEFT`.
fn in_samsung_trailer(bytes: &[u8]) -> Option<ByteRange> {
    const MOTION_PHOTO: u16 = 0x0a30;
    let end = bytes.len().checked_sub(8)?;
    if bytes.get(end + 4..) != Some(b"SEFT") {
        return None;
    }
    let directory = end.checked_sub(le32(bytes, end)?)?;
    if bytes.get(directory..directory + 4) != Some(b"SEFH") {
        return None;
    }
    for index in 0..le32(bytes, directory + 8)?.min(MAX_PARTS) {
        let entry = directory + 12 + 12 * index;
        if bytes.get(entry + 2..entry + 4)? != MOTION_PHOTO.to_le_bytes() {
            continue;
        }
        let block = directory.checked_sub(le32(bytes, entry + 4)?)?;
        let (start, size) = (block + 8 + le32(bytes, block + 4)?, le32(bytes, entry + 8)?);
        let data = bytes.get(start..(block + size).min(directory))?;
        return match data.strip_prefix(b"mpv2") {
            // The video is elsewhere, here is only where.
            Some(pointer) => checked(bytes, be32(pointer, 0)?.into(), be32(pointer, 4)?.into()),
            None => checked(bytes, start as u64, data.len() as u64),
        };
    }
    None
}

/// Samsung's first ones: only the name of the block, behind the picture, then the video to the end of the file. Nobody
/// says how long it is, so its index must be there.
fn behind_its_name(bytes: &[u8]) -> Option<ByteRange> {
    const NAME: &[u8] = b"MotionPhoto_Data";
    if !bytes.starts_with(b"\xff\xd8") {
        return None;
    }
    memchr::memmem::find_iter(bytes, NAME).take(MAX_PARTS).find_map(|at| {
        let start = at + NAME.len();
        isobmff::boxes(&bytes[start..]).find(|(kind, _)| kind == b"moov")?;
        checked(bytes, start as u64, (bytes.len() - start) as u64)
    })
}

/// What follows the picture, in order, as XMP has it.
#[derive(Debug, Default)]
struct Part {
    semantic: String,
    length: u64,
    padding: u64,
}

fn said_by_xmp(bytes: &[u8], xml: &str) -> Option<ByteRange> {
    let file_end = bytes.len() as u64;
    let (parts, from_end) = read_xmp(xml);
    if let Some(index) = parts.iter().position(|part| part.semantic == "MotionPhoto") {
        let sum = |lengths: fn(&Part) -> u64, parts: &[Part]| parts.iter().map(lengths).fold(0, u64::saturating_add);
        let behind = sum(|part| part.length, &parts[index + 1..]);
        let padding = sum(|part| part.padding, &parts[index..]);
        // Some count the padding behind a part as its own.
        for behind in [behind, behind.saturating_add(padding)] {
            let length = parts[index].length;
            let offset = file_end.checked_sub(behind).and_then(|end| end.checked_sub(length));
            if let Some(range) = offset.and_then(|offset| checked(bytes, offset, length)) {
                return Some(range);
            }
        }
    }
    checked(bytes, file_end.checked_sub(from_end?)?, from_end?)
}

/// The parts of the container's directory, and the older way: how far from the end the video begins.
fn read_xmp(xml: &str) -> (Vec<Part>, Option<u64>) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let (mut parts, mut from_end) = (Vec::<Part>::new(), None);
    let mut inside = String::new();
    for _ in 0..MAX_ELEMENTS {
        let Ok(event) = reader.read_event() else { break };
        match event {
            Event::Start(element) | Event::Empty(element) => {
                inside = local_name(element.name().as_ref());
                if inside == "Item" && parts.len() < MAX_PARTS {
                    parts.push(Part::default());
                }
                for (name, value) in attributes(&element) {
                    keep(&name, &value, &mut parts, &mut from_end);
                }
            }
            Event::Text(text) => keep(&inside, &text.decode().unwrap_or_default(), &mut parts, &mut from_end),
            Event::End(_) => inside.clear(),
            Event::Eof => break,
            _ => {}
        }
    }
    (parts, from_end)
}

fn keep(name: &str, value: &str, parts: &mut [Part], from_end: &mut Option<u64>) {
    let number = || value.trim().parse().ok();
    match (name, parts.last_mut()) {
        ("MicroVideoOffset", _) => *from_end = number(),
        ("Semantic", Some(part)) => value.trim().clone_into(&mut part.semantic),
        ("Length", Some(part)) => part.length = number().unwrap_or_default(),
        ("Padding", Some(part)) => part.padding = number().unwrap_or_default(),
        _ => {}
    }
}

fn attributes(element: &BytesStart<'_>) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    element.attributes().flatten().map(|found| (local_name(found.key.as_ref()), text(&found.value))).collect()
}

/// Without the prefix, which is the writer's to choose.
fn local_name(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &[u8] = b"\xff\xd8 a picture \xff\xd9";

    fn video() -> Vec<u8> {
        [b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".as_slice(), &[7; 200]].concat()
    }

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
    }

    /// A trailer with one block of another kind before ours.
    fn samsung(front: &[u8], data: &[u8]) -> Vec<u8> {
        let block = |kind: u16, name: &[u8], data: &[u8]| {
            let kind = [[0, 0], kind.to_le_bytes()].concat();
            [&kind, &(name.len() as u32).to_le_bytes()[..], name, data].concat()
        };
        let blocks = [block(0x0a01, b"Image_UTC_Data", b"1705"), block(0x0a30, b"MotionPhoto_Data", data)];
        let mut back: u32 = blocks.iter().map(|block| block.len() as u32).sum();
        let mut directory = [b"SEFH".as_slice(), &107u32.to_le_bytes(), &2u32.to_le_bytes()].concat();
        for (kind, block) in [0x0a01u16, 0x0a30].iter().zip(&blocks) {
            directory.extend([0, 0]);
            directory.extend(kind.to_le_bytes());
            directory.extend(back.to_le_bytes());
            directory.extend((block.len() as u32).to_le_bytes());
            back -= block.len() as u32;
        }
        let length = (directory.len() as u32).to_le_bytes();
        [front, &blocks.concat(), &directory, &length, b"SEFT"].concat()
    }

    fn directory(items: &[(&str, usize, usize)]) -> String {
        let item = |(semantic, length, padding): &(&str, usize, usize)| {
            format!(
                "<rdf:li><Container:Item Item:Semantic='{semantic}' Item:Length='{length}' Item:Padding='{padding}'/></rdf:li>"
            )
        };
        items.iter().map(item).collect::<String>()
    }

    fn is_our_video(file: &[u8], found: Option<ByteRange>) -> bool {
        found.is_some_and(|range| file[range.offset as usize..][..range.length as usize] == video())
    }

    #[test]
    fn google_says_how_long_the_parts_are() {
        let file = [PICTURE, b"a gain map", &video()].concat();
        let parts = [("Primary", 0, 0), ("GainMap", 10, 0), ("MotionPhoto", video().len(), 0)];
        assert!(is_our_video(&file, find(&file, Some(&directory(&parts)))));
        let elements = format!(
            "<Container:Item><Item:Semantic>MotionPhoto</Item:Semantic><Item:Length>{}</Item:Length></Container:Item>",
            video().len()
        );
        assert!(is_our_video(&file, find(&file, Some(&elements))));
        let padded = [&file[..], &[0; 5]].concat();
        assert!(is_our_video(&padded, find(&padded, Some(&directory(&[("MotionPhoto", video().len(), 5)])))));
    }

    #[test]
    fn google_said_how_far_from_the_end() {
        let file = [PICTURE, &video()].concat();
        let xmp = format!("<rdf:Description GCamera:MicroVideo='1' GCamera:MicroVideoOffset='{}'/>", video().len());
        assert!(is_our_video(&file, find(&file, Some(&xmp))));
    }

    #[test]
    fn heic_has_a_box() {
        let file = [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"mdat", b"picture"), boxed(b"mpvd", &video())].concat();
        assert!(is_our_video(&file, find(&file, None)));
    }

    #[test]
    fn samsung_has_a_directory_at_the_end() {
        let file = samsung(PICTURE, &video());
        assert!(is_our_video(&file, find(&file, None)));
        let front = [PICTURE, &video()].concat();
        let pointer = [(PICTURE.len() as u32).to_be_bytes(), (video().len() as u32).to_be_bytes()].concat();
        let file = samsung(&front, &[b"mpv2".as_slice(), &pointer].concat());
        assert!(is_our_video(&file, find(&file, None)));
    }

    #[test]
    fn samsung_had_a_name_only() {
        let whole = [boxed(b"ftyp", b"mp42\0\0\0\0"), boxed(b"mdat", &[7; 100]), boxed(b"moov", &[7; 10])].concat();
        let file = [PICTURE, b"MotionPhoto_Data", b"no video MotionPhoto_Data", &whole].concat();
        let found = find(&file, None).expect("a video");
        assert_eq!((found.end(), found.length), (file.len() as u64, whole.len() as u64));
        assert_eq!(find(&file[..file.len() - 1], None), None, "without its index");
        let [_, heic @ ..] = &file[..] else { panic!("a picture") };
        assert_eq!(find(heic, None), None, "not in other containers");
    }

    #[test]
    fn claims_without_a_video_are_none() {
        let parts = |length| directory(&[("Primary", 0, 0), ("MotionPhoto", length, 0)]);
        let file = [PICTURE, &[1; 500]].concat();
        for length in [0, 1, 100, 499, 515, 100_000, usize::MAX] {
            assert_eq!(find(&file, Some(&parts(length))), None, "{length}");
            assert_eq!(find(&file, Some(&format!("<a MicroVideoOffset='{length}'/>"))), None, "{length}");
        }
        assert_eq!(find(&video(), None), None, "a video is no motion photo");
        let whole = video();
        assert_eq!(find(&whole, Some(&format!("<a MicroVideoOffset='{}'/>", whole.len()))), None);
    }

    #[test]
    fn truncated_files_have_none() {
        let heic = [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"mpvd", &video())].concat();
        for file in [heic, samsung(PICTURE, &video())] {
            for length in 0..file.len() {
                assert_eq!(find(&file[..length], None), None, "{length} bytes");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn lies_never_leave_the_file(at in 0usize..400, value: [u8; 4], xmp in "<(Item|a) (Length|Padding|MicroVideoOffset|Semantic)='(MotionPhoto|[0-9]{0,25})'>{0,9}") {
            let heic = [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"mpvd", &video()), boxed(b"free", &video())].concat();
            for mut file in [heic, samsung(PICTURE, &video()), [PICTURE, &video()].concat()] {
                let at = at % (file.len() - 4);
                file[at..at + 4].copy_from_slice(&value);
                if let Some(range) = find(&file, Some(&xmp)) {
                    proptest::prop_assert!(range.offset + range.length <= file.len() as u64);
                    proptest::prop_assert_eq!(&file[range.offset as usize + 4..][..4], b"ftyp");
                }
            }
        }

        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), xmp in ".{0,200}") {
            let _ = find(&bytes, Some(&xmp));
            bytes.extend(b"SEFT");
            let _ = find(&bytes, Some(&xmp));
        }
    }
}
