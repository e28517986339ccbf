//! XMP: packets inside pictures and sidecar files beside them.

use super::{Found, date, position, tidy};
use crate::image::decode::jpeg;
use quick_xml::{
    Reader,
    events::{BytesRef, Event},
    name::QName,
};
use std::borrow::Cow;

/// More elements than any real packet has.
const MAX_ELEMENTS: usize = 50_000;

/// Whether XMP counts more than what was found before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// A sidecar: it wins.
    Over,
    /// A packet beside EXIF: it fills what is missing.
    Under,
}

/// The packet inside a picture, wherever the container has put it.
pub(crate) fn packet(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.starts_with(&[0xff, 0xd8]) {
        // Long before the picture itself, so that megabytes need not be searched.
        let packets = jpeg::segments(bytes).filter(|(marker, _)| *marker == 0xe1);
        return packets.into_iter().find_map(|(_, segment)| within(segment));
    }
    within(bytes)
}

fn within(bytes: &[u8]) -> Option<&[u8]> {
    let start = find(bytes, b"<x:xmpmeta").or_else(|| find(bytes, b"<rdf:RDF"))?;
    let rest = &bytes[start..];
    let end = ["</x:xmpmeta>", "</rdf:RDF>"].iter().find_map(|end| Some(find(rest, end.as_bytes())? + end.len()))?;
    Some(&rest[..end])
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// UTF-8, or UTF-16 with its mark in front.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |to_unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| to_unit([pair[0], pair[1]]));
        Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>())
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    }
}

/// Takes over what the packet says. Broken XML counts as far as it can be read.
pub(crate) fn apply(found: &mut Found, xml: &str, weight: Weight) {
    let properties = properties(xml);
    let get = |name: &str| properties.iter().find(|(key, _)| key == name).and_then(|(_, value)| tidy(value));
    let first = |names: &[&str]| names.iter().find_map(|name| get(name));
    let metadata = &mut found.metadata;

    let set = |into: &mut Option<String>, value: Option<String>| {
        if value.is_some() && (weight == Weight::Over || into.is_none()) {
            *into = value;
        }
    };
    set(&mut metadata.description, first(&["description", "ImageDescription"]));
    set(&mut metadata.make, get("Make"));
    set(&mut metadata.model, get("Model"));
    set(&mut metadata.lens_model, first(&["LensModel", "Lens"]));
    set(&mut metadata.projection_type, get("ProjectionType").map(|kind| kind.to_uppercase()));
    if let Some(stars) = get("Rating").and_then(|stars| stars.parse::<f64>().ok())
        && (weight == Weight::Over || metadata.rating.is_none())
    {
        // Nothing and "rejected" take the stars away.
        metadata.rating = Some(stars as i32).filter(|stars| (1..=5).contains(stars));
    }
    let place = get("GPSLatitude").zip(get("GPSLongitude"));
    if let Some((latitude, longitude)) = place.and_then(|(lat, lon)| Some((degrees(&lat)?, degrees(&lon)?)))
        && (weight == Weight::Over || metadata.latitude.is_none())
    {
        position::set(metadata, latitude, longitude);
    }
    // When the file was written is not when the picture was taken: xmp:ModifyDate and the like do not count.
    let taken = first(&["DateTimeOriginal", "DateCreated", "CreateDate"]).and_then(|text| date::parse_iso(&text));
    if taken.is_some() && (weight == Weight::Over || found.date.is_none()) {
        found.date = taken;
    }
}

