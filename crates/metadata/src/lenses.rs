//! Lenses by the numbers that cameras write where they write no name: those that a maker's own lenses alone have.
//!
//! Numbers and names are as ExifTool's tables list them (exiftool.org/TagNames). Numbers that lenses of several makers
//! share are left out: a guess would be wrong as often as right.

const TABLE: &str = include_str!("lenses.tsv");

pub(crate) fn named(maker: &str, number: &str) -> Option<&'static str> {
    let mut lines = TABLE.lines().filter_map(|line| line.split_once('\t'));
    let (_, name) = lines.find(|(key, _)| key.split_once(' ') == Some((maker, number)))?;
    Some(name)
}

/// One lens has one name, whichever program wrote it: `18.0 - 55.0 mm` is `18.0-55.0mm`.
pub(crate) fn spelled(name: &str) -> String {
    let name = name.replacen(" - ", "-", 1);
    match name.split_once(" mm") {
        Some((length, rest)) if length.ends_with(|c: char| c.is_ascii_digit()) => format!("{length}mm{rest}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn lenses_are_found_by_their_numbers() {
        assert_eq!(named("canon", "237"), Some("Canon EF 24-105mm f/4L IS USM"));
        assert_eq!(named("pentax", "4 252"), Some("smc PENTAX-DA 18-55mm F3.5-5.6 AL"));
        assert_eq!(named("olympus", "0 05 00"), Some("Olympus Zuiko Digital 14-54mm F2.8-3.5"));
        assert_eq!(named("sony", "65535"), None);
    }

    #[test]
    fn a_lens_has_one_name() {
        for (written, name) in [
            ("17.0-35.0 mm f/2.8", "17.0-35.0mm f/2.8"),
            ("18.0 - 55.0 mm", "18.0-55.0mm"),
            ("EF 50mm - mm", "EF 50mm-mm"),
            ("NIKKOR Z 24-70mm f/4 S", "NIKKOR Z 24-70mm f/4 S"),
        ] {
            assert_eq!(spelled(written), name);
        }
    }

    #[test]
    fn every_line_is_a_lens() {
        let keys: BTreeSet<&str> = TABLE.lines().map(|line| line.split_once('\t').expect("key and name").0).collect();
        assert_eq!(keys.len(), TABLE.lines().count(), "a number stands there twice");
        let is_known =
            |key: &&&str| ["canon ", "sony ", "pentax ", "olympus "].iter().any(|maker| key.starts_with(maker));
        assert_eq!(keys.iter().filter(is_known).count(), keys.len());
    }
}
