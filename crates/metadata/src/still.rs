//! Where each container of stills keeps EXIF, XMP and IPTC.

use crate::{
    Found,
    exif::{self, Directories},
    gif, iptc, isobmff, jpeg, motion, photoshop, plain_text, png, tidy, xmp,
};
use ::exif::Context;
use std::{borrow::Cow, io::Read};

/// The blocks of metadata in a file, not yet read.
#[derive(Default)]
struct Blocks<'a> {
    exif: Directories,
    xmp: Option<Cow<'a, [u8]>>,
    iptc: Option<Cow<'a, [u8]>>,
    /// Of containers that have a field for it.
    description: Option<String>,
}

/// EXIF counts before XMP, and XMP before IPTC.
pub(crate) fn read(bytes: &[u8]) -> Found {
    let mut blocks = blocks(bytes);
    if blocks.xmp.is_none() {
        blocks.xmp = blocks.exif.xmp().map(Cow::Owned);
    }
    if blocks.iptc.is_none() {
        blocks.iptc = blocks.exif.iptc().map(Cow::Owned);
    }
    let mut found = exif::read(&blocks.exif);
    let packet = blocks.xmp.as_deref().map(xmp::text);
    if let Some(packet) = &packet {
        xmp::apply(&mut found, packet, xmp::Weight::Under);
    }
    found.metadata.motion_video = motion::find(bytes, packet.as_deref());
    if let Some(iptc) = &blocks.iptc {
        iptc::apply(&mut found, iptc);
    }
    found.metadata.description = found.metadata.description.or(blocks.description);
    if bytes.starts_with(b"GIF8") {
        found.metadata.duration_ms = gif::duration_ms(bytes);
    }
    found
}

fn blocks(bytes: &[u8]) -> Blocks<'_> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xff\xd8") {
        return of_jpeg(bytes);
    }
    if starts(b"\x89PNG") {
        return of_png(bytes);
    }
    if starts(b"8BPS") {
        return of_psd(bytes);
    }
    if starts(b"FUJIFILMCCD-RAW") {
        return raf_preview(bytes).map(of_jpeg).unwrap_or_default();
    }
    if starts(b"\0MRM") {
        return with_exif(None, minolta_block(bytes).and_then(|tiff| exif::parse_tiff(tiff.to_vec())));
    }
    // TIFF in all but its number.
    for magic in [b"IIRO", b"IIRS", b"IIU\0", b"MMOR"] {
        if starts(magic) {
            return of_tiff_in_disguise(bytes);
        }
    }
    if starts(b"II*\0") || starts(b"MM\0*") {
        return with_exif(None, exif::parse_container(bytes));
    }
    if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        let packet = riff_chunk(bytes, b"XMP ").map(Cow::Borrowed);
        return Blocks { xmp: packet, ..with_exif(None, exif::parse_container(bytes)) };
    }
    match bytes.get(4..12) {
        Some(b"JXL \r\n\x87\n") => of_jxl(bytes),
        Some(b"ftypcrx ") => of_cr3(bytes),
        _ => Blocks { xmp: xmp::packet(bytes).map(Cow::Borrowed), ..with_exif(None, exif::parse_container(bytes)) },
    }
}

fn with_exif(holds: Option<Context>, parsed: Option<::exif::Exif>) -> Blocks<'static> {
    let mut blocks = Blocks::default();
    blocks.exif.push(holds, parsed);
    blocks
}

fn of_jpeg(bytes: &[u8]) -> Blocks<'_> {
    const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
    const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
    let mut blocks = with_exif(None, exif::parse_container(bytes));
    // One block may be spread over several segments.
    let mut resources = Vec::new();
    for (marker, content) in jpeg::segments(bytes) {
        match marker {
            0xe1 if blocks.xmp.is_none() => blocks.xmp = content.strip_prefix(XMP).map(Cow::Borrowed),
            0xed => resources.extend_from_slice(content.strip_prefix(PHOTOSHOP).unwrap_or_default()),
            _ => {}
        }
    }
    blocks.iptc = photoshop::find(&resources, photoshop::IPTC).map(|iptc| Cow::Owned(iptc.to_vec()));
    blocks
}

fn of_png(bytes: &[u8]) -> Blocks<'_> {
    let mut blocks = Blocks::default();
    let mut old_exif = None;
    for (keyword, text) in png::texts(bytes) {
        match keyword.as_str() {
            "XML:com.adobe.xmp" => blocks.xmp = Some(Cow::Owned(text)),
            "Raw profile type xmp" => blocks.xmp = blocks.xmp.or_else(|| png::raw_profile(&text).map(Cow::Owned)),
            "Raw profile type exif" | "Raw profile type APP1" => old_exif = png::raw_profile(&text),
            "Raw profile type iptc" => {
                let resources = png::raw_profile(&text).unwrap_or_default();
                blocks.iptc = photoshop::find(&resources, photoshop::IPTC).map(|iptc| Cow::Owned(iptc.to_vec()));
            }
            "Description" => blocks.description = tidy(&plain_text(&text)),
            _ => {}
        }
    }
    let old_exif = || exif::parse_tiff(without_name(old_exif?));
    blocks.exif.push(None, exif::parse_container(bytes).or_else(old_exif));
    blocks
}

