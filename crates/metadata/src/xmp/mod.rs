//! XMP: packets inside pictures and sidecar files beside them.

mod parse;
mod regions;
pub(crate) mod write;

use crate::{
    Found, Metadata,
    date::{self, DateField, Taken},
    exif::{shutter, stars_of_percent},
    position, tidy,
};
use parse::Properties;
use std::borrow::Cow;

/// Names the box of an ISO file that holds a packet.
pub(crate) const UUID: [u8; 16] = *b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";

/// Whether XMP counts more than what was found before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// A sidecar: it wins.
    Over,
    /// A packet beside EXIF: it fills what is missing.
    Under,
}

/// The packet in a file whose container is not known here. Programs write packets so that they are found like this.
pub(crate) fn packet(bytes: &[u8]) -> Option<&[u8]> {
    let find = |bytes: &[u8], wanted: &str| memchr::memmem::find(bytes, wanted.as_bytes());
    let start = find(bytes, "<x:xmpmeta").or_else(|| find(bytes, "<rdf:RDF"))?;
    let rest = &bytes[start..];
    let end = ["</x:xmpmeta>", "</rdf:RDF>"].iter().find_map(|end| Some(find(rest, end)? + end.len()))?;
    Some(&rest[..end])
}

/// UTF-8, or UTF-16 with its mark in front or without. What is neither is replaced.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match utf16_order(bytes) {
        Some(order) => {
            let text = char::decode_utf16(units(bytes, order)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
            Cow::Owned(text.skip_while(|c| *c == MARK).collect())
        }
        None => String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    }
}

/// The same, without loss; `None` if it is neither.
pub(crate) fn whole_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match utf16_order(bytes) {
        Some(order) => {
            let text: String = char::decode_utf16(units(bytes, order)).collect::<Result<_, _>>().ok()?;
            bytes.len().is_multiple_of(2).then(|| Cow::Owned(text.trim_start_matches(MARK).to_owned()))
        }
        None => std::str::from_utf8(bytes).ok().map(|text| Cow::Borrowed(text.trim_start_matches(MARK))),
    }
}

const MARK: char = '\u{feff}';

