//! Chunks of PNG that say something of the picture. (`eXIf` is found by others.)

use crate::{isobmff::be32, plain_text};
use flate2::read::ZlibDecoder;
use std::io::Read;

/// Inflated text: a packet of XMP is some kilobytes.
const MAX_TEXT_BYTES: u64 = 4 * 1024 * 1024;
/// Of all texts together, and a little more: the last one may be long.
const MAX_TEXTS_BYTES: usize = 4 * 1024 * 1024;
/// More than any real file has.
const MAX_CHUNKS: usize = 100_000;
const MAX_TEXTS: usize = 100;

/// Keyword and value of the texts: plain, deflated or international.
pub(crate) fn texts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let parse = |(kind, content): ([u8; 4], &[u8])| match &kind {
        b"tEXt" => cut(content).map(|(keyword, value)| (keyword, value.to_vec())),
        b"zTXt" => {
            let (keyword, rest) = cut(content)?;
            Some((keyword, inflate(rest.get(1..)?)?))
        }
        b"iTXt" => international(content),
        _ => None,
    };
    let mut room = MAX_TEXTS_BYTES;
    let mut fits = |text: &(String, Vec<u8>)| {
        let is_room = room > 0;
        room = room.saturating_sub(text.1.len());
        is_room
    };
    chunks(bytes).filter_map(parse).take_while(|text| fits(text)).take(MAX_TEXTS).collect()
}

/// Flag and method of compression, language, translated keyword, text.
fn international(content: &[u8]) -> Option<(String, Vec<u8>)> {
    let (keyword, rest) = cut(content)?;
    let (&[is_deflated, _method], rest) = rest.split_first_chunk::<2>()?;
    let (_language, rest) = cut(rest)?;
    let (_translated, text) = cut(rest)?;
    Some((keyword, if is_deflated == 1 { inflate(text)? } else { text.to_vec() }))
}

/// ImageMagick writes blocks of other formats as hexadecimal text: a name, their length, the digits.
pub(crate) fn raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split_ascii_whitespace().skip(1);
    let length: usize = words.next()?.parse().ok()?;
    let digits: Vec<u8> =
        words.flat_map(str::bytes).map(|c| (c as char).to_digit(16)).map_while(|d| Some(d? as u8)).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect();
    (bytes.len() == length).then_some(bytes)
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    const SIGNATURE: usize = 8;
    let mut rest = bytes.get(SIGNATURE..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = be32(rest, 0)? as usize;
        let kind: [u8; 4] = rest.get(4..8)?.try_into().ok()?;
        let content = rest.get(8..)?.get(..length)?;
        rest = rest.get(8 + length + 4..)?;
        Some((kind, content))
    })
    .take(MAX_CHUNKS)
}

fn cut(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((plain_text(&bytes[..end]).into_owned(), &bytes[end + 1..]))
}

fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    ZlibDecoder::new(bytes).take(MAX_TEXT_BYTES).read_to_end(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32).to_be_bytes(), kind.as_slice(), content, &[0; 4]].concat()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn file() -> Vec<u8> {
        let deflated = deflate(b"packet");
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"tEXt", b"Description\0A tower"),
            chunk(b"zTXt", &[b"Raw profile type exif\0\0".as_slice(), &deflate(b"\nexif\n 4\n4949 2a00\n")].concat()),
            chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(), &deflated].concat()),
            chunk(b"iTXt", b"Title\0\0\0en\0Titel\0plain"),
        ]
        .concat()
    }

    #[test]
    fn texts_of_every_kind_are_read() {
        let texts = texts(&file());
        let get = |wanted: &str| texts.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone()).unwrap();
        assert_eq!(get("Description"), b"A tower");
        assert_eq!(raw_profile(&get("Raw profile type exif")).unwrap(), b"II*\0");
        assert_eq!(get("XML:com.adobe.xmp"), b"packet");
        assert_eq!(get("Title"), b"plain");
    }

    #[test]
    fn a_text_that_inflates_without_end_is_cut() {
        let bomb = deflate(&vec![b' '; 2 * MAX_TEXT_BYTES as usize]);
        assert_eq!(inflate(&bomb).unwrap().len() as u64, MAX_TEXT_BYTES);
        let bombs = chunk(b"zTXt", &[b"Comment\0\0".as_slice(), &bomb].concat()).repeat(50);
        let file = [b"\x89PNG\r\n\x1a\n".to_vec(), bombs].concat();
        let inflated: usize = texts(&file).iter().map(|(_, text)| text.len()).sum();
        assert!(inflated as u64 <= 2 * MAX_TEXT_BYTES, "{inflated} bytes");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(at in 0usize..300, value: u8) {
            let mut damaged = file();
            let at = at % damaged.len();
            damaged[at] = value;
            for (_, text) in texts(&damaged) {
                let _ = raw_profile(&text);
            }
            let _ = texts(&damaged[..at]);
        }
    }
}
