//! What is written into a sidecar reads back as it was meant, and everything else in it stays.
//!
//! The oracle reads XML on its own: it shares no code with the writer but the XML parser.

use crate::{memory, promises::keep};
use chrono::{DateTime, FixedOffset, Timelike};
use metadata::{Found, Metadata, SidecarEdits, edit_sidecar, tidy};
use quick_xml::{
    NsReader,
    events::{BytesStart, Event},
    name::{QName, ResolveResult},
};

/// A byte that says what is edited, eight for the numbers, a text up to a zero, then the sidecar that is there.
pub fn edit(input: &[u8]) {
    let Some((&[edited, numbers @ ..], rest)) = input.split_first_chunk::<9>() else { return };
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let text = String::from_utf8_lossy(&rest[..end]).into_owned();
    let existing = rest.get(end + 1..);
    let edits = edits(edited, numbers, &text);
    let Ok(written) = memory::bounded(input.len(), || edit_sidecar(existing, &edits)) else { return };

    let read = read(&written);
    assert_is_told(&edits, &read);
    assert_eq!(edit_sidecar(Some(&written), &edits).as_deref(), Ok(written.as_slice()), "written twice, it is another");
    if let Some(existing) = existing.map(decoded).filter(|existing| !existing.trim().is_empty()) {
        let names = names(&edits);
        let written = String::from_utf8(written).expect("a sidecar is UTF-8");
        assert_eq!(everything_else(&existing, &names), everything_else(&written, &names));
    }
}

fn edits(edited: u8, [a, b, c, d, e, f, g, h]: [u8; 8], text: &str) -> SidecarEdits {
    let is_edited = |bit: u8| edited & (1 << bit) != 0;
    let fraction = |high: u8, low: u8| f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX);
    let zone = FixedOffset::east_opt((i32::from(a) - 128) * 300).expect("less than a day");
    let seconds = i64::from(u32::from_be_bytes([b, c, d, e])) - i64::from(u32::MAX / 2);
    let instant = DateTime::from_timestamp(seconds, u32::from(f) * 1_000_000).expect("a date of the last century");
    SidecarEdits {
        description: is_edited(0).then(|| text.to_owned()),
        taken_at: is_edited(1).then(|| instant.with_timezone(&zone)),
        position: is_edited(2).then(|| (fraction(b, c) * 180.0 - 90.0, fraction(d, e) * 360.0 - 180.0)),
        rating: is_edited(3).then(|| i32::from(g) % 6),
        tags: is_edited(4).then(|| text.lines().take(usize::from(h)).map(str::to_owned).collect()),
    }
}

fn read(sidecar: &[u8]) -> Metadata {
    keep(sidecar, || {
        let mut found = Found::default();
        found.add_sidecar(sidecar);
        found
    })
}

fn assert_is_told(edits: &SidecarEdits, read: &Metadata) {
    if let Some(description) = &edits.description {
        assert_eq!(read.description, tidy(description));
    }
    if let Some(taken_at) = &edits.taken_at {
        let local = taken_at.naive_local();
        assert_eq!(read.local_date_time, local.with_nanosecond(local.nanosecond() / 1_000_000 * 1_000_000));
        assert_eq!(read.date_time_original, Some(taken_at.to_utc()));
    }
    if let Some((latitude, longitude)) = edits.position {
        let is_nowhere = latitude == 0.0 && longitude == 0.0;
        let near = |read: Option<f64>, meant: f64| read.map_or(is_nowhere, |read| (read - meant).abs() < 1e-7);
        assert!(near(read.latitude, latitude) && near(read.longitude, longitude), "{edits:?} {read:?}");
    }
    if let Some(stars) = edits.rating {
        assert_eq!(read.rating, Some(stars).filter(|stars| *stars > 0));
    }
    if let Some(tags) = &edits.tags {
        let tags: Vec<String> = tags.iter().filter_map(|tag| tidy(tag)).collect();
        assert_eq!(read.tags, tags);
    }
}

