//! EXIF of stills, by kamadak-exif. Damaged fields are left out, the others count.

use crate::{
    Found, Metadata, apple,
    date::{self, DateField},
    maker, plain_text, position, tidy,
};
use exif::{Context, Exif, In, Rational, Reader, Tag, Value};
use std::io::Cursor;

/// Not EXIF's own, but written there by Windows and many programs: stars, and their share of a hundred.
const RATING: Tag = Tag(Context::Tiff, 0x4746);
const RATING_PERCENT: Tag = Tag(Context::Tiff, 0x4749);
/// Where raw files of Panasonic's have it.
const ISO_OF_PANASONIC: Tag = Tag(Context::Tiff, 0x0017);
/// Blocks of other formats inside a TIFF.
const XMP: Tag = Tag(Context::Tiff, 0x02bc);
const IPTC: Tag = Tag(Context::Tiff, 0x83bb);

/// Orientation as stored, 1 when there is none.
pub fn orientation(bytes: &[u8]) -> u8 {
    let directories = Directories(parse_container(bytes).into_iter().map(|exif| (None, exif)).collect());
    orientation_of(&directories).unwrap_or(1)
}

/// One block of EXIF, or the several into which a raw file of Canon's cuts it. Those name the directory that they hold.
#[derive(Default)]
pub(crate) struct Directories(Vec<(Option<Context>, Exif)>);

/// Wherever this container keeps it.
pub(crate) fn parse_container(bytes: &[u8]) -> Option<Exif> {
    whole_or_part(reader().read_from_container(&mut Cursor::new(bytes)))
}

pub(crate) fn parse_tiff(tiff: Vec<u8>) -> Option<Exif> {
    whole_or_part(reader().read_raw(tiff))
}

fn reader() -> Reader {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    reader
}

fn whole_or_part(read: Result<Exif, exif::Error>) -> Option<Exif> {
    read.or_else(|error| error.distill_partial_result(|_| ())).ok()
}

impl Directories {
    pub fn push(&mut self, holds: Option<Context>, exif: Option<Exif>) {
        self.0.extend(exif.map(|exif| (holds, exif)));
    }

    /// A packet of XMP in a field of its own.
    pub fn xmp(&self) -> Option<Vec<u8>> {
        self.block(XMP)
    }

    pub fn iptc(&self) -> Option<Vec<u8>> {
        self.block(IPTC)
    }

    fn block(&self, tag: Tag) -> Option<Vec<u8>> {
        let is_little = self.0.iter().any(|(_, exif)| exif.little_endian());
        let bytes_of = |number: &u32| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
        match self.field(tag)? {
            Value::Byte(bytes) | Value::Undefined(bytes, _) => Some(bytes.clone()),
            // Some programs call it text or numbers; only the order of the bytes in the file matters then.
            Value::Long(numbers) => Some(numbers.iter().flat_map(bytes_of).collect()),
            _ => None,
        }
    }

    fn field(&self, tag: Tag) -> Option<&Value> {
        let within = |(holds, exif): &'_ (Option<Context>, Exif)| match holds {
            // Alone in its block, every directory looks like the first.
            Some(context) if *context == tag.context() => Some(Tag(Context::Tiff, tag.number())),
            Some(_) => None,
            None => Some(tag).filter(|tag| exif.get_field(*tag, In::PRIMARY).is_some()),
        };
        self.0.iter().find_map(|part| Some(&part.1.get_field(within(part)?, In::PRIMARY)?.value))
    }

    fn text(&self, tag: Tag) -> Option<String> {
        match self.field(tag)? {
            Value::Ascii(parts) => tidy(&plain_text(parts.first()?)),
            _ => None,
        }
    }

    fn uint(&self, tag: Tag) -> Option<u32> {
        self.field(tag)?.get_uint(0)
    }

    fn rational(&self, tag: Tag) -> Option<f64> {
        match self.field(tag)? {
            Value::Rational(values) => Some(values.first()?.to_f64()).filter(|value| value.is_finite() && *value > 0.0),
            _ => None,
        }
    }

    /// The maker's note: the block it stands in, and where.
    fn note(&self) -> Option<(&Exif, usize)> {
        let (_, exif) = self.0.first()?;
        match &exif.get_field(Tag::MakerNote, In::PRIMARY)?.value {
            Value::Undefined(_, at) => Some((exif, *at as usize)),
            _ => None,
        }
    }
}

