//! What a person wrote of a picture, put into a sidecar.
//!
//! Only the properties that are written change; everything else in the file stays as it is, to the byte. A file that
//! cannot be read to its end is refused: nobody knows what would be lost.

use super::parse::{NAMESPACES, canonical};
use crate::{Error, Result};
use chrono::{DateTime, FixedOffset};
use quick_xml::{
    NsReader,
    escape::escape,
    events::{BytesDecl, BytesStart, Event},
};
use std::ops::Range;

/// What shall be said; `None` is left as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SidecarEdits {
    /// Empty: there shall be none.
    pub description: Option<String>,
    pub taken_at: Option<DateTime<FixedOffset>>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    /// 0: no stars.
    pub rating: Option<i32>,
    pub tags: Option<Vec<String>>,
}

/// More than any real sidecar has.
const MAX_EVENTS: usize = 1_000_000;

const NEW: &str = "<?xpacket begin='\u{feff}' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
 <rdf:Description rdf:about=''/>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end='w'?>
";

/// The sidecar as it shall be; `existing` is what it holds now.
pub fn edit(existing: Option<&[u8]>, edits: &SidecarEdits) -> Result<Vec<u8>> {
    // Nothing may be lost, so what is no text is refused rather than replaced.
    let decoded =
        |bytes| super::whole_text(bytes).ok_or_else(|| Error::damaged("the sidecar is neither UTF-8 nor UTF-16"));
    let existing = existing.map(decoded).transpose()?.filter(|text| !text.trim().is_empty());
    let xml = existing.as_deref().unwrap_or(NEW);
    let properties = properties(edits);
    let changes = changes(xml, &properties)?;
    let mut out = String::with_capacity(xml.len() + 1024);
    let mut copied = 0;
    for (range, replacement) in changes {
        out.push_str(&xml[copied..range.start]);
        out.push_str(&replacement);
        copied = range.end;
    }
    out.push_str(&xml[copied..]);
    Ok(out.into_bytes())
}