type Name = (&'static str, &'static str, &'static str);

/// What these edits may replace: namespace, usual prefix, name.
fn names(edits: &SidecarEdits) -> Vec<Name> {
    const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
    let groups: [(bool, &[Name]); 5] = [
        (
            edits.description.is_some(),
            &[
                ("http://purl.org/dc/elements/1.1/", "dc", "description"),
                ("http://ns.adobe.com/tiff/1.0/", "tiff", "ImageDescription"),
            ],
        ),
        (edits.taken_at.is_some(), &[(EXIF, "exif", "DateTimeOriginal")]),
        (edits.position.is_some(), &[(EXIF, "exif", "GPSLatitude"), (EXIF, "exif", "GPSLongitude")]),
        (edits.rating.is_some(), &[("http://ns.adobe.com/xap/1.0/", "xmp", "Rating")]),
        (edits.tags.is_some(), &[("http://www.digikam.org/ns/1.0/", "digiKam", "TagsList")]),
    ];
    groups.into_iter().filter(|(is_edited, _)| *is_edited).flat_map(|(_, names)| names).copied().collect()
}

fn decoded(bytes: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).expect("what is no text is refused")
    };
    let text = match bytes {
        [0xff, 0xfe, ..] | [b'<', 0, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, b'<', ..] => utf16(u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).expect("what is no text is refused"),
    };
    text.trim_start_matches('\u{feff}').to_owned()
}

/// Elements, attributes, texts and comments in their order, without the properties of these names. White space does not
/// count, nor whether an element without content is written in one piece.
fn everything_else(xml: &str, names: &[Name]) -> Vec<String> {
    let mut reader = NsReader::from_str(xml);
    let mut walk = Walk { names, said: Vec::new(), open: Vec::new(), removed: None, text: String::new() };
    loop {
        match reader.read_event().expect("what was accepted can be read") {
            Event::Start(element) => walk.enter(&reader, &element),
            Event::Empty(element) => {
                walk.enter(&reader, &element);
                walk.leave();
            }
            Event::End(_) => walk.leave(),
            Event::Text(text) => walk.text(&text),
            Event::CData(text) => walk.text(&text),
            Event::GeneralRef(name) => walk.text(&[b"&", &name[..], b";"].concat()),
            Event::Comment(text) | Event::DocType(text) => walk.say(String::from_utf8_lossy(&text).into_owned()),
            Event::PI(text) => walk.say(String::from_utf8_lossy(&text).into_owned()),
            // Becomes that of UTF-8.
            Event::Decl(_) => {}
            Event::Eof => return walk.said,
        }
    }
}

struct Walk<'a> {
    names: &'a [Name],
    said: Vec<String>,
    open: Vec<String>,
    /// How deep the property stands that does not count.
    removed: Option<usize>,
    text: String,
}

impl Walk<'_> {
    fn say(&mut self, what: String) {
        if self.removed.is_none() {
            let text = std::mem::take(&mut self.text);
            self.said.extend([text, what].into_iter().filter(|said| !said.is_empty()));
        }
    }

    fn text(&mut self, raw: &[u8]) {
        if self.removed.is_none() {
            self.text.extend(String::from_utf8_lossy(raw).chars().filter(|c| !c.is_whitespace()));
        }
    }

    fn enter(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) {
        let name = self.known(reader, element.name(), false);
        let parents: Vec<&str> = self.open.iter().rev().take(2).map(String::as_str).collect();
        let is_description = name == "rdf:Description" && parents.first() == Some(&"rdf:RDF");
        let is_property = parents == ["rdf:Description", "rdf:RDF"];
        if is_property && self.is_edited(&name) && self.removed.is_none() {
            self.removed = Some(self.open.len());
        }
        self.say(format!("<{}", String::from_utf8_lossy(element.name().as_ref())));
        for attribute in element.attributes().with_checks(false).flatten() {
            let known = self.known(reader, attribute.key, true);
            if !(is_description && self.is_edited(&known)) {
                let (key, value) = (attribute.key.as_ref(), &attribute.value);
                self.say(format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
            }
        }
        self.open.push(name);
    }

    fn leave(&mut self) {
        let name = self.open.pop().unwrap_or_default();
        self.say(format!("</{name}"));
        self.removed.take_if(|depth| *depth == self.open.len());
    }

    fn is_edited(&self, known: &str) -> bool {
        self.names.iter().any(|(_, prefix, local)| known == format!("{prefix}:{local}"))
    }

    /// With the usual prefix where the namespace is one of those that matter here.
    fn known(&self, reader: &NsReader<&[u8]>, name: QName<'_>, is_attribute: bool) -> String {
        const RDF: Name = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf", "");
        let (namespace, local) = match is_attribute {
            true => reader.resolver().resolve_attribute(name),
            false => reader.resolver().resolve_element(name),
        };
        if let ResolveResult::Bound(namespace) = namespace
            && let Some((_, prefix, _)) =
                self.names.iter().chain([&RDF]).find(|(uri, ..)| uri.as_bytes() == namespace.as_ref())
        {
            return format!("{prefix}:{}", String::from_utf8_lossy(local.as_ref()));
        }
        String::from_utf8_lossy(name.as_ref()).into_owned()
    }
}