pub(crate) fn read(exif: &Directories) -> Found {
    let make = exif.text(Tag::Make);
    let metadata = Metadata {
        description: exif.text(Tag::ImageDescription),
        model: exif.text(Tag::Model),
        lens_model: lens(exif, make.as_deref().unwrap_or_default()),
        make,
        f_number: exif.rational(Tag::FNumber),
        focal_length: exif.rational(Tag::FocalLength),
        iso: iso(exif),
        exposure_time: exposure_time(exif),
        orientation: orientation_of(exif),
        rating: rating(exif),
        live_photo_cid: maker_note(exif).and_then(apple::content_identifier),
        burst_id: maker_note(exif).and_then(apple::burst_id),
        ..Metadata::default()
    };
    let mut found = Found { metadata, dates: dates(exif), regions: None };
    if let Some((latitude, longitude)) = gps(exif) {
        position::set(&mut found.metadata, latitude, longitude);
    }
    found
}

fn orientation_of(exif: &Directories) -> Option<u8> {
    let value = exif.uint(Tag::Orientation).and_then(|value| u8::try_from(value).ok());
    value.filter(|value| (1..=8).contains(value))
}

/// 65535 says that the number is too large for the old field; then the new ones have it.
fn iso(exif: &Directories) -> Option<i32> {
    let fields = [Tag::PhotographicSensitivity, Tag::ISOSpeed, Tag::RecommendedExposureIndex, ISO_OF_PANASONIC];
    let mut values = fields.into_iter().filter_map(|tag| i32::try_from(exif.uint(tag)?).ok());
    values.find(|iso| *iso > 0 && *iso != 65535)
}

fn rating(exif: &Directories) -> Option<i32> {
    match exif.uint(RATING) {
        Some(stars) => i32::try_from(stars).ok().filter(|stars| (1..=5).contains(stars)),
        None => stars_of_percent(f64::from(exif.uint(RATING_PERCENT)?)),
    }
}

fn maker_note(exif: &Directories) -> Option<&[u8]> {
    match exif.field(Tag::MakerNote) {
        Some(Value::Undefined(note, _)) => Some(note),
        _ => None,
    }
}

/// 1, 25, 50, 75 and 99 of a hundred, as Windows counts five stars.
pub(crate) fn stars_of_percent(percent: f64) -> Option<i32> {
    (percent > 0.0 && percent <= 100.0).then(|| (percent / 25.0).round() as i32 + 1)
}

/// Each with its own fraction and offset. When the file was changed last (`DateTime`) is not when the picture was taken.
fn dates(exif: &Directories) -> Vec<(DateField, date::Taken)> {
    let date = |tag, fraction, offset, plain: DateField, precise: DateField| {
        let fraction = exif.text(fraction);
        let offset = exif.text(offset).or_else(|| exif.text(Tag::OffsetTime));
        let taken = date::parse_exif(&exif.text(tag)?, fraction.as_deref(), offset.as_deref())?;
        Some((if fraction.is_some() || offset.is_some() { precise } else { plain }, taken))
    };
    let camera = [
        date(
            Tag::DateTimeOriginal,
            Tag::SubSecTimeOriginal,
            Tag::OffsetTimeOriginal,
            DateField::Original,
            DateField::PreciseOriginal,
        ),
        // Raw files have it among the fields of the picture.
        date(
            Tag(Context::Tiff, Tag::DateTimeOriginal.number()),
            Tag::SubSecTimeOriginal,
            Tag::OffsetTimeOriginal,
            DateField::Original,
            DateField::PreciseOriginal,
        ),
        date(
            Tag::DateTimeDigitized,
            Tag::SubSecTimeDigitized,
            Tag::OffsetTimeDigitized,
            DateField::Digitized,
            DateField::PreciseDigitized,
        ),
    ];
    let satellites = date_of_satellites(exif).map(|taken| (DateField::Satellites, taken));
    camera.into_iter().chain([satellites]).flatten().collect()
}

/// The time of the position, in UTC by definition.
fn date_of_satellites(exif: &Directories) -> Option<date::Taken> {
    let day = exif.text(Tag::GPSDateStamp)?;
    let Value::Rational(time) = exif.field(Tag::GPSTimeStamp)? else { return None };
    let [hours, minutes, seconds] = [0, 1, 2].map(|index| time.get(index).map_or(f64::NAN, Rational::to_f64));
    // Cut, not rounded: there is no 60th second.
    let seconds = (seconds * 1000.0).floor() / 1000.0;
    let text = format!("{day} {hours:02.0}:{minutes:02.0}:{seconds:06.3}Z");
    match date::parse_exif(&text, None, None)? {
        date::Taken::WallClock(utc, _) => Some(date::Taken::Instant(utc.and_utc())),
        instant => Some(instant),
    }
}