/// Names, and what stands there from now on.
fn properties(edits: &SidecarEdits) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Some(description) = &edits.description {
        for name in ["dc:description", "tiff:ImageDescription"] {
            let item = format!("<rdf:li xml:lang=\"x-default\">{}</rdf:li>", text(description));
            all.push((name, format!("<rdf:Alt>{item}</rdf:Alt>")));
        }
    }
    if let Some(taken_at) = &edits.taken_at {
        all.push(("exif:DateTimeOriginal", taken_at.format("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()));
    }
    if let Some((latitude, longitude)) = edits.position {
        all.push(("exif:GPSLatitude", degrees_and_minutes(latitude, ['N', 'S'])));
        all.push(("exif:GPSLongitude", degrees_and_minutes(longitude, ['E', 'W'])));
    }
    if let Some(stars) = edits.rating {
        all.push(("xmp:Rating", stars.to_string()));
    }
    if let Some(tags) = &edits.tags {
        let items: String = tags.iter().map(|tag| format!("<rdf:li>{}</rdf:li>", text(tag))).collect();
        all.push(("digiKam:TagsList", format!("<rdf:Seq>{items}</rdf:Seq>")));
    }
    all
}

/// XML cannot hold most control characters, not even escaped, nor the two that are no characters.
fn text(value: &str) -> String {
    let allowed = |c: &char| match c {
        '\n' | '\t' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    escape(value.chars().filter(allowed).collect::<String>()).replace('\r', "&#13;")
}

/// `48,51.5N`, with minutes to ten places.
fn degrees_and_minutes(degrees: f64, [positive, negative]: [char; 2]) -> String {
    const FRACTION: u64 = 10_000_000_000;
    let side = if degrees < 0.0 { negative } else { positive };
    let minutes = (degrees.abs() * 60.0 * FRACTION as f64).round() as u64;
    let (whole, fraction) = (minutes / FRACTION, minutes % FRACTION);
    format!("{},{}.{fraction:010}{side}", whole / 60, whole % 60)
}

/// What is cut out and what comes in its place, in the order of the file.
fn changes(xml: &str, properties: &[(&'static str, String)]) -> Result<Vec<(Range<usize>, String)>> {
    let mut reader = NsReader::from_str(xml);
    let mut edit = Edit { xml, properties, open: Vec::new(), removed: None, is_placed: false, changes: Vec::new() };
    for _ in 0..MAX_EVENTS {
        let start = position(&reader);
        let event = reader.read_event().map_err(Error::damaged)?;
        let span = start..position(&reader);
        match event {
            // What is written is UTF-8, whatever it was before.
            Event::Decl(declaration) if !is_utf8(&declaration) => {
                edit.changes.push((span, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned()));
            }
            Event::Start(element) => edit.enter(&reader, &element, span, false)?,
            Event::Empty(element) => edit.enter(&reader, &element, span, true)?,
            Event::End(_) => edit.leave(span.end),
            Event::Eof if edit.open.is_empty() && edit.is_placed => return Ok(edit.changes),
            Event::Eof if edit.open.is_empty() => return Err(Error::damaged("the sidecar is no XMP")),
            Event::Eof => return Err(Error::damaged("the sidecar ends in the middle")),
            _ => {}
        }
    }
    Err(Error::damaged("the sidecar has no end"))
}

fn is_utf8(declaration: &BytesDecl<'_>) -> bool {
    declaration.encoding().is_none_or(|name| name.is_ok_and(|name| name.eq_ignore_ascii_case(b"utf-8")))
}

fn position(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

struct Edit<'a> {
    xml: &'a str,
    properties: &'a [(&'static str, String)],
    open: Vec<String>,
    /// A property that goes: where it begins, and how deep it stands.
    removed: Option<(usize, usize)>,
    is_placed: bool,
    changes: Vec<(Range<usize>, String)>,
}

impl Edit<'_> {
    fn enter(
        &mut self,
        reader: &NsReader<&[u8]>,
        element: &BytesStart<'_>,
        span: Range<usize>,
        is_empty: bool,
    ) -> Result<()> {
        let name = canonical(reader, element.name(), false);
        let is_kept = self.removed.is_none();
        if is_kept && name == "rdf:Description" && self.open.last().is_some_and(|parent| parent == "rdf:RDF") {
            self.description(reader, element, span, is_empty)?;
        } else if self.is_property() && self.is_replaced(&name) {
            // The line break in front of it goes along.
            let start = self.xml[..span.start].trim_end().len();
            if is_empty {
                self.changes.push((start..span.end, String::new()));
            } else {
                self.removed = Some((start, self.open.len()));
            }
        }
        if !is_empty {
            self.open.push(name);
        }
        Ok(())
    }

    fn leave(&mut self, end: usize) {
        self.open.pop();
        if let Some((start, _)) = self.removed.take_if(|(_, depth)| *depth == self.open.len()) {
            self.changes.push((start..end, String::new()));
        }
    }

    fn is_property(&self) -> bool {
        self.removed.is_none() && self.open.ends_with(&["rdf:RDF".to_owned(), "rdf:Description".to_owned()])
    }

    fn is_replaced(&self, name: &str) -> bool {
        self.properties.iter().any(|(replaced, _)| *replaced == name)
    }

    /// Loses the attributes that are replaced; the first one gets the new properties.
    fn description(
        &mut self,
        reader: &NsReader<&[u8]>,
        element: &BytesStart<'_>,
        span: Range<usize>,
        is_empty: bool,
    ) -> Result<()> {
        let name = String::from_utf8_lossy(element.name().as_ref()).into_owned();
        let (mut kept, mut has_lost) = (String::new(), false);
        for attribute in element.attributes() {
            let attribute = attribute.map_err(Error::damaged)?;
            if self.is_replaced(&canonical(reader, attribute.key, true)) {
                has_lost = true;
                continue;
            }
            let (key, value) =
                (String::from_utf8_lossy(attribute.key.as_ref()), String::from_utf8_lossy(&attribute.value));
            let quote = if value.contains('"') { '\'' } else { '"' };
            kept.push_str(&format!("\n    {key}={quote}{value}{quote}"));
        }
        let is_first = !std::mem::replace(&mut self.is_placed, true);
        if !is_first && !has_lost {
            return Ok(());
        }
        let start = if has_lost {
            format!("<{name}{kept}")
        } else {
            let tag = &self.xml[span.clone()];
            tag.trim_end_matches('>').trim_end_matches('/').trim_end().to_owned()
        };
        let new = if is_first { self.new_properties(name == "rdf:Description") } else { String::new() };
        let tag = match (is_empty, new.is_empty()) {
            (true, true) => format!("{start}/>"),
            (true, false) => format!("{start}>{new}\n </{name}>"),
            (false, _) => format!("{start}>{new}"),
        };
        self.changes.push((span, tag));
        Ok(())
    }

    /// Each says its own namespaces: the file may use these prefixes for others.
    fn new_properties(&self, is_rdf_known: bool) -> String {
        let uri = |prefix: &str| NAMESPACES.iter().find(|(known, _)| *known == prefix).map_or("", |(_, uri)| uri);
        let rdf = if is_rdf_known { String::new() } else { format!(" xmlns:rdf=\"{}\"", uri("rdf")) };
        let property = |(name, content): &(&'static str, String)| {
            let prefix = name.split(':').next().unwrap_or_default();
            format!("\n  <{name} xmlns:{prefix}=\"{}\"{rdf}>{content}</{name}>", uri(prefix))
        };
        self.properties.iter().map(property).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Found, date, xmp};

    fn edits() -> SidecarEdits {
        SidecarEdits {
            description: Some("Tom & <Anna>\nin \"Paris\"".to_owned()),
            taken_at: Some("2021-06-01T14:30:05.250+05:45".parse().unwrap()),
            position: Some((-33.868_820_1, 151.209_295_5)),
            rating: Some(4),
            tags: Some(vec!["a/b".to_owned(), "c & d".to_owned()]),
        }
    }

    fn read(sidecar: &[u8]) -> crate::Metadata {
        let mut found = Found::default();
        xmp::apply(&mut found, &xmp::text(sidecar), xmp::Weight::Over);
        date::resolve(&mut found);
        found.metadata
    }

    fn assert_is_told(sidecar: &[u8]) {
        let read = read(sidecar);
        assert_eq!(read.description.as_deref(), Some("Tom & <Anna>\nin \"Paris\""));
        assert_eq!(read.local_date_time.unwrap().to_string(), "2021-06-01 14:30:05.250");
        assert_eq!((read.latitude, read.longitude), (Some(-33.868_820_1), Some(151.209_295_5)));
        assert_eq!((read.rating, read.tags), (Some(4), vec!["a/b".to_owned(), "c & d".to_owned()]));
    }

    const EXISTING: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Darkroom"><!-- mine -->
 <r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <r:Description r:about='it"s' xmlns:q="http://ns.adobe.com/xap/1.0/" q:Rating="1" q:Label="Red">
   <d:description xmlns:d="http://purl.org/dc/elements/1.1/"><r:Alt><r:li xml:lang="x-default">old</r:li></r:Alt>
   </d:description>
   <q:Nickname>keep &amp; me</q:Nickname>
  </r:Description>
  <r:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="1,2.0N" exif:Flash="0"/>
 </r:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"#;

    #[test]
    fn what_was_written_is_read_again() {
        let new = edit(None, &edits()).unwrap();
        assert_is_told(&new);
        let again = edit(Some(&new), &edits()).unwrap();
        assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(new).unwrap(), "written twice, it is the same");
    }

    #[test]
    fn everything_else_in_a_sidecar_stays() {
        let sidecar = edit(Some(EXISTING.as_bytes()), &edits()).unwrap();
        assert_is_told(&sidecar);
        let text = String::from_utf8(sidecar.clone()).unwrap();
        for kept in [
            "x:xmptk=\"Darkroom\"",
            "<!-- mine -->",
            "r:about='it\"s'",
            "q:Label=\"Red\"",
            "keep &amp; me",
            "exif:Flash=\"0\"",
        ] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        for gone in [">old<", "q:Rating=\"1\"", "1,2.0N"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        assert_eq!(edit(Some(&sidecar), &edits()).unwrap(), sidecar, "written twice, it is the same");
    }

    #[test]
    fn what_is_not_edited_is_not_touched() {
        let stars = SidecarEdits { rating: Some(0), ..SidecarEdits::default() };
        let sidecar = edit(Some(EXISTING.as_bytes()), &stars).unwrap();
        let text = String::from_utf8(sidecar.clone()).unwrap();
        assert!(text.contains("old") && text.contains("1,2.0N"), "{text}");
        assert_eq!(read(&sidecar).rating, None);
        let tail = EXISTING.split_once("<d:description").unwrap().1;
        assert!(text.ends_with(tail), "{text}");
    }

    #[test]
    fn regions_stay_where_they_are() {
        let regions = r#"<mwg:Regions xmlns:mwg="http://www.metadataworkinggroup.com/schemas/regions/"
            xmlns:at="http://ns.adobe.com/xmp/sType/Area#"><mwg:RegionList><r:Bag><r:li><r:Description mwg:Name="Ann"
            mwg:Type="Face"><mwg:Area at:x="0.5" at:y="0.5" at:w="0.2" at:h="0.2"/></r:Description></r:li></r:Bag>
            </mwg:RegionList></mwg:Regions>"#;
        let existing = EXISTING.replace("   <q:Nickname>", &format!("{regions}<q:Nickname>"));
        let sidecar = edit(Some(existing.as_bytes()), &edits()).unwrap();
        assert_is_told(&sidecar);
        assert!(std::str::from_utf8(&sidecar).unwrap().contains(regions));
        let mut found = Found::default();
        (found.metadata.image_width, found.metadata.image_height) = (Some(100), Some(50));
        found.add_sidecar(&sidecar);
        let faces = found.finish().faces;
        assert_eq!(faces.iter().map(|face| (face.name.as_str(), face.x1)).collect::<Vec<_>>(), [("Ann", 40)]);
    }

    #[test]
    fn nothing_is_something_that_can_be_written() {
        let nothing = SidecarEdits { description: Some(String::new()), tags: Some(Vec::new()), ..edits() };
        let read = read(&edit(Some(EXISTING.as_bytes()), &nothing).unwrap());
        assert_eq!((read.description, read.tags), (None, Vec::new()));
    }

    #[test]
    fn sidecars_in_utf16_become_utf8() {
        let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{EXISTING}");
        let bytes: Vec<u8> = std::iter::once(0xfeff).chain(xml.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        let sidecar = edit(Some(&bytes), &edits()).unwrap();
        assert_is_told(&sidecar);
        assert!(sidecar.starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    }

    #[test]
    fn a_sidecar_that_cannot_be_read_is_refused() {
        let half = &EXISTING.as_bytes()[..EXISTING.len() / 2];
        let latin1 = [EXISTING.split_once("keep").unwrap().0.as_bytes(), b"caf\xe9", b"</q:Nickname>"].concat();
        for damaged in [half, b"not XML at all", b"<a/>", b"<a></b>", b"\xff\xd8\xff\xe0", &latin1] {
            assert!(edit(Some(damaged), &edits()).is_err(), "{}", String::from_utf8_lossy(damaged));
        }
        assert_is_told(&edit(Some(b" \n"), &edits()).unwrap());
    }

    #[test]
    fn minutes_are_never_sixty() {
        assert_eq!(degrees_and_minutes(-0.999_999_999_999_99, ['N', 'S']), "1,0.0000000000S");
        assert_eq!(degrees_and_minutes(48.858_333_333_3, ['N', 'S']), "48,51.4999999980N");
    }

    proptest::proptest! {
        #[test]
        fn every_text_and_place_comes_back(
            description in "\\PC{0,60}", tag in "\\PC{1,20}", latitude in -90.0f64..90.0, longitude in -180.0f64..180.0,
        ) {
            let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
            let position = (rounded(latitude), rounded(longitude));
            let edits = SidecarEdits {
                description: Some(description.clone()), position: Some(position), tags: Some(vec![tag.clone()]),
                ..SidecarEdits::default()
            };
            let read = read(&edit(Some(EXISTING.as_bytes()), &edits).unwrap());
            let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            proptest::prop_assert_eq!(read.description, trimmed(&description));
            proptest::prop_assert_eq!(read.tags, trimmed(&tag).into_iter().collect::<Vec<_>>());
            proptest::prop_assert_eq!((read.latitude, read.longitude), (Some(position.0), Some(position.1)));
        }

        #[test]
        fn no_bytes_panic(at in 0usize..900, value: u8, garbage in "[<>a-z:/=\" ]{0,200}") {
            let mut damaged = EXISTING.as_bytes().to_vec();
            let at = at % damaged.len();
            damaged[at] = value;
            let _ = edit(Some(&damaged), &edits());
            let _ = edit(Some(garbage.as_bytes()), &edits());
        }
    }
}
