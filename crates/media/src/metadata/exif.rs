//! EXIF of stills, by kamadak-exif. Damaged fields are left out, the others count.

use super::{Found, Metadata, date, position, tidy};
use exif::{Exif, In, Rational, Reader, Tag, Value};
use std::io::Cursor;

/// Orientation as stored, 1 when there is none.
pub(crate) fn orientation(bytes: &[u8]) -> u8 {
    parse(bytes).as_ref().and_then(orientation_of).unwrap_or(1)
}

pub(crate) fn read(bytes: &[u8]) -> Found {
    let Some(exif) = parse(bytes) else { return Found::default() };
    let metadata = Metadata {
        description: text(&exif, Tag::ImageDescription),
        make: text(&exif, Tag::Make),
        model: text(&exif, Tag::Model),
        lens_model: text(&exif, Tag::LensModel),
        f_number: rational(&exif, Tag::FNumber),
        focal_length: rational(&exif, Tag::FocalLength),
        iso: uint(&exif, Tag::PhotographicSensitivity).and_then(|iso| i32::try_from(iso).ok()).filter(|&iso| iso > 0),
        exposure_time: exposure_time(&exif),
        // libheif turns pictures by their own boxes; what EXIF says there is history.
        orientation: if is_heif(bytes) { None } else { orientation_of(&exif) },
        ..Metadata::default()
    };
    let mut found = Found { metadata, date: date_of(&exif) };
    if let Some((latitude, longitude)) = gps(&exif) {
        position::set(&mut found.metadata, latitude, longitude);
    }
    found
}

fn parse(bytes: &[u8]) -> Option<Exif> {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    reader.read_from_container(&mut Cursor::new(bytes)).or_else(|error| error.distill_partial_result(|_| ())).ok()
}

fn is_heif(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
}

fn orientation_of(exif: &Exif) -> Option<u8> {
    uint(exif, Tag::Orientation).and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value))
}

/// In the order in which they deserve trust, each with its own fraction and offset.
fn date_of(exif: &Exif) -> Option<date::Taken> {
    const DATES: [(Tag, Tag, Tag); 3] = [
        (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
        (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
        (Tag::DateTime, Tag::SubSecTime, Tag::OffsetTime),
    ];
    DATES.into_iter().find_map(|(date, fraction, offset)| {
        let offset = text(exif, offset).or_else(|| text(exif, Tag::OffsetTime));
        date::parse_exif(&text(exif, date)?, text(exif, fraction).as_deref(), offset.as_deref())
    })
}

fn field(exif: &Exif, tag: Tag) -> Option<&Value> {
    exif.get_field(tag, In::PRIMARY).map(|field| &field.value)
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    match field(exif, tag)? {
        Value::Ascii(parts) => tidy(&String::from_utf8_lossy(parts.first()?)),
        _ => None,
    }
}

fn uint(exif: &Exif, tag: Tag) -> Option<u32> {
    field(exif, tag)?.get_uint(0)
}

fn rational(exif: &Exif, tag: Tag) -> Option<f64> {
    match field(exif, tag)? {
        Value::Rational(values) => Some(values.first()?.to_f64()).filter(|value| value.is_finite() && *value > 0.0),
        _ => None,
    }
}

/// As photographers write it.
fn exposure_time(exif: &Exif) -> Option<String> {
    let Value::Rational(values) = field(exif, Tag::ExposureTime)? else { return None };
    let seconds = values.first()?.to_f64();
    if !seconds.is_finite() || seconds <= 0.0 {
        return None;
    }
    if seconds < 0.25001 {
        return Some(format!("1/{}", (1.0 / seconds).round()));
    }
    let rounded = (seconds * 10.0).round() / 10.0;
    Some(rounded.to_string())
}

fn gps(exif: &Exif) -> Option<(f64, f64)> {
    let degrees = |value: Tag, reference: Tag, negative: &str| -> Option<f64> {
        let Value::Rational(parts) = field(exif, value)? else { return None };
        let part = |index: usize| parts.get(index).map_or(0.0, Rational::to_f64);
        let degrees = part(0) + part(1) / 60.0 + part(2) / 3600.0;
        let is_negative = text(exif, reference).is_some_and(|side| side.eq_ignore_ascii_case(negative));
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
            let _ = read(&bytes);
            let _ = read(&[b"\xff\xd8\xff\xe1\x00\xffExif\0\0II*\0\x08\0\0\0".as_slice(), &bytes].concat());
        }
    }
}
