//! XML → the properties of a packet. Broken XML counts as far as it can be read.

use quick_xml::{
    NsReader,
    escape::unescape,
    events::{BytesRef, BytesStart, Event, attributes::Attribute},
    name::{QName, ResolveResult},
};
use std::borrow::Cow;

/// More elements than any real packet has.
const MAX_ELEMENTS: usize = 50_000;

/// Prefixes by which names are known here. A packet may use others, or use these without saying so.
pub(super) const NAMESPACES: &[(&str, &str)] = &[
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("xmp", "http://ns.adobe.com/xap/1.0/"),
    ("exif", "http://ns.adobe.com/exif/1.0/"),
    ("exifEX", "http://cipa.jp/exif/1.0/"),
    ("tiff", "http://ns.adobe.com/tiff/1.0/"),
    ("aux", "http://ns.adobe.com/exif/1.0/aux/"),
    ("photoshop", "http://ns.adobe.com/photoshop/1.0/"),
    ("lr", "http://ns.adobe.com/lightroom/1.0/"),
    ("digiKam", "http://www.digikam.org/ns/1.0/"),
    ("MicrosoftPhoto", "http://ns.microsoft.com/photo/1.0/"),
    ("MicrosoftPhoto", "http://ns.microsoft.com/photo/1.0"),
    ("GCamera", "http://ns.google.com/photos/1.0/camera/"),
    ("mwg-rs", "http://www.metadataworkinggroup.com/schemas/regions/"),
    ("stArea", "http://ns.adobe.com/xmp/sType/Area#"),
    ("stDim", "http://ns.adobe.com/xap/1.0/sType/Dimensions#"),
    ("MP", "http://ns.microsoft.com/photo/1.2/"),
    ("MPReg", "http://ns.microsoft.com/photo/1.2/t/Region#"),
    ("GPano", "http://ns.google.com/photos/1.0/panorama/"),
    ("GSpherical", "http://ns.google.com/videos/1.0/spherical/"),
];

/// Names like `dc:description` with their text, from attributes and elements alike; one for every item of a list.
///
/// Only those of the picture itself: what a packet tells of other pictures from which this one was made is deeper.
pub(super) struct Properties(Vec<Property>);

struct Property {
    name: String,
    value: String,
    is_default_language: bool,
}

impl Properties {
    /// Said, and be it to say that there is nothing.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|property| property.name == name)
    }

    /// The value; of a list the first, of several languages the default.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|property| property.name == name && !property.value.trim().is_empty());
        let first = all.next()?;
        let default = all.find(|property| property.is_default_language && !first.is_default_language);
        Some(&default.unwrap_or(first).value)
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |property| property.name == name).map(|property| property.value.as_str())
    }
}

pub(super) fn properties(xml: &str) -> Properties {
    let mut walk = Walk::default();
    visit(xml, &mut walk);
    Properties(walk.found)
}

/// Hears of a packet's elements, from the outermost to the innermost and back.
pub(super) trait Visitor {
    fn enter(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>);

    /// With the text behind its last child.
    fn leave(&mut self, text: String);
}