fn utf16_order(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match bytes {
        [0xff, 0xfe, ..] | [b'<', 0, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, b'<', ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn units(bytes: &[u8], order: fn([u8; 2]) -> u16) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(move |pair| order([pair[0], pair[1]]))
}

/// Takes over what the packet says. Broken XML counts as far as it can be read.
pub(crate) fn apply(found: &mut Found, xml: &str, weight: Weight) {
    let said = parse::properties(xml);
    texts(&mut found.metadata, &said, weight);
    exposure(&mut found.metadata, &said, weight);
    rating(&mut found.metadata, &said, weight);
    place(&mut found.metadata, &said, weight);
    let tags = tags(&said);
    if let Some(tags) = tags.filter(|_| weight == Weight::Over || found.metadata.tags.is_empty()) {
        found.metadata.tags = tags;
    }
    let dates = dates(&said);
    if weight == Weight::Over && !dates.is_empty() {
        found.dates.clear();
    }
    found.dates.extend(dates);
    // A sidecar may also say that there is nobody.
    if weight == Weight::Over || found.regions.is_none() {
        found.regions = regions::read(xml).or(found.regions.take());
    }
}

fn texts(metadata: &mut Metadata, said: &Properties, weight: Weight) {
    let set = |into: &mut Option<String>, names: &[&str]| {
        let value = names.iter().find_map(|name| tidy(said.get(name)?));
        // A sidecar may also say that there is nothing.
        let is_over = weight == Weight::Over && names.iter().any(|name| said.has(name));
        if is_over || into.is_none() {
            *into = value;
        }
    };
    set(&mut metadata.description, &["tiff:ImageDescription", "dc:description"]);
    set(&mut metadata.make, &["tiff:Make"]);
    set(&mut metadata.model, &["tiff:Model"]);
    set(&mut metadata.lens_model, &["exifEX:LensModel", "aux:Lens"]);
    set(&mut metadata.burst_id, &["GCamera:BurstID", "GCamera:BurstId"]);
    set(&mut metadata.projection_type, &["GPano:ProjectionType", "GSpherical:ProjectionType"]);
    metadata.projection_type = metadata.projection_type.take().map(|kind| kind.to_uppercase());
}

fn exposure(metadata: &mut Metadata, said: &Properties, weight: Weight) {
    let number = |name: &str| said.get(name).and_then(number).filter(|number| *number > 0.0);
    let counts = |is_missing: bool| weight == Weight::Over || is_missing;
    if let Some(opening) = number("exif:FNumber").filter(|_| counts(metadata.f_number.is_none())) {
        metadata.f_number = Some(opening);
    }
    if let Some(length) = number("exif:FocalLength").filter(|_| counts(metadata.focal_length.is_none())) {
        metadata.focal_length = Some(length);
    }
    if let Some(seconds) = number("exif:ExposureTime").filter(|_| counts(metadata.exposure_time.is_none())) {
        metadata.exposure_time = shutter(seconds);
    }
    let sensitivity = number("exifEX:PhotographicSensitivity").or_else(|| number("exif:ISOSpeedRatings"));
    if let Some(iso) = sensitivity.filter(|iso| *iso <= f64::from(i32::MAX) && counts(metadata.iso.is_none())) {
        metadata.iso = Some(iso as i32).filter(|iso| *iso > 0);
    }
}

/// Plain, or as EXIF has it: `28/10`.
fn number(text: &str) -> Option<f64> {
    let number = match text.trim().split_once('/') {
        Some((above, below)) => above.parse::<f64>().ok()? / below.parse::<f64>().ok()?,
        None => text.trim().parse().ok()?,
    };
    number.is_finite().then_some(number)
}

/// Nothing and "rejected" take the stars away. Programs that change stars change them in XMP, and not always in EXIF.
fn rating(metadata: &mut Metadata, said: &Properties, weight: Weight) {
    let number = |name: &str| said.get(name).and_then(number);
    let stars = match number("xmp:Rating") {
        Some(stars) => {
            metadata.rating = None;
            Some(stars as i32).filter(|stars| (1..=5).contains(stars))
        }
        None => match number("MicrosoftPhoto:Rating") {
            Some(percent) => stars_of_percent(percent),
            None => return,
        },
    };
    if weight == Weight::Over || metadata.rating.is_none() {
        metadata.rating = stars;
    }
}

fn place(metadata: &mut Metadata, said: &Properties, weight: Weight) {
    let place = said.get("exif:GPSLatitude").zip(said.get("exif:GPSLongitude"));
    if let Some((latitude, longitude)) = place.and_then(|(lat, lon)| Some((degrees(lat)?, degrees(lon)?)))
        && (weight == Weight::Over || metadata.latitude.is_none())
    {
        position::set(metadata, latitude, longitude);
    }
}

/// A tree of tags is written with slashes; `None` if the packet says nothing of tags.
fn tags(said: &Properties) -> Option<Vec<String>> {
    let list = |name: &str| said.has(name).then(|| said.all(name).filter_map(tidy).collect::<Vec<_>>());
    let from_bars = |tag: &String| tag.split('|').map(|part| part.replace('/', "|")).collect::<Vec<_>>().join("/");
    list("digiKam:TagsList")
        .or_else(|| Some(list("lr:hierarchicalSubject")?.iter().map(from_bars).collect()))
        .or_else(|| list("dc:subject"))
}

/// When the file was written is not when the picture was taken: `xmp:ModifyDate` and the like do not count.
fn dates(said: &Properties) -> Vec<(DateField, Taken)> {
    const DATES: [(&str, DateField); 5] = [
        ("exif:DateTimeOriginal", DateField::Original),
        ("xmp:CreateDate", DateField::Digitized),
        ("exif:GPSTimeStamp", DateField::Satellites),
        ("photoshop:DateCreated", DateField::Other),
        ("exif:DateTimeDigitized", DateField::Other),
    ];
    DATES.into_iter().filter_map(|(name, field)| Some((field, date::parse_iso(said.get(name)?)?))).collect()
}

/// `48,51.5N` or `48,51,30N`, or plain degrees.
fn degrees(text: &str) -> Option<f64> {
    /// A hundredth of a millimetre: what is behind is rounding, of the minutes that this was written in.
    const PRECISION: f64 = 1e10;
    let text = text.trim();
    let (number, sign) = match text.chars().last()? {
        'N' | 'E' => (&text[..text.len() - 1], 1.0),
        'S' | 'W' => (&text[..text.len() - 1], -1.0),
        _ => (text, 1.0),
    };
    let mut degrees = 0.0;
    for (part, divisor) in number.split(',').zip([1.0, 60.0, 3600.0]) {
        degrees += part.trim().parse::<f64>().ok()? / divisor;
    }
    Some((degrees * sign * PRECISION).round() / PRECISION)
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
        assert!(!found.dates.is_empty());
    }

    #[test]
    fn utf16_sidecars_are_read() {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(SIDECAR.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(text(&bytes), SIDECAR);
    }

    #[test]
    fn tags_are_a_tree_or_a_list() {
        let tags_of = |properties: &str| {
            let xml = format!("<rdf:RDF><rdf:Description>{properties}</rdf:Description></rdf:RDF>");
            let mut found = Found::default();
            found.metadata.tags = vec!["old".to_owned()];
            apply(&mut found, &xml, Weight::Over);
            found.metadata.tags
        };
        let list = |name: &str, item: &str| format!("<{name}><rdf:Bag><rdf:li>{item}</rdf:li></rdf:Bag></{name}>");
        let (words, tree) = (list("dc:subject", "word"), list("lr:hierarchicalSubject", "a|b/c"));
        assert_eq!(tags_of(&words), ["word"]);
        assert_eq!(tags_of(&[words.clone(), tree.clone()].concat()), ["a/b|c"]);
        assert_eq!(tags_of(&[words, tree, list("digiKam:TagsList", "x/y")].concat()), ["x/y"]);
        assert_eq!(tags_of("<digiKam:TagsList><rdf:Seq/></digiKam:TagsList>"), Vec::<String>::new());
        assert_eq!(tags_of("<dc:title>none</dc:title>"), ["old"]);
    }

    #[test]
    fn a_sidecar_can_say_that_there_is_nothing() {
        let mut found = Found::default();
        found.metadata.description = Some("from EXIF".to_owned());
        found.metadata.rating = Some(3);
        let nothing = r#"<rdf:RDF><rdf:Description xmp:Rating="0"><dc:description/></rdf:Description></rdf:RDF>"#;
        apply(&mut found, nothing, Weight::Over);
        assert_eq!((found.metadata.description, found.metadata.rating), (None, None));
    }

    #[test]
    fn exposure_is_told_in_fractions() {
        let mut found = Found::default();
        found.metadata.iso = Some(100);
        let packet = r#"<rdf:RDF><rdf:Description exif:FNumber="28/10" exif:FocalLength="85" exif:ExposureTime="1/200">
            <exif:ISOSpeedRatings><rdf:Seq><rdf:li>800</rdf:li></rdf:Seq></exif:ISOSpeedRatings></rdf:Description></rdf:RDF>"#;
        apply(&mut found, packet, Weight::Under);
        let read = found.metadata;
        assert_eq!((read.f_number, read.focal_length, read.iso), (Some(2.8), Some(85.0), Some(100)));
        assert_eq!(read.exposure_time.as_deref(), Some("1/200"));
        let mut found = Found::default();
        apply(&mut found, &packet.replace("200\"", "0\"").replace("800", "-1"), Weight::Over);
        assert_eq!((found.metadata.exposure_time, found.metadata.iso), (None, None));
    }

    #[test]
    fn stars_of_a_packet_count_more_than_those_of_exif() {
        for (said, expected) in [("5", Some(5)), ("0", None)] {
            let mut found = Found::default();
            found.metadata.rating = Some(2);
            let packet = format!("<rdf:RDF><rdf:Description xmp:Rating=\"{said}\"/></rdf:RDF>");
            apply(&mut found, &packet, Weight::Under);
            assert_eq!(found.metadata.rating, expected);
        }
    }

    #[test]
    fn stars_may_be_percents() {
        for (said, expected) in [("xmp:Rating=\"-1\"", None), ("MicrosoftPhoto:Rating=\"75\"", Some(4))] {
            let mut found = Found::default();
            apply(&mut found, &format!("<rdf:RDF><rdf:Description {said}/></rdf:RDF>"), Weight::Over);
            assert_eq!(found.metadata.rating, expected, "{said}");
        }
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
