//! Lenses in the notes of makers, for cameras from before EXIF had a field for them.
//!
//! Notes are directories as in TIFF; each maker counts offsets from somewhere else.

use crate::{exif::lens_by_its_numbers, lenses, plain_text, tidy};

/// A directory, and what its offsets are counted from.
#[derive(Clone, Copy)]
struct Directory<'a> {
    base: &'a [u8],
    at: usize,
    little_endian: bool,
}

/// `tiff` is the whole EXIF block, in which the note stands at `at`.
pub(crate) fn lens(tiff: &[u8], little_endian: bool, at: usize, make: &str) -> Option<String> {
    let note = tiff.get(at..)?;
    let from_tiff = |skip: usize| Directory { base: tiff, at: at + skip, little_endian };
    if note.starts_with(b"Nikon\0\x02") {
        return nikon(note.get(10..)?);
    }
    if note.starts_with(b"OLYMPUS\0") {
        return olympus(Directory { base: note, at: 12, little_endian: note.get(8..10)? == b"II" });
    }
    if note.starts_with(b"OM SYSTEM\0\0\0") {
        return olympus(Directory { base: note, at: 16, little_endian: note.get(12..14)? == b"II" });
    }
    if note.starts_with(b"OLYMP\0") {
        return olympus(from_tiff(8));
    }
    if note.starts_with(b"Panasonic\0\0\0") {
        return from_tiff(12).text(0x0051);
    }
    let is_by = |maker: &str| make.get(..maker.len()).is_some_and(|start| start.eq_ignore_ascii_case(maker));
    if is_by("Canon") {
        return canon(from_tiff(0));
    }
    if is_by("Sony") {
        // Some of its cameras put a name in front.
        let skip = if note.starts_with(b"SONY ") { 12 } else { 0 };
        return from_tiff(skip).number(0xb027).and_then(lens_of_sony);
    }
    if is_by("Minolta") || is_by("KONICA MINOLTA") {
        return from_tiff(0).number(0x010c).and_then(lens_of_sony);
    }
    if note.starts_with(b"AOC\0") {
        return pentax(Directory { little_endian: note.get(4..6)? != b"MM", ..from_tiff(6) });
    }
    if note.starts_with(b"PENTAX \0") {
        return pentax(Directory { base: note, at: 10, little_endian: note.get(8..10)? == b"II" });
    }
    None
}

/// By name; older cameras only have a number among their settings.
fn canon(directory: Directory<'_>) -> Option<String> {
    const SETTINGS: usize = 0x0001;
    const LENS: usize = 22;
    let number = || {
        let (_, count, at) = directory.field(SETTINGS)?;
        if count > LENS { directory.u16(at + 2 * LENS) } else { None }
    };
    directory.text(0x0095).or_else(|| Some(lenses::named("canon", &number()?.to_string())?.to_owned()))
}

/// Sony took over the mount of Minolta, and its numbers.
fn lens_of_sony(number: usize) -> Option<String> {
    lenses::named("sony", &number.to_string()).map(str::to_owned)
}

fn pentax(directory: Directory<'_>) -> Option<String> {
    let (_, _, at) = directory.field(0x003f)?;
    let &[series, lens] = directory.base.get(at..at.checked_add(2)?)? else { return None };
    lenses::named("pentax", &format!("{series} {lens}")).map(str::to_owned)
}

/// A TIFF of its own: shortest and longest focal length, and how wide it opens at each.
fn nikon(tiff: &[u8]) -> Option<String> {
    let little_endian = tiff.get(..2)? == b"II";
    let header = Directory { base: tiff, at: 0, little_endian };
    let directory = Directory { at: header.u32(4)?, ..header };
    let (_, count, value) = directory.field(0x0084)?;
    let numbers = (0..count.min(4)).map(|index| {
        let at = value + index * 8;
        Some(directory.u32(at)? as f64 / directory.u32(at + 4)? as f64)
    });
    let numbers: Vec<f64> = numbers.collect::<Option<_>>()?;
    lens_by_its_numbers(&numbers)
}

/// The lens is part of the equipment, a directory within.
fn olympus(directory: Directory<'_>) -> Option<String> {
    let (kind, _, value) = directory.field(0x2010)?;
    const UNDEFINED: usize = 7;
    let at = if kind == UNDEFINED { value } else { directory.u32(value)? };
    let equipment = Directory { at, ..directory };
    let by_number = || {
        let (_, _, at) = equipment.field(0x0201)?;
        let &[mount, _, lens, revision] = directory.base.get(at..at.checked_add(4)?)? else { return None };
        lenses::named("olympus", &format!("{mount:x} {lens:02x} {revision:02x}"))
    };
    equipment.text(0x0203).or_else(|| Some(by_number()?.to_owned()))
}