fn of_psd(bytes: &[u8]) -> Blocks<'_> {
    let resources = photoshop::resources_of_psd(bytes).unwrap_or_default();
    let find = |number: u32| photoshop::find(resources, number);
    Blocks {
        xmp: find(photoshop::XMP).map(Cow::Borrowed),
        iptc: find(photoshop::IPTC).map(Cow::Borrowed),
        ..with_exif(None, find(photoshop::EXIF).and_then(|tiff| exif::parse_tiff(tiff.to_vec())))
    }
}

/// The picture inside a raw file of Fujifilm's says it all.
fn raf_preview(bytes: &[u8]) -> Option<&[u8]> {
    let (at, length) = (isobmff::be32(bytes, 84)? as usize, isobmff::be32(bytes, 88)? as usize);
    let preview = bytes.get(at..)?.get(..length)?;
    preview.starts_with(b"\xff\xd8").then_some(preview)
}

/// Raw files of Minolta's are blocks, one of which is a TIFF.
fn minolta_block(bytes: &[u8]) -> Option<&[u8]> {
    const MAX_BLOCKS: usize = 100;
    let mut rest = bytes.get(8..)?;
    for _ in 0..MAX_BLOCKS {
        let (kind, length) = (rest.get(..4)?, isobmff::be32(rest, 4)? as usize);
        let content = rest.get(8..)?;
        if kind == b"\0TTW" {
            return content.get(..length);
        }
        rest = content.get(length..)?;
    }
    None
}

fn of_tiff_in_disguise(bytes: &[u8]) -> Blocks<'static> {
    let mut tiff = bytes.to_vec();
    let magic = if tiff.starts_with(b"II") { b"*\0" } else { b"\0*" };
    tiff[2..4].copy_from_slice(magic);
    with_exif(None, exif::parse_tiff(tiff))
}

fn of_jxl(bytes: &[u8]) -> Blocks<'_> {
    let mut blocks = Blocks::default();
    let exif = boxed_in_jxl(bytes, b"Exif").and_then(|content| exif_behind_offset(&content));
    blocks.exif.push(None, exif.and_then(exif::parse_tiff));
    blocks.xmp = boxed_in_jxl(bytes, b"xml ");
    blocks
}

/// The first box of this kind, plain or packed into one of the kind `brob`.
fn boxed_in_jxl<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<Cow<'a, [u8]>> {
    /// Unpacked: far more than any packet of XMP has.
    const MAX_BYTES: u64 = 4 * 1024 * 1024;
    const BUFFER_BYTES: usize = 4096;
    isobmff::boxes(bytes).find_map(|(kind, content)| match &kind {
        b"brob" => {
            let mut unpacked = Vec::new();
            let packed = brotli_decompressor::Decompressor::new(content.strip_prefix(wanted)?, BUFFER_BYTES);
            packed.take(MAX_BYTES).read_to_end(&mut unpacked).ok()?;
            Some(Cow::Owned(unpacked))
        }
        kind => (kind == wanted).then_some(Cow::Borrowed(content)),
    })
}

/// The first four bytes say how far behind them TIFF begins.
fn exif_behind_offset(content: &[u8]) -> Option<Vec<u8>> {
    let offset = isobmff::be32(content, 0)? as usize;
    Some(without_name(content.get(4..)?.get(offset..)?.to_vec()))
}

fn without_name(block: Vec<u8>) -> Vec<u8> {
    match block.strip_prefix(b"Exif\0\0") {
        Some(tiff) => tiff.to_vec(),
        None => block,
    }
}

/// Canon cuts EXIF into its directories: camera, exposure, the maker's note, position.
fn of_cr3(bytes: &[u8]) -> Blocks<'_> {
    const CANON: [u8; 16] = *b"\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48";
    let mut blocks = Blocks { xmp: isobmff::find_uuid(bytes, &xmp::UUID).map(Cow::Borrowed), ..Blocks::default() };
    let Some(canon) = isobmff::find(bytes, b"moov").and_then(|film| isobmff::find_uuid(film, &CANON)) else {
        return blocks;
    };
    let directories = [(b"CMT1", Context::Tiff), (b"CMT2", Context::Exif), (b"CMT4", Context::Gps)];
    for (kind, holds) in directories {
        blocks.exif.push(Some(holds), isobmff::find(canon, kind).and_then(|tiff| exif::parse_tiff(tiff.to_vec())));
    }
    blocks
}

