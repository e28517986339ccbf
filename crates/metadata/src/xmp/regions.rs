//! Who is where in a picture, as photo software writes it: regions of the Metadata Working Group, and Microsoft's.

use super::parse::{Visitor, canonical, value_of, visit};
use crate::{
    faces::{Region, Regions},
    tidy,
};
use quick_xml::{NsReader, events::BytesStart};
use std::collections::HashMap;

/// A crowd in which everybody has a name.
const MAX_REGIONS: usize = 500;
const MAX_NAME_CHARS: usize = 200;

/// What the packet says of the picture itself; `None` if it says nothing of regions at all.
pub(super) fn read(xml: &str) -> Option<Regions> {
    let mut walk = Walk::default();
    visit(xml, &mut walk);
    walk.finish()
}

/// Names and values of one region, wherever in it they stand.
type Fields = HashMap<String, String>;

#[derive(Default)]
struct Walk {
    open: Vec<String>,
    /// How deep the property is that lists regions, while it is open.
    inside: Option<usize>,
    is_said: bool,
    /// How deep the region is that is being read, and what it said until now.
    region: Option<(usize, Fields)>,
    /// What was said beside the regions: the size of the picture.
    around: Fields,
    regions: Vec<Fields>,
}

impl Visitor for Walk {
    fn enter(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) {
        let name = canonical(reader, element.name(), false);
        let depth = self.open.len();
        if self.is_list_of_regions(&name) {
            self.inside = Some(depth);
            self.is_said = true;
        }
        // A region may have lists of its own.
        if self.inside.is_some() && self.region.is_none() && name == "rdf:li" {
            self.region = Some((depth, Fields::new()));
        }
        self.open.push(name);
        if self.inside.is_none() {
            return;
        }
        for attribute in element.attributes().flatten() {
            self.take(canonical(reader, attribute.key, true), value_of(&attribute));
        }
    }

    fn leave(&mut self, text: String) {
        let Some(name) = self.open.pop() else { return };
        let depth = self.open.len();
        if self.inside.is_some() && !text.trim().is_empty() {
            self.take(name, text);
        }
        if let Some((_, fields)) = self.region.take_if(|(starts_at, _)| *starts_at == depth)
            && self.regions.len() < MAX_REGIONS
        {
            self.regions.push(fields);
        }
        if self.inside == Some(depth) {
            self.inside = None;
        }
    }
}

impl Walk {
    /// A property of the picture itself: what a packet tells of other pictures is deeper.
    fn is_list_of_regions(&self, name: &str) -> bool {
        let is_property = matches!(self.open.as_slice(), [.., root, description]
            if root == "rdf:RDF" && description == "rdf:Description");
        is_property && matches!(name, "mwg-rs:Regions" | "MP:RegionInfo")
    }

    /// What is said first counts.
    fn take(&mut self, name: String, value: String) {
        let fields = self.region.as_mut().map_or(&mut self.around, |(_, fields)| fields);
        fields.entry(name).or_insert(value);
    }

    fn finish(self) -> Option<Regions> {
        let of_group: Vec<Region> = self.regions.iter().filter_map(of_working_group).collect();
        // Many programs write the same people in both ways.
        let list = match of_group.is_empty() {
            true => self.regions.iter().filter_map(of_microsoft).collect(),
            false => of_group,
        };
        let size = number(&self.around, "stDim:w").zip(number(&self.around, "stDim:h"));
        self.is_said.then_some(Regions { size, list })
    }
}

/// The middle and the size, as shares of the picture.
fn of_working_group(fields: &Fields) -> Option<Region> {
    let says = |name: &str, wanted: &str| fields.get(name).is_none_or(|value| value.trim() == wanted);
    if !says("mwg-rs:Type", "Face") || !says("stArea:unit", "normalized") {
        return None;
    }
    let (x, y) = (number(fields, "stArea:x")?, number(fields, "stArea:y")?);
    let (width, height) = (number(fields, "stArea:w")?, number(fields, "stArea:h")?);
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    Some(Region { name: name(fields.get("mwg-rs:Name")?)?, left, top, right: left + width, bottom: top + height })
}

/// `left, top, width, height`, as shares of the picture.
fn of_microsoft(fields: &Fields) -> Option<Region> {
    let parts: Vec<f64> = fields.get("MPReg:Rectangle")?.split(',').map_while(parse).collect();
    let [left, top, width, height] = parts.try_into().ok()?;
    let name = name(fields.get("MPReg:PersonDisplayName")?)?;
    Some(Region { name, left, top, right: left + width, bottom: top + height })
}

fn name(text: &str) -> Option<String> {
    let short: String = text.trim().chars().take(MAX_NAME_CHARS).collect();
    tidy(&short)
}

fn number(fields: &Fields, name: &str) -> Option<f64> {
    parse(fields.get(name)?)
}