impl Directory<'_> {
    fn u16(&self, at: usize) -> Option<usize> {
        let bytes = self.base.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(usize::from(if self.little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }))
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let bytes = self.base.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }).ok()
    }

    /// Type, count, and where the values stand.
    fn field(&self, wanted: usize) -> Option<(usize, usize, usize)> {
        for index in 0..self.u16(self.at)? {
            let entry = self.at + 2 + index * 12;
            if self.u16(entry)? != wanted {
                continue;
            }
            let (kind, count) = (self.u16(entry + 2)?, self.u32(entry + 4)?);
            let size = match kind {
                3 | 8 => 2,
                4 | 9 | 11 | 13 => 4,
                5 | 10 | 12 => 8,
                _ => 1,
            };
            let is_here = count.checked_mul(size)? <= 4;
            return Some((kind, count, if is_here { entry + 8 } else { self.u32(entry + 8)? }));
        }
        None
    }

    fn number(&self, wanted: usize) -> Option<usize> {
        let (_, _, at) = self.field(wanted)?;
        self.u32(at)
    }

    fn text(&self, wanted: usize) -> Option<String> {
        const ASCII: usize = 2;
        let (kind, count, at) = self.field(wanted)?;
        let bytes = self.base.get(at..at.checked_add(count)?)?;
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(count);
        if kind == ASCII { tidy(&plain_text(&bytes[..end])) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory at `at` with one field whose value follows it.
    fn directory(at: usize, tag: u16, kind: u16, count: u32, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![1, 0];
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend((at as u32 + 18).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(value);
        bytes
    }

    fn notes() -> Vec<(&'static str, Vec<u8>, &'static str)> {
        let name = b"A lens 50mm\0";
        let length = name.len() as u32;
        let canon = directory(0, 0x0095, 2, length, name);
        let panasonic = [b"Panasonic\0\0\0".to_vec(), directory(12, 0x0051, 2, length, name)].concat();
        let numbers: Vec<u8> = [240u32, 10, 700, 10, 28, 10, 28, 10].into_iter().flat_map(u32::to_le_bytes).collect();
        let nikon = [b"Nikon\0\x02\x10\0\0II*\0\x08\0\0\0".to_vec(), directory(8, 0x0084, 5, 4, &numbers)].concat();
        let equipment = directory(32, 0x0203, 2, length, name);
        let mut olympus = [b"OLYMPUS\0II\x03\0".to_vec(), directory(12, 0x2010, 7, 40, &[])].concat();
        olympus.truncate(30);
        olympus.extend([0; 2]);
        olympus[22..26].copy_from_slice(&32u32.to_le_bytes());
        olympus.extend(equipment);
        vec![
            ("Canon", canon, "A lens 50mm"),
            ("Panasonic", panasonic, "A lens 50mm"),
            ("NIKON CORPORATION", nikon, "24-70mm f/2.8"),
            ("OLYMPUS", olympus, "A lens 50mm"),
        ]
    }

    /// A field that holds its value itself.
    fn short(tag: u16, kind: u16, count: u32, value: [u8; 4]) -> Vec<u8> {
        [&[1, 0], &tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value, &[0; 4]].concat()
    }

    /// Notes that tell a lens by its number only.
    fn numbers() -> Vec<(&'static str, Vec<u8>, &'static str)> {
        let mut settings = [0; 46];
        settings[44] = 237;
        let sony = short(0xb027, 4, 1, 51u32.to_le_bytes());
        let pentax = short(0x003f, 1, 2, [4, 252, 0, 0]);
        let olympus = [
            b"OLYMP\0\x01\0".to_vec(),
            short(0x2010, 13, 1, 26u32.to_le_bytes()),
            directory(26, 0x0201, 1, 6, &[0, 0, 5, 0, 0, 0]),
        ];
        vec![
            ("Canon", directory(0, 0x0001, 3, 23, &settings), "Canon EF 24-105mm f/4L IS USM"),
            ("SONY", sony.clone(), "Sony DT 16-105mm F3.5-5.6 (SAL16105)"),
            ("SONY", [b"SONY DSC \0\0\0".to_vec(), sony].concat(), "Sony DT 16-105mm F3.5-5.6 (SAL16105)"),
            ("Konica Minolta Camera, Inc.", short(0x010c, 4, 1, [33, 0, 0, 0]), "Minolta/Sony AF 70-200mm F2.8 G"),
            ("PENTAX", [b"AOC\0II".to_vec(), pentax.clone()].concat(), "smc PENTAX-DA 18-55mm F3.5-5.6 AL"),
            ("PENTAX", [b"PENTAX \0II".to_vec(), pentax].concat(), "smc PENTAX-DA 18-55mm F3.5-5.6 AL"),
            ("OLYMPUS", olympus.concat(), "Olympus Zuiko Digital 14-54mm F2.8-3.5"),
        ]
    }

    #[test]
    fn lenses_are_found_in_notes() {
        for (make, note, expected) in notes().into_iter().chain(numbers()) {
            assert_eq!(lens(&note, true, 0, make).as_deref(), Some(expected), "{make}");
            for length in 0..note.len() {
                let _ = lens(&note[..length], true, 0, make);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(which in 0usize..11, at in 0usize..100, value: u8, start in 0usize..200) {
            let (make, mut note, _) = [notes(), numbers()].concat().swap_remove(which);
            let at = at % note.len();
            note[at] = value;
            let _ = lens(&note, true, 0, make);
            let _ = lens(&note, false, start, make);
        }
    }
}