/// Names without their prefix, and their text: from attributes and elements alike; of a list, its first item.
fn properties(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut found = Vec::new();
    let mut open: Vec<String> = Vec::new();
    // Of the innermost element; references like `&amp;` cut it into pieces.
    let mut text = String::new();
    for _ in 0..MAX_ELEMENTS {
        let Ok(event) = reader.read_event() else { break };
        match &event {
            Event::Text(piece) => text.push_str(&piece.decode().unwrap_or_default()),
            Event::CData(piece) => text.push_str(&piece.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => text.extend(character(reference)),
            _ => keep(&open, std::mem::take(&mut text), &mut found),
        }
        match event {
            Event::Start(element) => {
                attributes(&element, &mut found);
                open.push(local(element.name()));
            }
            Event::Empty(element) => attributes(&element, &mut found),
            Event::End(_) => {
                open.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    found
}

/// The text belongs to the innermost element that is no list.
fn keep(open: &[String], text: String, found: &mut Vec<(String, String)>) {
    let is_no_list = |name: &&String| !matches!(name.as_str(), "li" | "Alt" | "Seq" | "Bag");
    if !text.trim().is_empty()
        && let Some(name) = open.iter().rev().find(is_no_list)
    {
        found.push((name.clone(), text));
    }
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character);
    }
    quick_xml::escape::resolve_predefined_entity(&reference.decode().ok()?)?.chars().next()
}

fn attributes(element: &quick_xml::events::BytesStart<'_>, found: &mut Vec<(String, String)>) {
    for attribute in element.attributes().flatten() {
        let value = String::from_utf8_lossy(&attribute.value);
        let value = quick_xml::escape::unescape(&value).map_or_else(|_| value.to_string(), Cow::into_owned);
        found.push((local(attribute.key), value));
    }
}

fn local(name: QName<'_>) -> String {
    String::from_utf8_lossy(name.local_name().as_ref()).into_owned()
}

/// `48,51.5N` or `48,51,30N`, or plain degrees.
fn degrees(text: &str) -> Option<f64> {
    let (number, sign) = match text.chars().last()? {
        'N' | 'E' => (&text[..text.len() - 1], 1.0),
        'S' | 'W' => (&text[..text.len() - 1], -1.0),
        _ => (text, 1.0),
    };
    let mut degrees = 0.0;
    for (part, divisor) in number.split(',').zip([1.0, 60.0, 3600.0]) {
        degrees += part.trim().parse::<f64>().ok()? / divisor;
    }
    Some(degrees * sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDECAR: &str = r#"<?xml version="1.0"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmp:Rating="4"
        exif:GPSLatitude="48,51.5N" exif:GPSLongitude="2,17.4E"
        exif:DateTimeOriginal="2021-06-01T12:00:00+02:00"><dc:description><rdf:Alt>
        <rdf:li xml:lang="x-default">A tower &amp; more</rdf:li></rdf:Alt></dc:description></rdf:Description>
        </rdf:RDF></x:xmpmeta>"#;

    #[test]
    fn a_sidecar_wins_and_a_packet_fills() {
        let mut found = Found::default();
        found.metadata.description = Some("from EXIF".to_owned());
        apply(&mut found, SIDECAR, Weight::Under);
        assert_eq!(found.metadata.description.as_deref(), Some("from EXIF"));
        assert_eq!(found.metadata.rating, Some(4));
        apply(&mut found, SIDECAR, Weight::Over);
        assert_eq!(found.metadata.description.as_deref(), Some("A tower & more"));
        assert!((found.metadata.latitude.unwrap() - 48.858_333).abs() < 1e-4);
        assert!(found.date.is_some());
    }

    #[test]
    fn utf16_sidecars_are_read() {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(SIDECAR.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(text(&bytes), SIDECAR);
    }

    #[test]
    fn packets_are_found_inside_pictures() {
        let length = u16::try_from(SIDECAR.len() + 6).unwrap().to_be_bytes();
        let picture = [b"\xff\xd8\xff\xe1".as_slice(), &length, b"junk", SIDECAR.as_bytes(), b"\xff\xd9"].concat();
        let packet = packet(&picture).unwrap();
        assert!(packet.starts_with(b"<x:xmpmeta") && packet.ends_with(b"</x:xmpmeta>"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), xml in "[<>a-z:/=\" ]{0,200}") {
            let mut found = Found::default();
            apply(&mut found, &text(&bytes), Weight::Over);
            apply(&mut found, &xml, Weight::Over);
            let _ = packet(&bytes);
        }
    }
}