/// By name; else by the name in the maker's note, else by its numbers.
fn lens(exif: &Directories, make: &str) -> Option<String> {
    let is_name = |name: &String| name != "----" && !name.starts_with("Unknown");
    let in_note = || {
        let (block, at) = exif.note()?;
        maker::lens(block.buf(), block.little_endian(), at, make)
    };
    let by_numbers = || {
        let Value::Rational(numbers) = exif.field(Tag::LensSpecification)? else { return None };
        lens_by_its_numbers(&numbers.iter().map(Rational::to_f64).collect::<Vec<_>>())
    };
    exif.text(Tag::LensModel).filter(is_name).or_else(in_note).filter(is_name).or_else(by_numbers)
}

/// `24-70mm f/2.8`: shortest, longest, how wide it opens at each.
pub(crate) fn lens_by_its_numbers(numbers: &[f64]) -> Option<String> {
    let &[shortest, longest, wide, tele] = numbers.first_chunk::<4>()?;
    if !(shortest > 0.0 && shortest.is_finite() && longest.is_finite()) {
        return None;
    }
    let length = if longest > shortest { format!("{shortest}-{longest}mm") } else { format!("{shortest}mm") };
    let is_known = |opening: f64| opening > 0.0 && opening.is_finite();
    Some(match (is_known(wide), is_known(tele)) {
        (true, true) if tele > wide => format!("{length} f/{wide}-{tele}"),
        (true, _) => format!("{length} f/{wide}"),
        _ => length,
    })
}

/// As photographers write it.
fn exposure_time(exif: &Directories) -> Option<String> {
    let Value::Rational(values) = exif.field(Tag::ExposureTime)? else { return None };
    shutter(values.first()?.to_f64())
}

pub(crate) fn shutter(seconds: f64) -> Option<String> {
    if !seconds.is_finite() || seconds <= 0.0 {
        return None;
    }
    if seconds < 0.25001 {
        return Some(format!("1/{}", (1.0 / seconds).round()));
    }
    let rounded = (seconds * 10.0).round() / 10.0;
    Some(rounded.to_string())
}

fn gps(exif: &Directories) -> Option<(f64, f64)> {
    let degrees = |value: Tag, reference: Tag, negative: &str| -> Option<f64> {
        let Value::Rational(parts) = exif.field(value)? else { return None };
        let part = |index: usize| parts.get(index).map_or(0.0, Rational::to_f64);
        let degrees = part(0) + part(1) / 60.0 + part(2) / 3600.0;
        let is_negative = exif.text(reference).is_some_and(|side| side.to_ascii_uppercase().starts_with(negative));
        degrees.is_finite().then_some(if is_negative { -degrees } else { degrees })
    };
    let latitude = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let longitude = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    Some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..512)) {
            for exif in [parse_container(&bytes), parse_tiff(bytes.clone())] {
                let mut directories = Directories::default();
                directories.push(None, exif);
                let _ = read(&directories);
            }
            let tiff = [b"II*\0\x08\0\0\0".as_slice(), &bytes].concat();
            for holds in [None, Some(Context::Exif), Some(Context::Gps)] {
                let mut directories = Directories::default();
                directories.push(holds, parse_tiff(tiff.clone()));
                let _ = (read(&directories), directories.xmp(), directories.iptc());
            }
        }

        #[test]
        fn percents_are_stars(percent in -10.0f64..200.0) {
            let stars = stars_of_percent(percent);
            assert_eq!(stars.is_some(), percent > 0.0 && percent <= 100.0);
            assert!(stars.is_none_or(|stars| (1..=5).contains(&stars)));
        }
    }

    #[test]
    fn lenses_are_told_by_their_numbers() {
        let table = [
            (&[24.0, 70.0, 2.8, 2.8][..], Some("24-70mm f/2.8")),
            (&[18.0, 55.0, 3.5, 5.6], Some("18-55mm f/3.5-5.6")),
            (&[50.0, 50.0, 1.8, 1.8], Some("50mm f/1.8")),
            (&[50.0, 50.0, f64::NAN, f64::NAN], Some("50mm")),
            (&[f64::NAN, 50.0, 1.8, 1.8], None),
            (&[50.0], None),
        ];
        for (numbers, expected) in table {
            assert_eq!(lens_by_its_numbers(numbers).as_deref(), expected, "{numbers:?}");
        }
    }
}
