//! What libav does not tell of MP4 and QuickTime files: packets of XMP, panoramas, Sony's description of the camera.

use crate::{Error, Result};
use crate::{Found, isobmff, plain_text, tidy, xmp};
use quick_xml::events::Event;
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

/// The picture itself is not looked at; what describes it is a few megabytes, for hours of film.
const MAX_BOX_BYTES: u64 = 64 * 1024 * 1024;
/// Fragmented films have two boxes for each second.
const MAX_TOP_LEVEL_BOXES: usize = 100_000;
/// Boxes with a name of their own come before or right behind the film's description.
const MAX_READ_BYTES: u64 = 2 * MAX_BOX_BYTES;

const SPHERICAL: [u8; 16] = *b"\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd";

pub fn apply(found: &mut Found, path: &Path) -> Result<()> {
    let mut file = File::open(path).map_err(|error| Error::io("open", path, &error))?;
    read(found, &mut file).map_err(|error| Error::io("read", path, &error))
}

/// Of a file, or of bytes that are one.
pub fn read(found: &mut Found, file: &mut (impl Read + Seek)) -> std::io::Result<()> {
    let whole = read_boxes(file)?;
    describe(found, &whole);
    Ok(())
}

/// The boxes at the top that describe the film, one behind the other; nothing for other containers.
fn read_boxes(file: &mut (impl Read + Seek)) -> std::io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = 0u64;
    for index in 0..MAX_TOP_LEVEL_BOXES {
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(at))?;
        file.by_ref().take(16).read_to_end(&mut head)?;
        let (Some(short), Some(kind)) = (isobmff::be32(&head, 0), head.get(4..8)) else { break };
        let length = match short {
            0 => end - at,
            1 => isobmff::be64(&head, 8).unwrap_or_default(),
            short => u64::from(short),
        };
        let is_film = index > 0 || matches!(kind, b"ftyp" | b"moov" | b"wide" | b"mdat" | b"free" | b"skip");
        let next = at.checked_add(length).filter(|next| *next <= end && length >= 8);
        let Some(next) = next.filter(|_| is_film) else { break };
        let is_wanted = matches!(kind, b"moov" | b"uuid" | b"meta") && length <= MAX_BOX_BYTES;
        if is_wanted && whole.len() as u64 + length <= MAX_READ_BYTES {
            file.seek(SeekFrom::Start(at))?;
            file.by_ref().take(length).read_to_end(&mut whole)?;
        }
        at = next;
    }
    Ok(whole)
}

fn describe(found: &mut Found, whole: &[u8]) {
    let film = isobmff::find(whole, b"moov").unwrap_or_default();
    let in_user_data = || isobmff::find(isobmff::find(film, b"udta")?, b"XMP_");
    let of_tracks = isobmff::boxes(film).filter(|(kind, _)| kind == b"trak").map(|(_, track)| track);
    let spherical = of_tracks.filter_map(|track| isobmff::find_uuid(track, &SPHERICAL));
    let packets = isobmff::find_uuid(whole, &xmp::UUID).or_else(in_user_data);
    for packet in packets.into_iter().chain(spherical) {
        xmp::apply(found, &xmp::text(packet), xmp::Weight::Under);
    }
    let description = || isobmff::find(isobmff::find(whole, b"meta")?.get(4..)?, b"xml ")?.get(4..);
    if found.metadata.make.is_none()
        && let Some((make, model)) = description().and_then(|xml| camera(&plain_text(xml)))
    {
        (found.metadata.make, found.metadata.model) = (make, found.metadata.model.take().or(model));
    }
}

/// `<Device manufacturer="Sony" modelName="ILCE-7M3"/>` in the description that Sony's cameras write.
fn camera(xml: &str) -> Option<(Option<String>, Option<String>)> {
    const MAX_ELEMENTS: usize = 10_000;
    let mut reader = quick_xml::Reader::from_str(xml);
    for _ in 0..MAX_ELEMENTS {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == b"Device" => {
                let attribute = |name: &[u8]| {
                    let mut all = element.attributes().flatten();
                    let value = all.find(|attribute| attribute.key.as_ref() == name)?.value;
                    tidy(&quick_xml::escape::unescape(std::str::from_utf8(&value).ok()?).ok()?)
                };
                return Some((attribute(b"manufacturer"), attribute(b"modelName")));
            }
            Event::Eof => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
    }

    fn film() -> Vec<u8> {
        let sphere = r#"<rdf:SphericalVideo xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
            xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/">
            <GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType></rdf:SphericalVideo>"#;
        let track = boxed(b"trak", &boxed(b"uuid", &[SPHERICAL.as_slice(), sphere.as_bytes()].concat()));
        let packet = "<rdf:RDF><rdf:Description xmp:Rating=\"2\"/></rdf:RDF>";
        let packet = boxed(b"uuid", &[xmp::UUID.as_slice(), packet.as_bytes()].concat());
        let sony = r#"<NonRealTimeMeta><Device manufacturer="Sony" modelName="ILCE-7M3"/></NonRealTimeMeta>"#;
        let sony = boxed(b"meta", &[vec![0; 4], boxed(b"xml ", &[&[0; 4], sony.as_bytes()].concat())].concat());
        [boxed(b"ftyp", b"qt  \0\0\0\0"), boxed(b"mdat", &[7; 100]), boxed(b"moov", &track), packet, sony].concat()
    }

    fn read_file(bytes: &[u8]) -> Found {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut found = Found::default();
        apply(&mut found, file.path()).unwrap();
        found
    }

    #[test]
    fn panorama_stars_and_camera_are_found() {
        let found = read_file(&film()).metadata;
        assert_eq!(found.projection_type.as_deref(), Some("EQUIRECTANGULAR"));
        assert_eq!(found.rating, Some(2));
        assert_eq!((found.make.as_deref(), found.model.as_deref()), (Some("Sony"), Some("ILCE-7M3")));
    }

    #[test]
    fn other_containers_and_damage_say_nothing() {
        for bytes in [b"\x1a\x45\xdf\xa3matroska".as_slice(), b"", b"\0\0\0\x01ftyp\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(read_file(bytes).metadata, super::super::Metadata::default());
        }
        let whole = film();
        for length in (0..whole.len()).step_by(7) {
            let _ = read_file(&whole[..length]);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn no_bytes_panic(at in 0usize..1000, value: u8) {
            let mut damaged = film();
            let at = at % damaged.len();
            damaged[at] = value;
            let _ = read_file(&damaged);
        }
    }
}