fn riff_chunk<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    const MAX_CHUNKS: usize = 100_000;
    let mut rest = bytes.get(12..)?;
    for _ in 0..MAX_CHUNKS {
        let length = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        if rest.get(..4)? == wanted {
            return rest.get(8..8 + length);
        }
        // Padded to an even length.
        rest = rest.get(8 + length + length % 2..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = "<x:xmpmeta><rdf:RDF><rdf:Description xmp:Rating=\"4\"/></rdf:RDF></x:xmpmeta>";

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
    }

    /// Little-endian, one directory with one field of text.
    fn tiff(tag: u16, text: &[u8]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0\x01\0".to_vec();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(2u16.to_le_bytes());
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(26u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(text);
        bytes
    }

    fn jxl() -> Vec<u8> {
        let exif = boxed(b"Exif", &[b"\0\0\0\0".as_slice(), &tiff(0x010f, b"Maker\0")].concat());
        [boxed(b"JXL ", b"\r\n\x87\n"), exif, boxed(b"xml ", PACKET.as_bytes())].concat()
    }

    /// Brotli's simplest form: bytes as they are, then the end.
    fn packed_jxl() -> Vec<u8> {
        let stored = |content: &[u8]| {
            let head = ((content.len() as u32 - 1) << 4) | (1 << 20);
            [&head.to_le_bytes()[..3], content, &[3]].concat()
        };
        let exif = [b"\0\0\0\0".as_slice(), &tiff(0x010f, b"Maker\0")].concat();
        let packed = |kind: &[u8; 4], content: &[u8]| boxed(b"brob", &[kind.as_slice(), &stored(content)].concat());
        [boxed(b"JXL ", b"\r\n\x87\n"), packed(b"Exif", &exif), packed(b"xml ", PACKET.as_bytes())].concat()
    }

    fn webp() -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WEBPodd \x03\0\0\0abc\0XMP ".to_vec();
        bytes.extend((PACKET.len() as u32).to_le_bytes());
        bytes.extend(PACKET.as_bytes());
        bytes
    }

    fn cr3() -> Vec<u8> {
        let parts =
            [boxed(b"CMT1", &tiff(0x010f, b"Maker\0")), boxed(b"CMT2", &tiff(0x9003, b"2021:06:01 14:30:05\0"))];
        let canon = b"\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48".to_vec();
        let canon = boxed(b"uuid", &[canon, parts.concat()].concat());
        let packet = boxed(b"uuid", &[xmp::UUID.as_slice(), PACKET.as_bytes()].concat());
        [boxed(b"ftyp", b"crx \0\0\0\x01"), boxed(b"moov", &canon), packet].concat()
    }

    fn orf() -> Vec<u8> {
        let mut bytes = tiff(0x010f, b"Maker\0");
        bytes[2..4].copy_from_slice(b"RO");
        bytes
    }

    fn mrw() -> Vec<u8> {
        let block =
            |kind: &[u8; 4], content: &[u8]| [kind.as_slice(), &(content.len() as u32).to_be_bytes(), content].concat();
        [b"\0MRM\0\0\0\0".to_vec(), block(b"\0PRD", &[0; 24]), block(b"\0TTW", &tiff(0x010f, b"Maker\0"))].concat()
    }

    fn psd() -> Vec<u8> {
        let mut resource = b"8BIM\x04\x24\0\0".to_vec();
        resource.extend((PACKET.len() as u32).to_be_bytes());
        resource.extend(PACKET.as_bytes());
        let header = [b"8BPS".as_slice(), &[0; 22], &[0; 4]].concat();
        [&header, &(resource.len() as u32).to_be_bytes()[..], &resource].concat()
    }

    #[test]
    fn every_container_is_looked_into() {
        let (maker, stars) = (Some("Maker"), Some(4));
        let table = [
            ("jxl", jxl(), maker, stars),
            ("packed jxl", packed_jxl(), maker, stars),
            ("webp", webp(), None, stars),
            ("cr3", cr3(), maker, stars),
            ("orf", orf(), maker, None),
            ("mrw", mrw(), maker, None),
            ("psd", psd(), None, stars),
        ];
        for (name, bytes, make, rating) in table {
            let found = read(&bytes);
            assert_eq!((found.metadata.make.as_deref(), found.metadata.rating), (make, rating), "{name}");
            assert_eq!(found.dates.len(), usize::from(name == "cr3"), "{name}");
            for length in 0..bytes.len() {
                let _ = read(&bytes[..length]);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(which in 0usize..7, at in 0usize..400, value: u8) {
            let mut damaged = vec![jxl(), packed_jxl(), webp(), cr3(), orf(), mrw(), psd()].swap_remove(which);
            let at = at % damaged.len();
            damaged[at] = value;
            let _ = read(&damaged);
        }
    }
}