/// As far as the XML can be read.
pub(super) fn visit(xml: &str, visitor: &mut impl Visitor) {
    let mut reader = NsReader::from_str(xml);
    reader.config_mut().check_end_names = false;
    // Of the innermost element; references like `&amp;` cut it into pieces.
    let mut text = String::new();
    for _ in 0..MAX_ELEMENTS {
        let Ok(event) = reader.read_event() else { break };
        match event {
            Event::Text(piece) => text.push_str(&piece.decode().unwrap_or_default()),
            Event::CData(piece) => text.push_str(&piece.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => text.extend(character(&reference)),
            Event::Start(element) => {
                text.clear();
                visitor.enter(&reader, &element);
            }
            Event::Empty(element) => {
                text.clear();
                visitor.enter(&reader, &element);
                visitor.leave(String::new());
            }
            Event::End(_) => visitor.leave(std::mem::take(&mut text)),
            Event::Eof => break,
            _ => {}
        }
    }
}

/// What an attribute says.
pub(super) fn value_of(attribute: &Attribute<'_>) -> String {
    let value = String::from_utf8_lossy(&attribute.value);
    unescape(&value).map_or_else(|_| value.to_string(), Cow::into_owned)
}

#[derive(Default)]
struct Walk {
    found: Vec<Property>,
    open: Vec<Element>,
}

struct Element {
    name: String,
    is_default_language: bool,
    /// How many properties there were when it began.
    found_before: usize,
}

impl Visitor for Walk {
    fn enter(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) {
        let name = canonical(reader, element.name(), false);
        let is_description = self.is_subject(&name);
        let mut is_default_language = false;
        for attribute in element.attributes().flatten() {
            let value = value_of(&attribute);
            is_default_language |= attribute.key.as_ref() == b"xml:lang" && value == "x-default";
            if is_description {
                let name = canonical(reader, attribute.key, true);
                self.found.push(Property { name, value, is_default_language: false });
            }
        }
        self.open.push(Element { name, is_default_language, found_before: self.found.len() });
    }

    fn leave(&mut self, text: String) {
        let Some(element) = self.open.pop() else { return };
        let lists = self.open.iter().rev().take_while(|parent| is_list(&parent.name)).count();
        let is_item = element.name == "rdf:li";
        if is_list(&element.name) && !is_item {
            return;
        }
        // The element itself, or the property whose list it is in.
        let property = if is_item { self.open.len().checked_sub(lists + 1) } else { Some(self.open.len()) };
        let Some(property) = property else { return };
        if !self.is_property(property) || (!is_item && self.found.len() > element.found_before) {
            return;
        }
        let name = if is_item { self.open[property].name.clone() } else { element.name };
        self.found.push(Property { name, value: text, is_default_language: element.is_default_language });
    }
}

impl Walk {
    /// The picture that a packet is about: a description right below the root, or the root of a spherical video.
    fn is_subject(&self, name: &str) -> bool {
        match name {
            "rdf:Description" => self.open.last().is_some_and(|parent| parent.name == "rdf:RDF"),
            "rdf:SphericalVideo" => self.open.is_empty(),
            _ => false,
        }
    }

    /// Whether what stands at this depth would be a property of the picture.
    fn is_property(&self, depth: usize) -> bool {
        let Some(parent) = depth.checked_sub(1).and_then(|parent| self.open.get(parent)) else { return false };
        match parent.name.as_str() {
            "rdf:Description" => depth.checked_sub(2).is_some_and(|root| self.open[root].name == "rdf:RDF"),
            "rdf:SphericalVideo" => depth == 1,
            _ => false,
        }
    }
}

fn is_list(name: &str) -> bool {
    matches!(name, "rdf:li" | "rdf:Alt" | "rdf:Seq" | "rdf:Bag")
}

/// The name with the prefix by which it is known here.
pub(super) fn canonical(reader: &NsReader<&[u8]>, name: QName<'_>, is_attribute: bool) -> String {
    let (namespace, local) =
        if is_attribute { reader.resolver().resolve_attribute(name) } else { reader.resolver().resolve_element(name) };
    let local = String::from_utf8_lossy(local.as_ref());
    if let ResolveResult::Bound(namespace) = namespace
        && let Some((prefix, _)) = NAMESPACES.iter().find(|(_, uri)| uri.as_bytes() == namespace.as_ref())
    {
        return format!("{prefix}:{local}");
    }
    String::from_utf8_lossy(name.as_ref()).into_owned()
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character);
    }
    quick_xml::escape::resolve_predefined_entity(&reference.decode().ok()?)?.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(properties_of: &str) -> Properties {
        properties(&format!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{}">{properties_of}</rdf:RDF></x:xmpmeta>"#,
            NAMESPACES[0].1
        ))
    }

    #[test]
    fn names_are_known_by_their_namespace() {
        let odd = packet(
            r#"<rdf:Description xmlns:a="http://ns.adobe.com/xap/1.0/" xmlns:m="http://ns.microsoft.com/photo/1.0/"
               m:Rating="75" a:Rating="3"/>"#,
        );
        assert_eq!((odd.get("xmp:Rating"), odd.get("MicrosoftPhoto:Rating")), (Some("3"), Some("75")));
        let undeclared = packet(r#"<rdf:Description xmp:Rating="4"/>"#);
        assert_eq!(undeclared.get("xmp:Rating"), Some("4"));
    }

    #[test]
    fn only_the_picture_itself_counts() {
        let derived = packet(
            r#"<rdf:Description xmlns:xmpMM="mm" xmlns:dc="http://purl.org/dc/elements/1.1/">
               <xmpMM:Pantry><rdf:Bag><rdf:li><rdf:Description dc:title="other"><dc:description>other</dc:description>
               </rdf:Description></rdf:li></rdf:Bag></xmpMM:Pantry>
               <dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two &amp; three</rdf:li></rdf:Bag></dc:subject>
               </rdf:Description>"#,
        );
        assert!(!derived.has("dc:description") && !derived.has("dc:title"));
        assert_eq!(derived.all("dc:subject").collect::<Vec<_>>(), ["one", "two & three"]);
    }

    #[test]
    fn the_default_language_counts_and_nothing_is_something_too() {
        let texts = packet(
            r#"<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
               <rdf:li xml:lang="de">Turm</rdf:li><rdf:li xml:lang="x-default">tower</rdf:li></rdf:Alt></dc:description>
               <dc:title><rdf:Alt><rdf:li xml:lang="x-default"></rdf:li></rdf:Alt></dc:title><dc:rights/>
               </rdf:Description>"#,
        );
        assert_eq!(texts.get("dc:description"), Some("tower"));
        assert!(texts.has("dc:title") && texts.has("dc:rights") && texts.get("dc:title").is_none());
    }
}