fn parse(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(properties: &str) -> String {
        format!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description xmlns:r="http://www.metadataworkinggroup.com/schemas/regions/"
            xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:a="http://ns.adobe.com/xmp/sType/Area#"
            xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
            xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"#
        )
    }

    fn of_group(items: &str) -> String {
        packet(&format!(
            r#"<r:Regions rdf:parseType="Resource"><r:AppliedToDimensions stDim:w="400" stDim:h="300" stDim:unit="pixel"/>
            <r:RegionList><rdf:Bag>{items}</rdf:Bag></r:RegionList></r:Regions>"#
        ))
    }

    fn of_microsoft(items: &str) -> String {
        packet(&format!(
            r#"<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag>{items}</rdf:Bag></MPRI:Regions>
            </rdf:Description></MP:RegionInfo>"#
        ))
    }

    fn names(xml: &str) -> Vec<String> {
        read(xml).unwrap().list.into_iter().map(|region| region.name).collect()
    }

    const ELEMENTS: &str = r#"<rdf:li rdf:parseType="Resource"><r:Area rdf:parseType="Resource"><a:x>0.5</a:x>
        <a:y>0.25</a:y><a:w>0.2</a:w><a:h>0.1</a:h><a:unit>normalized</a:unit></r:Area><r:Name>Ann &amp; Bob</r:Name>
        <r:Type>Face</r:Type></rdf:li>"#;
    const ATTRIBUTES: &str = r#"<rdf:li><rdf:Description r:Name="Cleo" r:Type="Face"><r:Area a:x="0.5" a:y="0.25" a:w="0.2"
        a:h="0.1" a:unit="normalized"/><r:Extensions><rdf:Bag><rdf:li>more</rdf:li></rdf:Bag></r:Extensions>
        </rdf:Description></rdf:li>"#;
    const MICROSOFT: &str = r#"<rdf:li MPReg:Rectangle="0.4, 0.2, 0.2, 0.1" MPReg:PersonDisplayName="Dan"/>"#;

    #[test]
    fn elements_attributes_and_microsofts_rectangles_are_the_same_place() {
        for (xml, name) in [
            (of_group(ELEMENTS), "Ann & Bob"),
            (of_group(ATTRIBUTES), "Cleo"),
            (of_microsoft(MICROSOFT), "Dan"),
            (
                of_microsoft(&MICROSOFT.replace("<rdf:li", "<rdf:li><rdf:Description").replace("/>", "/></rdf:li>")),
                "Dan",
            ),
        ] {
            let regions = read(&xml).unwrap();
            let [region] = regions.list.as_slice() else { panic!("{regions:?}") };
            assert_eq!(region.name, name);
            for (side, expected) in [(region.left, 0.4), (region.top, 0.2), (region.right, 0.6), (region.bottom, 0.3)] {
                assert!((side - expected).abs() < 1e-9, "{region:?}");
            }
        }
        assert_eq!(read(&of_group(ELEMENTS)).unwrap().size, Some((400.0, 300.0)));
        assert_eq!(read(&of_microsoft(MICROSOFT)).unwrap().size, None);
        assert_eq!(names(&of_group(&[ELEMENTS, ATTRIBUTES].concat())), ["Ann & Bob", "Cleo"]);
    }

    #[test]
    fn only_faces_with_a_name_and_a_size_count() {
        for (from, to) in [
            ("Face", "Pet"),
            ("normalized", "pixel"),
            ("Ann &amp; Bob", " "),
            ("<a:w>0.2</a:w>", ""),
            ("0.25", "NaN"),
            ("<r:Name>Ann &amp; Bob</r:Name>", ""),
        ] {
            assert_eq!(names(&of_group(&ELEMENTS.replace(from, to))), Vec::<String>::new(), "{to:?} for {from}");
        }
        assert_eq!(names(&of_microsoft(&MICROSOFT.replace(", 0.1", ""))), Vec::<String>::new());
        let long = "n".repeat(1000);
        assert_eq!(names(&of_microsoft(&MICROSOFT.replace("Dan", &long))), [&long[..MAX_NAME_CHARS]]);
    }

    #[test]
    fn what_is_written_in_both_ways_counts_once() {
        let both = of_group(ELEMENTS).replace(
            "</r:Regions>",
            &format!("</r:Regions><MP:RegionInfo><rdf:Bag>{MICROSOFT}</rdf:Bag></MP:RegionInfo>"),
        );
        assert_eq!(names(&both), ["Ann & Bob"]);
        assert_eq!(names(&both.replace("Face", "Pet")), ["Dan"]);
    }

    #[test]
    fn nothing_said_is_not_nobody() {
        assert!(read(&packet("")).is_none());
        assert_eq!(read(&of_group("")).unwrap().list.len(), 0);
        let of_another = of_group(ELEMENTS).replace("<r:Regions", "<r:Pantry><rdf:li><rdf:Description><r:Regions");
        assert!(read(&of_another).is_none(), "what it was made of is another picture");
    }

    #[test]
    fn a_crowd_has_an_end() {
        assert_eq!(names(&of_microsoft(&MICROSOFT.repeat(2000))).len(), MAX_REGIONS);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(at in 0usize..1500, value in "\\PC", garbage in "[<>a-z:/=\" ]{0,200}") {
            let mut xml: Vec<char> = of_group(&[ELEMENTS, ATTRIBUTES].concat()).chars().collect();
            let at = at % xml.len();
            xml.splice(at..=at, value.chars());
            let _ = read(&xml.into_iter().collect::<String>());
            let _ = read(&garbage);
        }
    }
}
